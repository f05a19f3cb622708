package playground;

import io.activej.csp.ChannelConsumer;
import io.activej.eventloop.Eventloop;
import io.activej.http.AsyncHttpServer;
import io.activej.http.RoutingServlet;
import io.activej.http.WebSocket;
import io.activej.http.WebSocket.Message;
import java.io.IOException;
import java.net.InetSocketAddress;

public class Server {
    public static void main(String[] args) throws IOException {
        Eventloop loop = Eventloop.create();
        RoutingServlet routes = RoutingServlet.create().mapWebSocket("/", socket -> serve(loop, socket));
        AsyncHttpServer.create(loop, routes).withListenAddress(new InetSocketAddress("127.0.0.1", App.PORT)).listen();
        loop.run();
    }

    static void serve(Eventloop loop, WebSocket socket) {
        if (App.ECHO) {
            socket.messageReadChannel().streamTo(socket.messageWriteChannel());
            return;
        }
        // The loop's thread alone may touch a connection.
        App.opened(socket, text -> loop.execute(() -> socket.writeMessage(Message.text(text))));
        socket.messageReadChannel().streamTo(ChannelConsumer.ofConsumer(Message::recycle)).whenComplete(() -> {
            App.closed(socket);
            socket.writeMessage(null);
        });
    }
}
