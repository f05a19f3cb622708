package playground;

import jakarta.websocket.DeploymentException;
import jakarta.websocket.server.ServerContainer;
import jakarta.servlet.ServletException;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.websocket.server.WsSci;

public class Server {
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
                ((ServerContainer) context.getAttribute(ServerContainer.class.getName())).addEndpoint(Endpoint.class);
            } catch (DeploymentException refused) {
                throw new ServletException(refused);
            }
        }, null);
        tomcat.start();
        tomcat.getServer().await();
    }
}
