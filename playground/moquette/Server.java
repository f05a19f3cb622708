package playground;

import io.moquette.broker.config.MemoryConfig;
import java.util.Properties;

public class Server {
    public static void main(String[] args) throws Exception {
        Properties properties = new Properties();
        properties.setProperty("host", "127.0.0.1");
        properties.setProperty("port", "disabled");
        properties.setProperty("websocket_port", System.getenv("PORT"));
        properties.setProperty("websocket_path", "/mqtt");
        properties.setProperty("allow_anonymous", "true");
        properties.setProperty("telemetry_enabled", "false");
        properties.setProperty("persistence_enabled", "false");
        properties.setProperty("data_path", "/tmp/moquette");
        new java.io.File("/tmp/moquette").mkdirs();
        new io.moquette.broker.Server().startServer(new MemoryConfig(properties));
    }
}
