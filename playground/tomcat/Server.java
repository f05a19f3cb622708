package playground;

import jakarta.servlet.ServletException;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.Extension;
import jakarta.websocket.server.ServerContainer;
import jakarta.websocket.server.ServerEndpointConfig;
import java.util.List;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.websocket.server.WsSci;

public class Server {
    private static final String SETTING = System.getenv().getOrDefault("SETTING", "");

    public static void main(String[] args) throws Exception {
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir("/tmp/tomcat");
        tomcat.setPort(App.PORT);
        Connector connector = tomcat.getConnector();
        connector.setProperty("address", "127.0.0.1");
        tomcat.addContext("", null).addServletContainerInitializer((classes, context) -> {
            new WsSci().onStartup(classes, context);
            // Tomcat looks for WebSockets in a filter, and runs filters only for paths that some servlet serves.
            context.addServlet("default", "org.apache.catalina.servlets.DefaultServlet").addMapping("/");
            try {
                addEndpoint((ServerContainer) context.getAttribute(ServerContainer.class.getName()));
            } catch (DeploymentException refused) {
                throw new ServletException(refused);
            }
        }, null);
        tomcat.start();
        tomcat.getServer().await();
    }

    private static void addEndpoint(ServerContainer container) throws DeploymentException {
        if (SETTING.equals("payload-limit")) {
            container.setDefaultMaxTextMessageBufferSize(4096);
            container.setDefaultMaxBinaryMessageBufferSize(4096);
        }
        if (SETTING.equals("compression")) {
            ServerEndpointConfig.Builder endpoint = ServerEndpointConfig.Builder.create(Endpoint.class, "/");
            container.addEndpoint(endpoint.configurator(new NoExtensions()).build());
        } else {
            container.addEndpoint(Endpoint.class);
        }
    }

    static class NoExtensions extends ServerEndpointConfig.Configurator {
        @Override
        public List<Extension> getNegotiatedExtensions(List<Extension> installed, List<Extension> requested) {
            return List.of();
        }
    }
}
