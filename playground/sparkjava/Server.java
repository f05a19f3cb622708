package playground;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.api.annotations.OnWebSocketClose;
import org.eclipse.jetty.websocket.api.annotations.OnWebSocketConnect;
import org.eclipse.jetty.websocket.api.annotations.OnWebSocketMessage;
import org.eclipse.jetty.websocket.api.annotations.WebSocket;
import spark.Spark;

@WebSocket
public class Server {
    private static final Queue<Session> ROOM = new ConcurrentLinkedQueue<>();

    public static void main(String[] args) {
        Spark.ipAddress("127.0.0.1");
        Spark.port(Integer.parseInt(System.getenv("PORT")));
        Spark.webSocket("/chat", Server.class);
        Spark.notFound("<h1>Nothing here</h1>");
        Spark.get("/", (request, response) -> "<h1>Chat</h1>");
        Spark.init();
    }

    @OnWebSocketConnect
    public void connected(Session session) {
        ROOM.add(session);
    }

    @OnWebSocketClose
    public void closed(Session session, int code, String reason) {
        ROOM.remove(session);
    }

    @OnWebSocketMessage
    public void message(Session session, String text) throws Exception {
        for (Session other : ROOM) {
            if (other.isOpen()) {
                other.getRemote().sendString(text);
            }
        }
    }
}
