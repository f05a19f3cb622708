package playground;

import io.undertow.Handlers;
import io.undertow.Undertow;
import io.undertow.websockets.WebSocketProtocolHandshakeHandler;
import io.undertow.websockets.core.AbstractReceiveListener;
import io.undertow.websockets.core.BufferedBinaryMessage;
import io.undertow.websockets.core.BufferedTextMessage;
import io.undertow.websockets.core.WebSocketChannel;
import io.undertow.websockets.core.WebSockets;
import io.undertow.websockets.extensions.PerMessageDeflateHandshake;

public class Server {
    private static final String SETTING = System.getenv().getOrDefault("SETTING", "");

    /** In bytes; -1 is the library's default, and no limit. */
    private static final long LIMIT = SETTING.equals("payload-limit") ? 4096 : -1;

    public static void main(String[] args) {
        WebSocketProtocolHandshakeHandler handler = Handlers.websocket((exchange, channel) -> {
            channel.getReceiveSetter().set(new Listener());
            channel.addCloseTask(App::closed);
            channel.resumeReceives();
            App.opened(channel, text -> WebSockets.sendText(text, channel, null));
        });
        if (SETTING.equals("compression")) {
            handler.addExtension(new PerMessageDeflateHandshake());
        }
        Undertow.builder().addHttpListener(App.PORT, "127.0.0.1").setHandler(handler).build().start();
    }

    static class Listener extends AbstractReceiveListener {
        @Override
        protected long getMaxTextBufferSize() {
            return LIMIT;
        }

        @Override
        protected long getMaxBinaryBufferSize() {
            return LIMIT;
        }

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
