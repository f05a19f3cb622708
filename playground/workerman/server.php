<?php
use Workerman\Connection\TcpConnection;
use Workerman\Timer;
use Workerman\Worker;

require __DIR__ . '/vendor/autoload.php';

$app = getenv('APP') ?: 'echo';
// The command of Workerman's own command line.
$argv = [__FILE__, 'start'];
Worker::$pidFile = '/tmp/workerman.pid';
Worker::$logFile = '/tmp/workerman.log';
Worker::$stdoutFile = '/tmp/workerman.out';

$worker = new Worker('websocket://127.0.0.1:' . getenv('PORT'));
$worker->onMessage = function (TcpConnection $connection, $data) use ($app) {
    if ($app === 'echo') {
        $connection->send($data);
    }
};
if ($app === 'push') {
    $worker->onWebSocketConnected = $worker->onWebSocketConnect = function (TcpConnection $connection) {
        if (isset($connection->ticking)) {
            return;
        }
        $connection->send('hello');
        $tick = 0;
        $connection->ticking = Timer::add(0.2, function () use ($connection, &$tick) {
            $tick++;
            $connection->send("tick $tick");
        });
    };
    $worker->onClose = function (TcpConnection $connection) {
        if (isset($connection->ticking)) {
            Timer::del($connection->ticking);
        }
    };
}
Worker::runAll();
