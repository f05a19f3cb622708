package playground;

import com.corundumstudio.socketio.Configuration;
import com.corundumstudio.socketio.SocketIOServer;

public class Server {
    public static void main(String[] args) {
        Configuration configuration = new Configuration();
        configuration.setHostname("127.0.0.1");
        configuration.setPort(Integer.parseInt(System.getenv("PORT")));
        SocketIOServer server = new SocketIOServer(configuration);
        server.addEventListener("chat", String.class, (client, text, ack) -> server.getBroadcastOperations().sendEvent("chat", text));
        server.start();
    }
}
