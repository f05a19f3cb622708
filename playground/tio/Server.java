package playground;

import org.tio.core.ChannelContext;
import org.tio.core.Tio;
import org.tio.http.common.HttpRequest;
import org.tio.http.common.HttpResponse;
import org.tio.websocket.common.WsRequest;
import org.tio.websocket.common.WsResponse;
import org.tio.websocket.server.WsServerConfig;
import org.tio.websocket.server.WsServerStarter;
import org.tio.websocket.server.handler.IWsMsgHandler;

public class Server implements IWsMsgHandler {
    public static void main(String[] args) throws Exception {
        WsServerConfig config = new WsServerConfig(App.PORT);
        config.setBindIp("127.0.0.1");
        new WsServerStarter(config, new Server()).start();
    }

    @Override
    public HttpResponse handshake(HttpRequest request, HttpResponse response, ChannelContext connection) {
        return response;
    }

    @Override
    public void onAfterHandshaked(HttpRequest request, HttpResponse response, ChannelContext connection) {
        App.opened(connection, text -> {
            if (!Tio.send(connection, WsResponse.fromText(text, "utf-8"))) {
                throw new IllegalStateException("the client is gone");
            }
        });
    }

    @Override
    public Object onText(WsRequest request, String text, ChannelContext connection) {
        return App.ECHO ? WsResponse.fromText(text, "utf-8") : null;
    }

    @Override
    public Object onBytes(WsRequest request, byte[] data, ChannelContext connection) {
        return App.ECHO ? WsResponse.fromBytes(data) : null;
    }

    @Override
    public Object onClose(WsRequest request, byte[] data, ChannelContext connection) {
        App.closed(connection);
        return null;
    }
}
