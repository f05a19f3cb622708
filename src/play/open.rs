//! From a request of HTTP/1.1 to a WebSocket, or to the end of a response that opens none. Another way to open one takes the place of
//! this file.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

use super::channel::Channel;
use super::config::Pace;
use super::head_reader::HeadReader;
use super::inbox::Inbox;
use crate::observation::End;
use crate::probe::{Probe, Risk, Step};

/// What a request came to.
pub(super) enum Opened {
    /// A WebSocket, in which this is to be played.
    WebSocket(&'static [Step]),
    /// None; how the connection ended.
    Refused(End),
}

/// One request and its response.
pub(super) struct Opening<'c, 'a, S> {
    /// The stream.
    pub(super) channel: &'c mut Channel<'a, S>,
    /// Reads it.
    pub(super) inbox: &'c mut Inbox,
    /// How long to wait.
    pub(super) pace: Pace,
}

impl<S: AsyncRead + AsyncWrite + Send> Opening<'_, '_, S> {
    /// Sends the request, with all that leaves in one write with it, and reads the response. `time` is set to how long its head
    /// took.
    pub(super) async fn run(mut self, probe: &Probe, request: &[u8], time: &mut Option<Duration>) -> Opened {
        self.channel.write_request(self.inbox, request).await;
        let start = Instant::now();
        self.pump(self.pace.patience, HeadReader::head_done).await;
        if !self.inbox.head.head_done() {
            return Opened::Refused(self.channel.ended().unwrap_or(End::Silent));
        }
        *time = Some(start.elapsed());
        if !self.inbox.head.upgraded() {
            return Opened::Refused(self.end_of_response().await);
        }
        if probe.speaks_a_draft() && !self.inbox.head.has_field("Sec-WebSocket-Accept") {
            // What follows are no frames of RFC 6455, and ours would be noise to it: a fence would be taken for the
            // eight bytes that end its handshake.
            self.pump(self.pace.quiet, |_| false).await;
            return Opened::Refused(self.channel.ended().unwrap_or(End::Silent));
        }
        if probe.is_handshake() && probe.risk > Risk::Polite {
            // A server may accept and hang up all the same, most of all where it takes the rest of the request for
            // frames: a fence that crossed its FIN would turn it into a reset, now and then.
            self.pump(if probe.may_be_cut_short() { self.pace.linger } else { self.pace.drip }, |_| false).await;
        }
        let declined = probe.needs_extension() && !self.inbox.head.has_field("Sec-WebSocket-Extensions");
        Opened::WebSocket(if declined { &[Step::Fence] } else { probe.script })
    }

    /// A response that is not a 101: to its end, and that of the connection where it announces it.
    async fn end_of_response(&mut self) -> End {
        self.pump(self.pace.quiet, HeadReader::response_complete).await;
        if self.channel.ended().is_none() && self.inbox.head.complete_and_persistent() {
            return End::Alive;
        }
        if self.inbox.head.response_complete() {
            self.pump(self.pace.quiet, |_| false).await;
        }
        self.channel.ended().unwrap_or(End::Silent)
    }

    async fn pump(&mut self, quiet: Duration, done: impl Fn(&HeadReader) -> bool) {
        self.channel.pump(self.inbox, quiet, |inbox| done(&inbox.head)).await;
    }
}
