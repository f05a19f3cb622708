package playground;

import io.javalin.Javalin;

public class Server {
    public static void main(String[] args) {
        Javalin.create().ws("/", ws -> {
            ws.onConnect(socket -> App.opened(socket.session, socket::send));
            ws.onClose(socket -> App.closed(socket.session));
            ws.onMessage(socket -> {
                if (App.ECHO) {
                    socket.send(socket.message());
                }
            });
            ws.onBinaryMessage(socket -> {
                if (App.ECHO) {
                    socket.send(java.nio.ByteBuffer.wrap(socket.data(), socket.offset(), socket.length()));
                }
            });
        }).start("127.0.0.1", App.PORT);
    }
}
