package playground;

import jakarta.websocket.OnClose;
import jakarta.websocket.OnMessage;
import jakarta.websocket.OnOpen;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerEndpoint;
import java.io.IOException;
import java.nio.ByteBuffer;

/** The applications for containers of Jakarta WebSocket. */
@ServerEndpoint("/")
public class Endpoint {
    @OnOpen
    public void opened(Session session) {
        App.opened(session, text -> session.getBasicRemote().sendText(text));
    }

    @OnClose
    public void closed(Session session) {
        App.closed(session);
    }

    @OnMessage
    public void text(Session session, String text) throws IOException {
        if (App.ECHO) {
            session.getBasicRemote().sendText(text);
        }
    }

    @OnMessage
    public void binary(Session session, ByteBuffer data) throws IOException {
        if (App.ECHO) {
            session.getBasicRemote().sendBinary(data);
        }
    }
}
