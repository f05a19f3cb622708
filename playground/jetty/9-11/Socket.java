package playground;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.api.annotations.OnWebSocketClose;
import org.eclipse.jetty.websocket.api.annotations.OnWebSocketConnect;
import org.eclipse.jetty.websocket.api.annotations.OnWebSocketMessage;
import org.eclipse.jetty.websocket.api.annotations.WebSocket;

@WebSocket
public class Socket {
    @OnWebSocketConnect
    public void opened(Session session) {
        App.opened(this, text -> session.getRemote().sendString(text));
    }

    @OnWebSocketClose
    public void closed(int code, String reason) {
        App.closed(this);
    }

    @OnWebSocketMessage
    public void text(Session session, String text) throws IOException {
        if (App.ECHO) {
            session.getRemote().sendString(text);
        }
    }

    @OnWebSocketMessage
    public void binary(Session session, byte[] data, int offset, int length) throws IOException {
        if (App.ECHO) {
            session.getRemote().sendBytes(ByteBuffer.wrap(data, offset, length));
        }
    }
}
