package playground;

import jakarta.websocket.DeploymentException;
import jakarta.websocket.server.ServerEndpointConfig;
import java.util.Map;
import java.util.Set;
import org.glassfish.grizzly.http.server.HttpServer;
import org.glassfish.grizzly.http.server.NetworkListener;
import org.glassfish.tyrus.container.grizzly.server.WebSocketAddOn;
import org.glassfish.tyrus.core.TyrusWebSocketEngine;
import org.glassfish.tyrus.server.TyrusServerContainer;
import org.glassfish.tyrus.spi.WebSocketEngine;

/** Tyrus' own GrizzlyServerContainer, but for the address: that one listens on all. */
public class Server extends TyrusServerContainer {
    private final WebSocketEngine engine = TyrusWebSocketEngine.builder(this).build();

    Server() {
        super(Set.of(Endpoint.class));
    }

    public static void main(String[] args) throws Exception {
        Server server = new Server();
        NetworkListener listener = new NetworkListener("playground", "127.0.0.1", App.PORT);
        listener.registerAddOn(new WebSocketAddOn(server, "/"));
        HttpServer http = new HttpServer();
        http.addListener(listener);
        http.start();
        server.start("/", App.PORT);
        Thread.currentThread().join();
    }

    @Override
    public void register(Class<?> endpoint) throws DeploymentException {
        engine.register(endpoint, "/");
    }

    @Override
    public void register(ServerEndpointConfig endpoint) throws DeploymentException {
        engine.register(endpoint, "/");
    }

    @Override
    public WebSocketEngine getWebSocketEngine() {
        return engine;
    }

    // Newer versions ask for it.
    public Map<String, Object> getProperties() {
        return Map.of();
    }
}
