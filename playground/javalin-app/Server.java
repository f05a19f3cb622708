package playground;

import io.javalin.Javalin;
import io.javalin.http.UnauthorizedResponse;
import io.javalin.websocket.WsContext;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

public class Server {
    private static final Set<WsContext> ROOM = ConcurrentHashMap.newKeySet();

    public static void main(String[] args) {
        Javalin app = Javalin.create(config -> config.showJavalinBanner = false);
        app.before(context -> context.header("X-Frame-Options", "DENY").header("X-Content-Type-Options", "nosniff"));
        app.wsBeforeUpgrade("/chat", context -> {
            if (!"Bearer secret".equals(context.header("Authorization"))) {
                throw new UnauthorizedResponse("a token, please");
            }
        });
        app.get("/", context -> context.html("<h1>Chat</h1>"));
        app.error(404, context -> context.result("{\"error\":\"no such page\"}").contentType("application/json"));
        app.ws("/chat", ws -> {
            ws.onConnect(client -> {
                client.session.setIdleTimeout(Duration.ofMinutes(5));
                ROOM.add(client);
            });
            ws.onMessage(client -> {
                String text = client.message().replace("\\", "").replace("\"", "");
                ROOM.forEach(other -> other.send("{\"text\":\"" + text + "\"}"));
            });
            ws.onClose(client -> ROOM.remove(client));
            ws.onError(client -> ROOM.remove(client));
        });
        app.start("127.0.0.1", Integer.parseInt(System.getenv("PORT")));
    }
}
