package playground;

import fi.iki.elonen.NanoWSD;
import java.io.IOException;

public class Server extends NanoWSD {
    Server() {
        super("127.0.0.1", App.PORT);
    }

    public static void main(String[] args) throws IOException {
        new Server().start(SOCKET_READ_TIMEOUT, false);
    }

    @Override
    protected WebSocket openWebSocket(IHTTPSession handshake) {
        return new Socket(handshake);
    }

    static class Socket extends WebSocket {
        Socket(IHTTPSession handshake) {
            super(handshake);
        }

        @Override
        protected void onOpen() {
            App.opened(this, this::send);
        }

        @Override
        protected void onMessage(WebSocketFrame message) {
            if (App.ECHO) {
                try {
                    message.setUnmasked();
                    sendFrame(message);
                } catch (IOException gone) {
                    // onException or onClose follows.
                }
            }
        }

        @Override
        protected void onPong(WebSocketFrame pong) {}

        @Override
        protected void onClose(WebSocketFrame.CloseCode code, String reason, boolean remote) {
            App.closed(this);
        }

        @Override
        protected void onException(IOException error) {
            App.closed(this);
        }
    }
}
