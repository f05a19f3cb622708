package playground;

import io.undertow.Handlers;
import io.undertow.Undertow;
import io.undertow.websockets.core.AbstractReceiveListener;
import io.undertow.websockets.core.BufferedBinaryMessage;
import io.undertow.websockets.core.BufferedTextMessage;
import io.undertow.websockets.core.WebSocketChannel;
import io.undertow.websockets.core.WebSockets;

public class Server {
    public static void main(String[] args) {
        Undertow.builder().addHttpListener(App.PORT, "127.0.0.1").setHandler(Handlers.websocket((exchange, channel) -> {
            channel.getReceiveSetter().set(new Listener());
            channel.addCloseTask(App::closed);
            channel.resumeReceives();
            App.opened(channel, text -> WebSockets.sendText(text, channel, null));
        })).build().start();
    }

    static class Listener extends AbstractReceiveListener {
        @Override
        protected void onFullTextMessage(WebSocketChannel channel, BufferedTextMessage message) {
            if (App.ECHO) {
                WebSockets.sendText(message.getData(), channel, null);
            }
        }

        @Override
        protected void onFullBinaryMessage(WebSocketChannel channel, BufferedBinaryMessage message) {
            var data = message.getData();
            if (App.ECHO) {
                WebSockets.sendBinary(WebSockets.mergeBuffers(data.getResource()), channel, null);
            }
            data.free();
        }
    }
}
