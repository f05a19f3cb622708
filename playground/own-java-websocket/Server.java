package playground;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import org.java_websocket.WebSocket;
import org.java_websocket.drafts.Draft;
import org.java_websocket.drafts.Draft_6455;
import org.java_websocket.exceptions.InvalidDataException;
import org.java_websocket.extensions.permessage_deflate.PerMessageDeflateExtension;
import org.java_websocket.framing.CloseFrame;
import org.java_websocket.handshake.ClientHandshake;
import org.java_websocket.handshake.ServerHandshakeBuilder;
import org.java_websocket.protocols.Protocol;
import org.java_websocket.server.WebSocketServer;

/** Java-WebSocket with refusals of the application's own in the handshake, dressed as $VARIANT says. */
public class Server extends WebSocketServer {
    private static final String VARIANT = System.getenv().getOrDefault("VARIANT", "");
    private static final String OWN = "http://127.0.0.1:" + App.PORT;

    Server() {
        super(new InetSocketAddress("127.0.0.1", App.PORT), 1, drafts());
        setReuseAddr(true);
        setConnectionLostTimeout(VARIANT.equals("custom-front") ? 0 : 30);
    }

    private static List<Draft> drafts() {
        return switch (VARIANT) {
            case "any-origin" -> List.of(new Draft_6455(new PerMessageDeflateExtension()));
            case "subprotocol" -> List.of(new Draft_6455(List.of(), List.of(new Protocol("chat.v2"))));
            default -> List.of(new Draft_6455());
        };
    }

    public static void main(String[] args) {
        new Server().run();
    }

    @Override
    public ServerHandshakeBuilder onWebsocketHandshakeReceivedAsServer(WebSocket socket, Draft draft, ClientHandshake request)
        throws InvalidDataException {
        ServerHandshakeBuilder response = super.onWebsocketHandshakeReceivedAsServer(socket, draft, request);
        String origin = request.getFieldValue("Origin");
        if (!VARIANT.equals("any-origin") && !request.getResourceDescriptor().startsWith("/device")) {
            throw new InvalidDataException(CloseFrame.POLICY_VALIDATION, "no such path");
        }
        if (VARIANT.equals("closed-origin") && !origin.isEmpty() && !origin.equals(OWN)) {
            throw new InvalidDataException(CloseFrame.POLICY_VALIDATION, "origin");
        }
        if (VARIANT.equals("token") && !request.getFieldValue("Authorization").equals("Bearer field")) {
            throw new InvalidDataException(CloseFrame.POLICY_VALIDATION, "token");
        }
        if (VARIANT.equals("custom-front")) {
            response.put("Server", "device-bridge");
            response.put("X-Bridge", "3");
        }
        return response;
    }

    @Override
    public void onOpen(WebSocket socket, ClientHandshake handshake) {
        switch (VARIANT) {
            case "close-1008" -> socket.close(1008, "device unknown");
            case "custom-front" -> socket.send("HELLO device-bridge 3");
            case "greeting" -> {
                StringBuilder text = new StringBuilder("{\"devices\":[");
                for (int n = 0; n < 600; n++) {
                    text.append(n == 0 ? "" : ",").append("{\"id\":\"dev-" + n + "\",\"battery\":" + n % 100 + ",\"online\":" + (n % 2 == 0) + "}");
                }
                socket.send(text.append("]}").toString());
            }
            default -> {}
        }
    }

    @Override
    public void onMessage(WebSocket socket, String text) {
        socket.send(text);
    }

    @Override
    public void onMessage(WebSocket socket, ByteBuffer data) {
        socket.send(data);
    }

    @Override
    public void onClose(WebSocket socket, int code, String reason, boolean remote) {}

    @Override
    public void onError(WebSocket socket, Exception error) {}

    @Override
    public void onStart() {}
}
