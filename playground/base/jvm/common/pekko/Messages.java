package playground;

import java.time.Duration;
import org.apache.pekko.NotUsed;
import org.apache.pekko.http.javadsl.model.ws.Message;
import org.apache.pekko.http.javadsl.model.ws.TextMessage;
import org.apache.pekko.stream.javadsl.Flow;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;

/** The applications for Pekko HTTP and Akka HTTP. */
final class Messages {
    private Messages() {}

    static Flow<Message, Message, NotUsed> app() {
        if (App.ECHO) {
            return Flow.create();
        }
        Source<String, ?> texts = Source.<String>maybe();
        if (App.PUSH) {
            Source<Integer, ?> numbers = Source.range(1, Integer.MAX_VALUE).throttle(1, Duration.ofMillis(200));
            texts = Source.single("hello").concat(numbers.map(tick -> "tick " + tick).initialDelay(Duration.ofMillis(200)));
        }
        // A long message comes as a stream of its own, which somebody must read.
        Sink<Message, ?> ignore = Flow.<Message>create().flatMapConcat(Messages::contents).to(Sink.ignore());
        return Flow.fromSinkAndSourceCoupled(ignore, texts.map(text -> (Message) TextMessage.create(text)));
    }

    static Source<?, ?> contents(Message message) {
        return message.isText() ? message.asTextMessage().getStreamedText() : message.asBinaryMessage().getStreamedData();
    }
}
