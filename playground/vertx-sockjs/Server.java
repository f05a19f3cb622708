package playground;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.ext.bridge.PermittedOptions;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.handler.BodyHandler;
import io.vertx.ext.web.handler.sockjs.SockJSBridgeOptions;
import io.vertx.ext.web.handler.sockjs.SockJSHandler;

public class Server {
    public static void main(String[] args) {
        Vertx vertx = Vertx.vertx();
        Router router = Router.router(vertx);
        SockJSBridgeOptions bridge = new SockJSBridgeOptions()
            .addInboundPermitted(new PermittedOptions().setAddress("chat.to"))
            .addOutboundPermitted(new PermittedOptions().setAddress("chat.to"));
        router.route("/eventbus/*").subRouter(SockJSHandler.create(vertx).bridge(bridge));
        router.route("/api/*").handler(BodyHandler.create("/tmp/uploads"));
        router.get("/").handler(context -> context.response().putHeader("content-type", "text/html").end("<h1>Chat</h1>"));
        router.errorHandler(404, context -> context.json(new io.vertx.core.json.JsonObject().put("error", "not found")));
        vertx.createHttpServer(new HttpServerOptions().setHost("127.0.0.1").setPort(Integer.parseInt(System.getenv("PORT"))))
            .requestHandler(router).listen();
    }
}
