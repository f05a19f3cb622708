<?php
use Swoole\Timer;
use Swoole\WebSocket\Frame;
use Swoole\WebSocket\Server;

$app = getenv('APP') ?: 'echo';
// One process that does everything: the default of a worker for each core would be the host's number of cores.
$server = new Server('127.0.0.1', (int) getenv('PORT'), SWOOLE_BASE);
$server->set(['worker_num' => 1, 'log_level' => SWOOLE_LOG_WARNING]);

$server->on('open', function (Server $server, $request) use ($app) {
    if ($app !== 'push') {
        return;
    }
    $server->push($request->fd, 'hello');
    $tick = 0;
    Timer::tick(200, function (int $timer) use ($server, $request, &$tick) {
        $tick++;
        if (!$server->isEstablished($request->fd) || !$server->push($request->fd, "tick $tick")) {
            Timer::clear($timer);
        }
    });
});
$server->on('message', function (Server $server, Frame $frame) use ($app) {
    if ($app === 'echo') {
        $server->push($frame->fd, $frame->data, $frame->opcode);
    }
});
$server->start();
