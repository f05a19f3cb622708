package playground;

import eu.chargetime.ocpp.JSONServer;
import eu.chargetime.ocpp.ServerEvents;
import eu.chargetime.ocpp.feature.profile.ServerCoreEventHandler;
import eu.chargetime.ocpp.feature.profile.ServerCoreProfile;
import eu.chargetime.ocpp.model.SessionInformation;
import java.lang.reflect.Proxy;
import java.util.UUID;

public class Server {
    public static void main(String[] args) throws Exception {
        ServerCoreEventHandler core = (ServerCoreEventHandler) Proxy.newProxyInstance(Server.class.getClassLoader(),
            new Class<?>[] {ServerCoreEventHandler.class}, (proxy, method, arguments) -> null);
        JSONServer server = new JSONServer(new ServerCoreProfile(core));
        server.open("127.0.0.1", Integer.parseInt(System.getenv("PORT")), new ServerEvents() {
            @Override
            public void newSession(UUID session, SessionInformation information) {}

            @Override
            public void lostSession(UUID session) {}

            @Override
            public void authenticateSession(SessionInformation information, String user, byte[] password) {}
        });
        Thread.currentThread().join();
    }
}
