package playground;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerOptions;

public class Server {
    public static void main(String[] args) {
        HttpServerOptions options = new HttpServerOptions().setHost("127.0.0.1").setPort(App.PORT);
        switch (System.getenv().getOrDefault("SETTING", "")) {
            case "payload-limit" -> options.setMaxWebsocketMessageSize(4096);
            default -> {}
        }
        Vertx.vertx().createHttpServer(options).websocketHandler(socket -> {
            socket.closeHandler(nothing -> App.closed(socket));
            if (App.ECHO) {
                socket.textMessageHandler(socket::writeTextMessage);
                socket.binaryMessageHandler(socket::writeBinaryMessage);
            }
            App.opened(socket, socket::writeTextMessage);
        }).listen();
    }
}
