package playground;

import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.http.javadsl.Http;
import org.apache.pekko.http.javadsl.model.ws.WebSocket;

public class Server {
    public static void main(String[] args) {
        Http.get(ActorSystem.create()).newServerAt("127.0.0.1", App.PORT)
            .bindSync(request -> WebSocket.handleWebSocketRequestWith(request, Messages.app()));
    }
}
