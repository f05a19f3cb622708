//! Plays one probe on one connection and says what was observed.
//!
//! Whatever the server does is an observation, never an error. Silence is decided by a fence (a ping
//! whose pong proves that all before it was taken) and only where that cannot work by a quiet period.
//!
//! A play has two parts: opening a WebSocket by a request of HTTP/1.1 (`open.rs`), and the conversation in frames (`converse.rs`),
//! which knows nothing of how it was opened.

mod channel;
mod config;
mod converse;
mod frame_reader;
mod head_reader;
mod inbox;
mod open;
mod outbox;
mod tap;

use std::time::Duration;

use channel::Channel;
pub use config::{Pace, PlayConfig};
use converse::Conversation;
pub use frame_reader::FrameReader;
pub use head_reader::HeadReader;
pub use inbox::Inbox;
use open::{Opened, Opening};
use outbox::Outbox;
pub use tap::{Direction, Tap};
use tokio::io::{AsyncRead, AsyncWrite};

use crate::observation::beside::Beside;
use crate::observation::own_words::OwnWords;
use crate::observation::{End, Observation, normal::Sent};
use crate::probe::{Probe, RequestContext, Risk, Segments, request, users_subprotocols};

/// A played probe.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Played {
    /// What was observed, with everything that belongs to this connection alone taken out.
    pub observation: Observation,
    /// What the answer said beside that.
    pub beside: Beside,
    /// Bytes sent, handshake and all.
    pub sent: u64,
    /// Bytes received.
    pub received: u64,
    /// Whether the server sent more than is read.
    pub is_flooded: bool,
    /// From the end of the request to the end of the answer's head.
    pub handshake_time: Option<Duration>,
    /// From the last fence to its pong.
    pub fence_time: Option<Duration>,
}

/// What the user has every request carry.
fn own_words(context: &RequestContext) -> OwnWords {
    let own = OwnWords::new(&context.path, &context.headers);
    match context.foreign_origin() {
        Some(origin) => own.with_origin(origin),
        None => own,
    }
}

/// The most bytes that are read in answer to a probe: its payload twice over, and room for talk.
fn receive_limit(probe: &Probe, config: &PlayConfig<'_>) -> u64 {
    config.talk + 2 * probe.payload_bytes()
}

/// How a probe is cut into writes. What breaks a rule is written in one piece: a server may hang up at any byte of it, and whatever
/// came after that would turn its FIN into a reset.
const fn segments(probe: &Probe, config: &PlayConfig<'_>) -> Segments {
    match probe.risk {
        Risk::Polite => config.variation.segments,
        _ => Segments::Whole,
    }
}

/// Plays `probe` over `stream`, within `config.pace.deadline`.
///
/// ```
/// use std::time::Duration;
///
/// use stews::play::{Pace, PlayConfig, play};
/// use stews::probe::{BASELINE, RequestContext, Variation};
/// use tokio::io::AsyncWriteExt as _;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// // A server that refuses whatever it is asked.
/// let (ours, mut theirs) = tokio::io::duplex(4096);
/// theirs.write_all(b"HTTP/1.1 426 No\r\nContent-Length: 0\r\n\r\n").await?;
///
/// let (short, long) = (Duration::from_millis(50), Duration::from_secs(5));
/// let pace = Pace { patience: long, quiet: short, linger: short, drip: short, deadline: long };
/// let (context, variation) = (RequestContext::new(false, "example.org", "/"), Variation::default());
/// let config = PlayConfig { context: &context, variation: &variation, pace, fences: true, talk: PlayConfig::TALK, tap: &() };
/// let played = play(ours, BASELINE, config).await;
/// assert_eq!(played.observation.to_string(), "HTTP/1.1 426 No {Content-Length: 0} | alive");
/// # Ok(())
/// # }
/// ```
pub async fn play<S>(stream: S, probe: &Probe, config: PlayConfig<'_>) -> Played
where
    S: AsyncRead + AsyncWrite + Send,
{
    let (request, key) = request(probe, config.context, config.variation);
    let mut channel = Channel::new(stream, config.tap, segments(probe, &config), receive_limit(probe, &config));
    let (mut inbox, mut outbox) = (Inbox::default(), Outbox::new(config.variation));
    if probe.has_long_payload() {
        inbox.frames.ignore_pings();
    }
    let (mut handshake_time, mut fence_time) = (None, None);
    let whole = async {
        let bytes = [request.encode(), outbox.pipelined(probe)].concat();
        let opening = Opening { channel: &mut channel, inbox: &mut inbox, pace: config.pace };
        let script = match opening.run(probe, &bytes, &mut handshake_time).await {
            Opened::WebSocket(script) => script,
            Opened::Refused(end) => return end,
        };
        let conversation = Conversation {
            channel: &mut channel,
            frames: &mut inbox.frames,
            outbox: &mut outbox,
            pace: config.pace,
            answer_time: if probe.has_long_payload() { config.pace.quiet } else { config.pace.linger },
            fences: config.fences,
            fence_time: &mut fence_time,
        };
        conversation.run(script).await
    };
    let end = tokio::time::timeout(config.pace.deadline, whole).await;
    let own = own_words(config.context);
    let fault = inbox.head.fault();
    let (reply, events) = inbox.finish();
    let beside = Beside::of(&reply, fault, &own);
    let observation = Observation { reply, events, end: outbox.end_as_told(end.unwrap_or(End::Cut)) };
    let sent = Sent {
        accept: crate::wire::handshake::accept_for(&key),
        key,
        authority: config.context.authority.clone(),
        path: config.context.path.clone(),
        subprotocols: users_subprotocols(&request, config.context),
        own,
        ..outbox.into_sent()
    };
    Played {
        observation: observation.normalised(&sent),
        beside,
        sent: channel.sent(),
        received: channel.received(),
        is_flooded: channel.is_flooded(),
        handshake_time,
        fence_time,
    }
}

#[cfg(test)]
mod tests;
