package playground;

import java.time.Duration;
import java.util.Map;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.web.reactive.HandlerMapping;
import org.springframework.web.reactive.handler.SimpleUrlHandlerMapping;
import org.springframework.web.reactive.socket.WebSocketHandler;
import org.springframework.web.reactive.socket.WebSocketMessage;
import org.springframework.web.reactive.socket.WebSocketSession;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

@SpringBootApplication
public class Server implements WebSocketHandler {
    public static void main(String[] args) {
        Start.application(Server.class);
    }

    @Bean
    public HandlerMapping routes() {
        return new SimpleUrlHandlerMapping(Map.of("/", this), -1);
    }

    @Override
    public Mono<Void> handle(WebSocketSession session) {
        if (App.ECHO) {
            return session.send(session.receive()
                .filter(message -> message.getType() != WebSocketMessage.Type.PONG)
                .doOnNext(WebSocketMessage::retain));
        }
        Mono<Void> gone = session.receive().then();
        if (!App.PUSH) {
            return gone;
        }
        Flux<String> ticks = Flux.interval(Duration.ofMillis(200)).map(tick -> "tick " + (tick + 1)).onBackpressureDrop();
        return Mono.firstWithSignal(gone, session.send(Flux.just("hello").concatWith(ticks).map(session::textMessage)));
    }
}
