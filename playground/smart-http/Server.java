package playground;

import org.smartboot.http.common.codec.websocket.CloseReason;
import org.smartboot.http.server.HttpBootstrap;
import org.smartboot.http.server.WebSocketRequest;
import org.smartboot.http.server.WebSocketResponse;
import org.smartboot.http.server.handler.WebSocketDefaultHandler;

public class Server {
    public static void main(String[] args) {
        HttpBootstrap server = new HttpBootstrap();
        server.configuration().host("127.0.0.1");
        server.webSocketHandler(new Messages()).setPort(App.PORT).start();
    }

    static class Messages extends WebSocketDefaultHandler {
        @Override
        public void onHandShake(WebSocketRequest request, WebSocketResponse response) {
            App.opened(request, text -> {
                response.sendTextMessage(text);
                response.flush();
            });
        }

        @Override
        public void handleTextMessage(WebSocketRequest request, WebSocketResponse response, String text) {
            if (App.ECHO) {
                response.sendTextMessage(text);
            }
        }

        @Override
        public void handleBinaryMessage(WebSocketRequest request, WebSocketResponse response, byte[] data) {
            if (App.ECHO) {
                response.sendBinaryMessage(data);
            }
        }

        @Override
        public void onClose(WebSocketRequest request, WebSocketResponse response, CloseReason reason) {
            super.onClose(request, response, reason);
            App.closed(request);
        }
    }
}
