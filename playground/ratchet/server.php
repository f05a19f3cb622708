<?php
// WsServer in HttpServer in IoServer: Ratchet\App would add a Flash policy server and a check of the Host.
use Ratchet\ConnectionInterface;
use Ratchet\Http\HttpServer;
use Ratchet\RFC6455\Messaging\MessageInterface;
use Ratchet\Server\IoServer;
use Ratchet\WebSocket\MessageComponentInterface;
use Ratchet\WebSocket\WsServer;
use React\EventLoop\Loop;
use React\Socket\SocketServer;

// Ratchet 0.4 predates PHP 8.4, whose deprecation notices would fill the log.
error_reporting(E_ALL & ~E_DEPRECATED);

require __DIR__ . '/vendor/autoload.php';

/** Ratchet\WebSocket\MessageComponentInterface, unlike Ratchet\MessageComponentInterface, tells binary messages from text. */
final class Server implements MessageComponentInterface
{
    private SplObjectStorage $timers;

    public function __construct(private string $app)
    {
        $this->timers = new SplObjectStorage();
    }

    public function onOpen(ConnectionInterface $conn)
    {
        if ($this->app !== 'push') {
            return;
        }
        $conn->send('hello');
        $tick = 0;
        $this->timers[$conn] = Loop::addPeriodicTimer(0.2, function () use ($conn, &$tick) {
            $tick++;
            $conn->send("tick $tick");
        });
    }

    public function onMessage(ConnectionInterface $conn, MessageInterface $msg)
    {
        if ($this->app === 'echo') {
            // The message itself, not its text: a binary one is answered in binary.
            $conn->send($msg);
        }
    }

    public function onClose(ConnectionInterface $conn)
    {
        if ($this->timers->contains($conn)) {
            Loop::cancelTimer($this->timers[$conn]);
            $this->timers->detach($conn);
        }
    }

    public function onError(ConnectionInterface $conn, Exception $e)
    {
        $conn->close();
    }
}

// IoServer::factory would make an event loop of its own, apart from the timers above and the signal below.
$loop = Loop::get();
// PID 1 of a container has no default action for SIGTERM.
$loop->addSignal(SIGTERM, function () {
    exit(0);
});
$socket = new SocketServer('127.0.0.1:' . getenv('PORT'), [], $loop);
$app = new WsServer(new Server(getenv('APP') ?: 'echo'));
(new IoServer(new HttpServer($app), $socket, $loop))->run();
