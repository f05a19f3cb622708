package playground;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** What the servers share: which application $APP is, and the messages of `push`. */
public final class App {
    public static final int PORT = Integer.parseInt(System.getenv("PORT"));
    public static final boolean ECHO;
    public static final boolean PUSH;

    /** Sends a text message on a connection. */
    public interface Send {
        void text(String text) throws Exception;
    }

    // Some servers block on a client that does not read: more threads than one, or the others would wait with it.
    private static final ScheduledExecutorService TIMER = Executors.newScheduledThreadPool(16);
    private static final Map<Object, ScheduledFuture<?>> TICKING = new ConcurrentHashMap<>();

    static {
        String app = System.getenv().getOrDefault("APP", "echo");
        ECHO = app.equals("echo");
        PUSH = app.equals("push");
        if (!ECHO && !PUSH && !app.equals("sink")) {
            throw new IllegalArgumentException("APP is echo, sink or push, not " + app);
        }
    }

    private App() {}

    /** As `push`: greets a new connection, and ticks until it is gone. */
    public static void opened(Object connection, Send send) {
        if (!PUSH) {
            return;
        }
        AtomicLong tick = new AtomicLong();
        Runnable ticks = () -> send(send, "tick " + tick.incrementAndGet());
        send(send, "hello");
        TICKING.put(connection, TIMER.scheduleAtFixedRate(ticks, 200, 200, TimeUnit.MILLISECONDS));
    }

    /** No more ticks for this connection. */
    public static void closed(Object connection) {
        ScheduledFuture<?> ticks = TICKING.remove(connection);
        if (ticks != null) {
            ticks.cancel(false);
        }
    }

    private static void send(Send send, String text) {
        try {
            send.text(text);
        } catch (Exception gone) {
            // An exception ends the repetition, which is what a gone client asks for.
            throw new IllegalStateException(gone);
        }
    }
}
