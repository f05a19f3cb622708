package playground;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrameAggregator;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshaker;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshakerFactory;
import java.nio.charset.StandardCharsets;

/** The low-level handshaker, as in Netty's older examples, dressed as $VARIANT says. */
public class Server {
    private static final String VARIANT = System.getenv().getOrDefault("VARIANT", "");
    private static final String OWN = "http://127.0.0.1:" + App.PORT;

    public static void main(String[] args) throws InterruptedException {
        new ServerBootstrap()
            .group(new NioEventLoopGroup())
            .channel(NioServerSocketChannel.class)
            .childHandler(new ChannelInitializer<SocketChannel>() {
                @Override
                protected void initChannel(SocketChannel channel) {
                    channel.pipeline().addLast(
                        new HttpServerCodec(), new HttpObjectAggregator(65536), new Front());
                }
            })
            .bind("127.0.0.1", App.PORT).sync();
    }

    static class Front extends SimpleChannelInboundHandler<FullHttpRequest> {
        @Override
        protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
            String path = request.uri().split("\\?")[0];
            String origin = request.headers().get("Origin");
            if (!request.decoderResult().isSuccess()) {
                answer(context, 400, "text/plain", "bad request");
            } else if (!VARIANT.equals("any-origin") && !path.equals("/game")) {
                answer(context, 404, "text/html", "<html><body><h1>Lost?</h1><p>The game is elsewhere.</p></body></html>");
            } else if (!request.method().name().equals("GET")) {
                answer(context, 405, "application/json", "{\"error\":\"method not allowed\"}");
            } else if (!request.headers().containsValue("Upgrade", "websocket", true)) {
                answer(context, 400, "application/json", "{\"error\":\"websocket expected\"}");
            } else if (VARIANT.equals("closed-origin") && origin != null && !origin.equals(OWN)) {
                answer(context, 403, "application/json", "{\"error\":\"origin " + origin.replace("\"", "") + "\"}");
            } else if (VARIANT.equals("token") && !"Bearer field".equals(request.headers().get("Authorization"))) {
                answer(context, 401, "application/json", "{\"error\":\"token\"}");
            } else if (VARIANT.equals("subprotocol")
                && !request.headers().containsValue("Sec-WebSocket-Protocol", "chat.v2", false)) {
                answer(context, 400, "application/json", "{\"error\":\"chat.v2\"}");
            } else {
                upgrade(context, request);
            }
        }

        private void upgrade(ChannelHandlerContext context, FullHttpRequest request) {
            String subprotocols = VARIANT.equals("subprotocol") ? "chat.v2" : null;
            var factory = new WebSocketServerHandshakerFactory("ws://127.0.0.1/game", subprotocols, true, 1 << 20);
            WebSocketServerHandshaker handshaker = factory.newHandshaker(request);
            if (handshaker == null) {
                WebSocketServerHandshakerFactory.sendUnsupportedVersionResponse(context.channel());
                return;
            }
            HttpHeaders fields = new DefaultHttpHeaders();
            if (VARIANT.equals("custom-front")) {
                fields.set("Server", "gamed/7");
            }
            handshaker.handshake(context.channel(), request, fields, context.newPromise()).addListener(done -> {
                if (!done.isSuccess()) {
                    return;
                }
                context.pipeline().remove(this);
                context.pipeline().addLast(new WebSocketFrameAggregator(1 << 20), new Messages(handshaker));
                greet(context, handshaker);
            });
        }

        private static void greet(ChannelHandlerContext context, WebSocketServerHandshaker handshaker) {
            switch (VARIANT) {
                case "close-1008" ->
                    handshaker.close(context.channel(), new CloseWebSocketFrame(1008, "banned"));
                case "custom-front" -> context.channel().writeAndFlush(new TextWebSocketFrame("welcome to the game"));
                case "greeting" -> {
                    StringBuilder text = new StringBuilder("{\"world\":[");
                    for (int tile = 0; tile < 700; tile++) {
                        text.append(tile == 0 ? "" : ",").append("{\"x\":" + tile % 30 + ",\"y\":" + tile / 30 + ",\"kind\":\"grass\"}");
                    }
                    context.channel().writeAndFlush(new TextWebSocketFrame(text.append("]}").toString()));
                }
                default -> {}
            }
        }

        private static void answer(ChannelHandlerContext context, int status, String type, String text) {
            var body = Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
            var response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status), body);
            response.headers().set("Content-Type", type).set("Content-Length", body.readableBytes());
            if (VARIANT.equals("custom-front")) {
                response.headers().set("Server", "gamed/7").set("Allow", "GET");
            }
            context.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
        }
    }

    static class Messages extends SimpleChannelInboundHandler<WebSocketFrame> {
        private final WebSocketServerHandshaker handshaker;

        Messages(WebSocketServerHandshaker handshaker) {
            this.handshaker = handshaker;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, WebSocketFrame frame) {
            if (frame instanceof CloseWebSocketFrame close) {
                handshaker.close(context.channel(), close.retain());
            } else if (frame instanceof PingWebSocketFrame) {
                context.writeAndFlush(new PongWebSocketFrame(frame.content().retain()));
            } else if (frame instanceof TextWebSocketFrame || frame instanceof BinaryWebSocketFrame) {
                context.writeAndFlush(frame.retain());
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }
}
