package playground;

import io.helidon.common.buffers.BufferData;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.websocket.WsRouting;
import io.helidon.websocket.WsListener;
import io.helidon.websocket.WsSession;

public class Server {
    public static void main(String[] args) {
        WebServer.builder().host("127.0.0.1").port(App.PORT)
            .addRouting(WsRouting.builder().endpoint("/", new Listener()))
            .build().start();
    }

    static class Listener implements WsListener {
        @Override
        public void onOpen(WsSession session) {
            App.opened(session, text -> session.send(text, true));
        }

        @Override
        public void onMessage(WsSession session, String text, boolean last) {
            if (App.ECHO) {
                session.send(text, last);
            }
        }

        @Override
        public void onMessage(WsSession session, BufferData data, boolean last) {
            if (App.ECHO) {
                session.send(data, last);
            }
        }

        @Override
        public void onClose(WsSession session, int status, String reason) {
            App.closed(session);
        }
    }
}
