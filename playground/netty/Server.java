package playground;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrameAggregator;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler.ServerHandshakeStateEvent;

public class Server {
    public static void main(String[] args) throws InterruptedException {
        new ServerBootstrap()
            .group(new NioEventLoopGroup())
            .channel(NioServerSocketChannel.class)
            .childHandler(new ChannelInitializer<SocketChannel>() {
                @Override
                protected void initChannel(SocketChannel channel) {
                    channel.pipeline().addLast(new HttpServerCodec(), new HttpObjectAggregator(65536),
                        new WebSocketServerProtocolHandler("/"), new WebSocketFrameAggregator(65536), new Messages());
                }
            })
            .bind("127.0.0.1", App.PORT).sync();
    }

    static class Messages extends SimpleChannelInboundHandler<WebSocketFrame> {
        // Fired for the sake of older users in all versions.
        @SuppressWarnings("deprecation")
        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event == ServerHandshakeStateEvent.HANDSHAKE_COMPLETE) {
                App.opened(context.channel(), text -> context.writeAndFlush(new TextWebSocketFrame(text)));
            }
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, WebSocketFrame message) {
            if (App.ECHO) {
                context.writeAndFlush(message.retain());
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            App.closed(context.channel());
        }
    }
}
