package playground;

import akka.actor.ActorSystem;
import akka.http.javadsl.ConnectHttp;
import akka.http.javadsl.Http;
import akka.http.javadsl.model.ws.WebSocket;
import akka.stream.ActorMaterializer;

public class Server {
    // Deprecated in the newest versions, but known to the oldest too.
    @SuppressWarnings("deprecation")
    public static void main(String[] args) {
        ActorSystem system = ActorSystem.create();
        Http.get(system).bindAndHandleSync(request -> WebSocket.handleWebSocketRequestWith(request, Messages.app()),
            ConnectHttp.toHost("127.0.0.1", App.PORT), ActorMaterializer.create(system));
    }
}
