package playground;

import java.io.IOException;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.web.socket.BinaryMessage;
import org.springframework.web.socket.CloseStatus;
import org.springframework.web.socket.TextMessage;
import org.springframework.web.socket.WebSocketSession;
import org.springframework.web.socket.config.annotation.EnableWebSocket;
import org.springframework.web.socket.config.annotation.WebSocketConfigurer;
import org.springframework.web.socket.config.annotation.WebSocketHandlerRegistry;
import org.springframework.web.socket.handler.AbstractWebSocketHandler;

/** The applications for Spring's WebSockets on whatever servlet container is there. */
@SpringBootApplication
@EnableWebSocket
public class Server implements WebSocketConfigurer {
    public static void main(String[] args) {
        Start.application(Server.class);
    }

    @Override
    public void registerWebSocketHandlers(WebSocketHandlerRegistry registry) {
        registry.addHandler(new Messages(), "/");
    }

    static class Messages extends AbstractWebSocketHandler {
        @Override
        public void afterConnectionEstablished(WebSocketSession session) {
            App.opened(session, text -> session.sendMessage(new TextMessage(text)));
        }

        @Override
        public void afterConnectionClosed(WebSocketSession session, CloseStatus status) {
            App.closed(session);
        }

        @Override
        protected void handleTextMessage(WebSocketSession session, TextMessage message) throws IOException {
            if (App.ECHO) {
                session.sendMessage(message);
            }
        }

        @Override
        protected void handleBinaryMessage(WebSocketSession session, BinaryMessage message) throws IOException {
            if (App.ECHO) {
                session.sendMessage(message);
            }
        }
    }
}
