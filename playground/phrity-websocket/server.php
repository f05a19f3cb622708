<?php
use Phrity\Net\Context;
use Phrity\Net\SocketServer;
use Phrity\Net\StreamFactory;
use Psr\Http\Message\UriInterface;
use WebSocket\Connection;
use WebSocket\Message\Message;
use WebSocket\Middleware\CloseHandler;
use WebSocket\Middleware\PingResponder;
use WebSocket\Server;

require '/opt/vendor/autoload.php';

/** The library listens on every address. */
final class Loopback extends StreamFactory
{
    public function createSocketServer(UriInterface $uri, Context|null $context = null): SocketServer
    {
        return parent::createSocketServer($uri->withHost('127.0.0.1'), $context);
    }
}

$app = getenv('APP') ?: 'echo';
$server = new Server((int) getenv('PORT'));
$server->setStreamFactory(new Loopback());
$server->addMiddleware(new CloseHandler())->addMiddleware(new PingResponder());
if ($app === 'echo') {
    $echo = fn (Server $server, Connection $connection, Message $message) => $connection->send($message);
    $server->onText($echo)->onBinary($echo);
}
if ($app === 'push') {
    $server->onHandshake(function (Server $server, Connection $connection) {
        $connection->text('hello');
        $connection->setMeta('push', ['tick' => 0, 'due' => microtime(true) + 0.2]);
    });
    $server->onTick(function (Server $server) {
        foreach ($server->getWritableConnections() as $connection) {
            $push = $connection->getMeta('push');
            if ($push && $push['due'] <= microtime(true)) {
                $connection->text('tick ' . ++$push['tick']);
                $connection->setMeta('push', ['tick' => $push['tick'], 'due' => $push['due'] + 0.2]);
            }
        }
    });
}
// The tick of the push application comes at least this often.
$server->start($app === 'push' ? 0.05 : null);
