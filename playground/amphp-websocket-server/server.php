<?php
use Amp\Http\Server\DefaultErrorHandler;
use Amp\Http\Server\Request;
use Amp\Http\Server\Response;
use Amp\Http\Server\SocketHttpServer;
use Amp\Websocket\Server\Rfc6455Acceptor;
use Amp\Websocket\Server\Websocket;
use Amp\Websocket\Server\WebsocketClientHandler;
use Amp\Websocket\WebsocketClient;
use Amp\Websocket\WebsocketClosedException;
use Psr\Log\NullLogger;
use Revolt\EventLoop;

use function Amp\trapSignal;

require __DIR__ . '/vendor/autoload.php';

final class Server implements WebsocketClientHandler
{
    public function __construct(private readonly string $app)
    {
    }

    public function handleClient(WebsocketClient $client, Request $request, Response $response): void
    {
        $timer = $this->app === 'push' ? $this->push($client) : null;
        try {
            while ($message = $client->receive()) {
                $payload = $message->buffer();
                if ($this->app !== 'echo') {
                    continue;
                }
                $message->isBinary() ? $client->sendBinary($payload) : $client->sendText($payload);
            }
        } finally {
            if ($timer !== null) {
                EventLoop::cancel($timer);
            }
        }
    }

    private function push(WebsocketClient $client): string
    {
        $client->sendText('hello');
        $tick = 0;
        return EventLoop::repeat(0.2, function () use ($client, &$tick) {
            $tick++;
            try {
                $client->sendText("tick $tick");
            } catch (WebsocketClosedException) {
                // The reader cancels this timer.
            }
        });
    }
}

$logger = new NullLogger();
$server = SocketHttpServer::createForDirectAccess($logger);
$server->expose('127.0.0.1:' . getenv('PORT'));
$handler = new Server(getenv('APP') ?: 'echo');
$server->start(new Websocket($server, $logger, new Rfc6455Acceptor(), $handler), new DefaultErrorHandler());
trapSignal(SIGTERM);
exit(0);
