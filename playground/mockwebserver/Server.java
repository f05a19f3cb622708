package playground;

import java.net.InetAddress;
import okhttp3.Response;
import okhttp3.WebSocket;
import okhttp3.WebSocketListener;
import okhttp3.mockwebserver.Dispatcher;
import okhttp3.mockwebserver.MockResponse;
import okhttp3.mockwebserver.MockWebServer;
import okhttp3.mockwebserver.RecordedRequest;
import okio.ByteString;

public class Server {
    public static void main(String[] args) throws Exception {
        MockWebServer server = new MockWebServer();
        server.setDispatcher(new Dispatcher() {
            @Override
            public MockResponse dispatch(RecordedRequest request) {
                return new MockResponse().withWebSocketUpgrade(new Listener());
            }
        });
        server.start(InetAddress.getByName("127.0.0.1"), App.PORT);
    }

    static class Listener extends WebSocketListener {
        @Override
        public void onOpen(WebSocket socket, Response response) {
            App.opened(socket, socket::send);
        }

        @Override
        public void onMessage(WebSocket socket, String text) {
            if (App.ECHO) {
                socket.send(text);
            }
        }

        @Override
        public void onMessage(WebSocket socket, ByteString data) {
            if (App.ECHO) {
                socket.send(data);
            }
        }

        // OkHttp leaves the answer to a Close to the application.
        @Override
        public void onClosing(WebSocket socket, int code, String reason) {
            App.closed(socket);
            socket.close(1000, null);
        }

        @Override
        public void onFailure(WebSocket socket, Throwable error, Response response) {
            App.closed(socket);
        }
    }
}
