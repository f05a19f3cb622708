package playground;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.socket.BinaryMessage;
import org.springframework.web.socket.CloseStatus;
import org.springframework.web.socket.TextMessage;
import org.springframework.web.socket.WebSocketHandler;
import org.springframework.web.socket.WebSocketSession;
import org.springframework.web.socket.config.annotation.EnableWebSocket;
import org.springframework.web.socket.config.annotation.WebSocketConfigurer;
import org.springframework.web.socket.config.annotation.WebSocketHandlerRegistry;
import org.springframework.web.socket.handler.AbstractWebSocketHandler;

@SpringBootApplication
public class Server {
    public static void main(String[] args) {
        SpringApplication.run(Server.class, args);
    }

    @Configuration
    @EnableWebSocket
    static class Routes implements WebSocketConfigurer {
        @Value("${APP:echo}")
        private String app;

        @Override
        public void registerWebSocketHandlers(WebSocketHandlerRegistry registry) {
            WebSocketHandler handler = switch (app) {
                case "echo" -> new Echo();
                case "sink" -> new Sink();
                case "push" -> new Push();
                default -> throw new IllegalArgumentException("APP is echo, sink or push");
            };
            registry.addHandler(handler, "/");
        }
    }

    static class Echo extends AbstractWebSocketHandler {
        @Override
        protected void handleTextMessage(WebSocketSession session, TextMessage message) throws IOException {
            session.sendMessage(message);
        }

        @Override
        protected void handleBinaryMessage(WebSocketSession session, BinaryMessage message) throws IOException {
            session.sendMessage(message);
        }
    }

    /** AbstractWebSocketHandler takes every message and does nothing with it. */
    static class Sink extends AbstractWebSocketHandler {}

    static class Push extends AbstractWebSocketHandler {
        private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
        private final Map<String, ScheduledFuture<?>> ticking = new ConcurrentHashMap<>();

        @Override
        public void afterConnectionEstablished(WebSocketSession session) throws IOException {
            session.sendMessage(new TextMessage("hello"));
            AtomicLong tick = new AtomicLong();
            ticking.put(session.getId(), timer.scheduleAtFixedRate(() -> {
                try {
                    session.sendMessage(new TextMessage("tick " + tick.incrementAndGet()));
                } catch (IOException gone) {
                    // An exception ends the repetition, which is what a gone client asks for.
                    throw new IllegalStateException(gone);
                }
            }, 200, 200, TimeUnit.MILLISECONDS));
        }

        @Override
        public void afterConnectionClosed(WebSocketSession session, CloseStatus status) {
            ScheduledFuture<?> ticks = ticking.remove(session.getId());
            if (ticks != null) {
                ticks.cancel(false);
            }
        }
    }
}
