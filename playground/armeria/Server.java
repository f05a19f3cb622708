package playground;

import com.linecorp.armeria.common.websocket.CloseWebSocketFrame;
import com.linecorp.armeria.common.websocket.WebSocket;
import com.linecorp.armeria.common.websocket.WebSocketFrame;
import com.linecorp.armeria.common.websocket.WebSocketFrameType;
import com.linecorp.armeria.common.websocket.WebSocketWriter;
import com.linecorp.armeria.server.websocket.WebSocketService;
import java.net.InetSocketAddress;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

public class Server {
    public static void main(String[] args) {
        com.linecorp.armeria.server.Server.builder()
            .http(new InetSocketAddress("127.0.0.1", App.PORT))
            .service("/", WebSocketService.of((context, in) -> {
                WebSocketWriter out = WebSocket.streaming();
                in.subscribe(new Messages(out));
                return out;
            }))
            .build().start().join();
    }

    record Messages(WebSocketWriter out) implements Subscriber<WebSocketFrame> {
        @Override
        public void onSubscribe(Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
            App.opened(out, out::write);
        }

        @Override
        public void onNext(WebSocketFrame frame) {
            if (frame instanceof CloseWebSocketFrame close) {
                App.closed(out);
                if (close.status() != null) {
                    out.close(close.status());
                }
            } else if (App.ECHO && frame.type() != WebSocketFrameType.PING && frame.type() != WebSocketFrameType.PONG) {
                out.write(frame);
            } else {
                frame.close();
            }
        }

        @Override
        public void onError(Throwable error) {
            App.closed(out);
            out.close(error);
        }

        @Override
        public void onComplete() {
            App.closed(out);
            out.close();
        }
    }
}
