package playground;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import org.java_websocket.WebSocket;
import org.java_websocket.handshake.ClientHandshake;
import org.java_websocket.server.WebSocketServer;

public class Server extends WebSocketServer {
    Server() {
        super(new InetSocketAddress("127.0.0.1", App.PORT), Drafts.DRAFTS);
    }

    public static void main(String[] args) {
        new Server().run();
    }

    @Override
    public void onOpen(WebSocket socket, ClientHandshake handshake) {
        App.opened(socket, socket::send);
    }

    @Override
    public void onClose(WebSocket socket, int code, String reason, boolean remote) {
        App.closed(socket);
    }

    @Override
    public void onMessage(WebSocket socket, String text) {
        if (App.ECHO) {
            socket.send(text);
        }
    }

    @Override
    public void onMessage(WebSocket socket, ByteBuffer data) {
        if (App.ECHO) {
            socket.send(data);
        }
    }

    @Override
    public void onError(WebSocket socket, Exception error) {}

    // Abstract since 1.3.4, unknown before.
    public void onStart() {}
}
