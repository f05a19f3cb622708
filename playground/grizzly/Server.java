package playground;

import org.glassfish.grizzly.http.server.HttpServer;
import org.glassfish.grizzly.http.server.NetworkListener;
import org.glassfish.grizzly.websockets.DataFrame;
import org.glassfish.grizzly.websockets.WebSocket;
import org.glassfish.grizzly.websockets.WebSocketAddOn;
import org.glassfish.grizzly.websockets.WebSocketApplication;
import org.glassfish.grizzly.websockets.WebSocketEngine;

public class Server {
    public static void main(String[] args) throws Exception {
        NetworkListener listener = new NetworkListener("playground", "127.0.0.1", App.PORT);
        listener.registerAddOn(new WebSocketAddOn());
        HttpServer server = new HttpServer();
        server.addListener(listener);
        WebSocketEngine.getEngine().register("", "/", new Messages());
        server.start();
        Thread.currentThread().join();
    }

    static class Messages extends WebSocketApplication {
        @Override
        public void onConnect(WebSocket socket) {
            super.onConnect(socket);
            App.opened(socket, socket::send);
        }

        @Override
        public void onClose(WebSocket socket, DataFrame frame) {
            super.onClose(socket, frame);
            App.closed(socket);
        }

        @Override
        public void onMessage(WebSocket socket, String text) {
            if (App.ECHO) {
                socket.send(text);
            }
        }

        @Override
        public void onMessage(WebSocket socket, byte[] data) {
            if (App.ECHO) {
                socket.send(data);
            }
        }
    }
}
