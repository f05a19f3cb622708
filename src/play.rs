//! Plays one probe on one connection and says what was observed.
//!
//! Whatever the server does is an observation, never an error. Silence is decided by a fence (a ping
//! whose pong proves that all before it was taken) and only where that cannot work by a quiet period.

mod inbox;
mod session;

use std::time::Duration;

pub use inbox::Inbox;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::observation::{Observation, normal::Sent};
use crate::probe::{Probe, RequestContext, Variation, request, users_subprotocols};

/// How long to wait for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// How long a server may take over the handshake.
    pub patience: Duration,
    /// How long a server may say nothing before that counts as silence.
    pub quiet: Duration,
    /// How long a server that has sent Close is given to hang up before we answer it.
    pub linger: Duration,
    /// How long a server is given to react to one byte of a frame that is sent byte by byte.
    pub drip: Duration,
    /// The most time one connection may take in all.
    pub deadline: Duration,
}

/// Sees every byte that passes.
pub trait Tap: Sync {
    /// `bytes` went in `direction`, in this order.
    fn traffic(&self, direction: Direction, bytes: &[u8]);
}

/// Lets all bytes pass unseen.
impl Tap for () {
    fn traffic(&self, _: Direction, _: &[u8]) {}
}

/// Which way bytes went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From us to the server.
    Sent,
    /// From the server to us.
    Received,
}

/// Everything about a play but the probe and the connection.
#[derive(Clone, Copy)]
pub struct Settings<'a> {
    /// How we address the server.
    pub peer: &'a RequestContext,
    /// How the bytes are varied.
    pub variation: &'a Variation,
    /// How long to wait.
    pub pace: Pace,
    /// Whether the server is known to answer pings.
    pub fences: bool,
    /// Who watches.
    pub tap: &'a dyn Tap,
}

/// A played probe.
#[derive(Clone, Debug)]
pub struct Played {
    /// What was observed, with everything that belongs to this connection alone taken out.
    pub observation: Observation,
    /// Bytes sent, handshake and all.
    pub sent: u64,
    /// Bytes received.
    pub received: u64,
    /// From the end of the request to the end of the answer's head.
    pub handshake_time: Option<Duration>,
    /// From the last fence to its pong.
    pub fence_time: Option<Duration>,
}

/// Plays `probe` over `stream`, within `settings.pace.deadline`.
///
/// ```
/// use std::time::Duration;
///
/// use stews::play::{Pace, Settings, play};
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
/// let (peer, variation) = (RequestContext::new(false, "example.org", "/"), Variation::default());
/// let settings = Settings { peer: &peer, variation: &variation, pace, fences: true, tap: &() };
/// let played = play(ours, *BASELINE, settings).await;
/// assert_eq!(played.observation.to_string(), "HTTP/1.1 426 No {Content-Length: 0} | alive");
/// # Ok(())
/// # }
/// ```
pub async fn play<S>(stream: S, probe: &Probe, settings: Settings<'_>) -> Played
where
    S: AsyncRead + AsyncWrite + Send,
{
    let (request, key) = request(probe, settings.peer, settings.variation);
    let mut session = session::Session::new(stream, settings, session::receive_limit(probe));
    let end = tokio::time::timeout(settings.pace.deadline, session.run(probe, &request.encode())).await;
    let sent = Sent {
        accept: crate::wire::handshake::accept_for(&key),
        key,
        authority: settings.peer.authority.clone(),
        path: settings.peer.path.clone(),
        subprotocols: users_subprotocols(&request, settings.peer),
        ..Sent::default()
    };
    session.into_played(end.ok(), sent)
}

#[cfg(test)]
mod tests;
