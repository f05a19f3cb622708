package playground;

import java.util.List;
import org.java_websocket.drafts.Draft;

/** These versions do not have all that $SETTING can change, and change nothing. */
final class Drafts {
    /** Null stands for the library's own. */
    static final List<Draft> DRAFTS = null;

    private Drafts() {}
}
