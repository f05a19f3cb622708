//! An echo server inside this process, at the far end of a link that takes its time.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use stews::connection::{Connected, Dial, DialError};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, DuplexStream, duplex, split};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

/// Bytes that either end of a stream takes before it has to be read from.
const BUFFER: usize = 64 * 1024;

/// Bytes that a relay takes at a time.
const READ: usize = 8 * 1024;

/// Dials an echo server of its own; every byte is half a round trip under way, in either direction.
///
/// The link limits no throughput. tokio's clock ticks in milliseconds, so a byte may come up to one late.
#[derive(Clone, Copy, Debug)]
pub struct DelayLine {
    round_trip: Duration,
}

impl DelayLine {
    /// A link with this round trip.
    #[must_use]
    pub const fn new(round_trip: Duration) -> Self {
        Self { round_trip }
    }
}

impl Dial for DelayLine {
    /// Takes one round trip, as SYN and its answer do.
    async fn dial(&self) -> Result<Connected, DialError> {
        let begun = Instant::now();
        wait_until(begun + self.round_trip).await;
        let (server, far) = duplex(BUFFER);
        tokio::spawn(echo(server));
        let stream = Box::new(delayed(far, self.round_trip / 2));
        Ok(Connected { stream, connect_time: begun.elapsed() })
    }
}

/// Echoes text and binary until the connection ends; how it ends is nobody's business here.
async fn echo(stream: DuplexStream) {
    let Ok(mut socket) = tokio_tungstenite::accept_async(stream).await else { return };
    while let Some(Ok(message)) = socket.next().await {
        if (message.is_text() || message.is_binary()) && socket.send(message).await.is_err() {
            return;
        }
    }
}

/// The near end of a link to `far`.
fn delayed(far: DuplexStream, delay: Duration) -> DuplexStream {
    let (near, end) = duplex(BUFFER);
    let (near_reader, near_writer) = split(end);
    let (far_reader, far_writer) = split(far);
    tokio::spawn(relay(near_reader, far_writer, delay));
    tokio::spawn(relay(far_reader, near_writer, delay));
    near
}

/// One direction: what is read now is written `delay` later, in order; the end of the stream too.
async fn relay(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, delay: Duration) {
    // A queue without a limit: bytes under way hold back none that follow them.
    let (sender, mut queue) = mpsc::unbounded_channel();
    let take = async move {
        let mut buffer = vec![0; READ];
        loop {
            let count = from.read(&mut buffer).await.unwrap_or(0);
            let queued = sender.send((Instant::now() + delay, buffer[..count].to_vec()));
            if count == 0 || queued.is_err() {
                return;
            }
        }
    };
    let give = async move {
        while let Some((due, bytes)) = queue.recv().await {
            wait_until(due).await;
            // No bytes are the end of the stream.
            let given = if bytes.is_empty() { to.shutdown().await } else { to.write_all(&bytes).await };
            if given.is_err() {
                return;
            }
        }
    };
    tokio::join!(take, give);
}

/// Waits only if there is something to wait for: a timer takes a tick even where its time has come.
async fn wait_until(due: Instant) {
    if due > Instant::now() {
        sleep_until(due).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio_tungstenite::tungstenite::Message;

    const ROUND_TRIP: Duration = Duration::from_millis(50);
    const HALF: Duration = Duration::from_millis(25);

    /// What comes next, and when.
    async fn read(stream: &mut DuplexStream, since: Instant) -> (String, Duration) {
        let mut buffer = [0; 64];
        let count = stream.read(&mut buffer).await.unwrap();
        (String::from_utf8_lossy(&buffer[..count]).into_owned(), since.elapsed())
    }

    /// Writes at 0 and 10 ms, ends the stream at 20 ms, and watches the other side.
    async fn goes_late_and_in_order(mut from: DuplexStream, mut to: DuplexStream) {
        let begun = Instant::now();
        let at = |milliseconds| Duration::from_millis(milliseconds);
        let write = async {
            from.write_all(b"one").await.unwrap();
            sleep_until(begun + at(10)).await;
            from.write_all(b"two").await.unwrap();
            sleep_until(begun + at(20)).await;
            from.shutdown().await.unwrap();
        };
        let watch = async {
            assert_eq!(read(&mut to, begun).await, ("one".to_owned(), HALF));
            assert_eq!(read(&mut to, begun).await, ("two".to_owned(), HALF + at(10)));
            assert_eq!(read(&mut to, begun).await, (String::new(), HALF + at(20)));
        };
        tokio::join!(write, watch);
    }

    #[tokio::test(start_paused = true)]
    async fn bytes_and_their_end_come_half_a_round_trip_later() {
        let (server, far) = duplex(BUFFER);
        goes_late_and_in_order(delayed(far, HALF), server).await;
        let (server, far) = duplex(BUFFER);
        goes_late_and_in_order(server, delayed(far, HALF)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_hangs_up_is_seen_to_half_a_round_trip_later() {
        let (mut server, far) = duplex(BUFFER);
        let mut near = delayed(far, HALF);
        let begun = Instant::now();
        server.write_all(b"bye").await.unwrap();
        drop(server);
        assert_eq!(read(&mut near, begun).await, ("bye".to_owned(), HALF));
        assert_eq!(read(&mut near, begun).await, (String::new(), HALF));
    }

    /// More than both buffers hold is under way at once.
    #[tokio::test(start_paused = true)]
    async fn the_link_holds_nothing_back() {
        let (mut server, far) = duplex(BUFFER);
        let mut near = delayed(far, HALF);
        let begun = Instant::now();
        let mut taken = vec![0; 4 * BUFFER];
        let (written, read) = tokio::join!(near.write_all(&[b'x'; 4 * BUFFER]), server.read_exact(&mut taken));
        assert!(written.is_ok() && read.is_ok());
        assert_eq!(begun.elapsed(), HALF);
    }

    #[tokio::test(start_paused = true)]
    async fn connect_handshake_and_echo_take_a_round_trip_each() {
        let begun = Instant::now();
        let Connected { stream, connect_time } = DelayLine::new(ROUND_TRIP).dial().await.unwrap();
        assert_eq!((connect_time, begun.elapsed()), (ROUND_TRIP, ROUND_TRIP));
        let (mut socket, _) = tokio_tungstenite::client_async("ws://localhost/", stream).await.unwrap();
        assert_eq!(begun.elapsed(), 2 * ROUND_TRIP);
        socket.send(Message::text("stews")).await.unwrap();
        assert_eq!(socket.next().await.unwrap().unwrap(), Message::text("stews"));
        assert_eq!(begun.elapsed(), 3 * ROUND_TRIP);
    }
}
