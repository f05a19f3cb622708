package playground;

import java.io.IOException;
import java.net.InetSocketAddress;
import org.simpleframework.http.Status;
import org.simpleframework.http.core.ContainerSocketProcessor;
import org.simpleframework.http.socket.Frame;
import org.simpleframework.http.socket.FrameListener;
import org.simpleframework.http.socket.FrameType;
import org.simpleframework.http.socket.Reason;
import org.simpleframework.http.socket.Session;
import org.simpleframework.http.socket.service.DirectRouter;
import org.simpleframework.http.socket.service.RouterContainer;
import org.simpleframework.transport.connect.SocketConnection;

public class Server {
    public static void main(String[] args) throws IOException {
        DirectRouter router = new DirectRouter(Server::serve);
        RouterContainer container = new RouterContainer((request, response) -> {
            try {
                response.setStatus(Status.NOT_FOUND);
                response.close();
            } catch (IOException gone) {
                // There is nobody to tell.
            }
        }, router, 10);
        new SocketConnection(new ContainerSocketProcessor(container, 64))
            .connect(new InetSocketAddress("127.0.0.1", App.PORT));
    }

    static void serve(Session session) {
        try {
            session.getChannel().register(new Messages());
        } catch (IOException gone) {
            return;
        }
        App.opened(session.getChannel(), session.getChannel()::send);
    }

    static class Messages implements FrameListener {
        @Override
        public void onFrame(Session session, Frame frame) {
            FrameType type = frame.getType();
            if (App.ECHO && (type.isText() || type == FrameType.BINARY || type == FrameType.CONTINUATION)) {
                try {
                    session.getChannel().send(frame);
                } catch (IOException gone) {
                    // onError or onClose follows.
                }
            }
        }

        @Override
        public void onError(Session session, Exception error) {
            App.closed(session.getChannel());
        }

        @Override
        public void onClose(Session session, Reason reason) {
            App.closed(session.getChannel());
        }
    }
}
