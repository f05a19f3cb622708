package playground;

import java.nio.ByteBuffer;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.ContextHandler;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.api.annotations.OnWebSocketClose;
import org.eclipse.jetty.websocket.api.annotations.OnWebSocketMessage;
import org.eclipse.jetty.websocket.api.annotations.OnWebSocketOpen;
import org.eclipse.jetty.websocket.api.annotations.WebSocket;
import org.eclipse.jetty.websocket.server.WebSocketUpgradeHandler;

public class Server {
    public static void main(String[] args) throws Exception {
        org.eclipse.jetty.server.Server server = new org.eclipse.jetty.server.Server();
        ServerConnector connector = new ServerConnector(server);
        connector.setHost("127.0.0.1");
        connector.setPort(App.PORT);
        server.addConnector(connector);
        ContextHandler context = new ContextHandler("/");
        context.setHandler(WebSocketUpgradeHandler.from(server, context,
            container -> container.addMapping("/", (request, response, callback) -> new Socket())));
        server.setHandler(context);
        server.start();
    }

    @WebSocket
    public static class Socket {
        @OnWebSocketOpen
        public void opened(Session session) {
            App.opened(this, text -> session.sendText(text, Callback.NOOP));
        }

        @OnWebSocketClose
        public void closed(int code, String reason) {
            App.closed(this);
        }

        @OnWebSocketMessage
        public void text(Session session, String text) {
            if (App.ECHO) {
                session.sendText(text, Callback.NOOP);
            }
        }

        @OnWebSocketMessage
        public void binary(Session session, ByteBuffer data, Callback callback) {
            if (App.ECHO) {
                session.sendBinary(data, callback);
            } else {
                callback.succeed();
            }
        }
    }
}
