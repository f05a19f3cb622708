package playground;

import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.time.Duration;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.websocket.WebsocketInbound;
import reactor.netty.http.websocket.WebsocketOutbound;

public class Server {
    public static void main(String[] args) {
        HttpServer.create().host("127.0.0.1").port(App.PORT)
            .route(routes -> routes.ws("/", Server::serve))
            .bindNow().onDispose().block();
    }

    static Publisher<Void> serve(WebsocketInbound in, WebsocketOutbound out) {
        if (App.ECHO) {
            return out.sendObject(in.aggregateFrames().receiveFrames()
                .filter(frame -> frame instanceof TextWebSocketFrame || frame instanceof BinaryWebSocketFrame)
                .map(WebSocketFrame::retain));
        }
        Mono<Void> gone = in.receive().then();
        if (!App.PUSH) {
            return gone;
        }
        Flux<String> ticks = Flux.interval(Duration.ofMillis(200)).map(tick -> "tick " + (tick + 1)).onBackpressureDrop();
        return Mono.firstWithSignal(gone, out.sendString(Flux.just("hello").concatWith(ticks)).then());
    }
}
