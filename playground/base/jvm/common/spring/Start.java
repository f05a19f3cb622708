package playground;

import java.util.Map;
import org.springframework.boot.SpringApplication;

/** Starts an application of Spring Boot. */
final class Start {
    private Start() {}

    static void application(Class<?> source) {
        SpringApplication application = new SpringApplication(source);
        application.setDefaultProperties(Map.of(
            "server.address", "127.0.0.1",
            "server.port", App.PORT,
            // The default waits up to thirty seconds for open connections; a stop here may take two.
            "server.shutdown", "immediate",
            "spring.main.banner-mode", "off"));
        application.run();
    }
}
