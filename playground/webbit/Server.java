package playground;

import java.net.InetSocketAddress;
import java.net.URI;
import java.util.concurrent.Executors;
import org.webbitserver.BaseWebSocketHandler;
import org.webbitserver.WebServers;
import org.webbitserver.WebSocketConnection;

public class Server {
    public static void main(String[] args) throws Exception {
        InetSocketAddress address = new InetSocketAddress("127.0.0.1", App.PORT);
        URI uri = URI.create("http://127.0.0.1:" + App.PORT + "/");
        WebServers.createWebServer(Executors.newSingleThreadScheduledExecutor(), address, uri)
            .add("/", new Messages()).start().get();
    }

    static class Messages extends BaseWebSocketHandler {
        @Override
        public void onOpen(WebSocketConnection socket) {
            App.opened(socket, socket::send);
        }

        @Override
        public void onClose(WebSocketConnection socket) {
            App.closed(socket);
        }

        @Override
        public void onMessage(WebSocketConnection socket, String text) {
            if (App.ECHO) {
                socket.send(text);
            }
        }

        @Override
        public void onMessage(WebSocketConnection socket, byte[] data) {
            if (App.ECHO) {
                socket.send(data);
            }
        }
    }
}
