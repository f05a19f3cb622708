package playground;

import java.util.List;
import org.java_websocket.drafts.Draft;
import org.java_websocket.drafts.Draft_6455;
import org.java_websocket.extensions.permessage_deflate.PerMessageDeflateExtension;
import org.java_websocket.protocols.Protocol;

/** What the library calls drafts, where its settings are: $SETTING. */
final class Drafts {
    /** Null stands for the library's own. */
    static final List<Draft> DRAFTS = switch (System.getenv().getOrDefault("SETTING", "")) {
        case "payload-limit" -> List.of(new Draft_6455(List.of(), 4096));
        case "compression" -> List.of(new Draft_6455(new PerMessageDeflateExtension()));
        case "subprotocol" -> List.of(new Draft_6455(List.of(), List.of(new Protocol("chat"))));
        default -> null;
    };

    private Drafts() {}
}
