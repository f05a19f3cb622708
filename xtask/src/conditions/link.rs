//! Links that hold bytes up on their way, and add what an application might say: to any target, or to an echo server inside this process.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use stews::connection::{Connected, Dial, DialError};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, DuplexStream, ReadBuf, duplex, split};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until};

use crate::conditions::greeter::Greeter;
use crate::support::strategies::Greeting;

/// Bytes that either end of a stream takes before it has to be read from.
const BUFFER: usize = 64 * 1024;

/// Bytes that a relay takes at a time.
const READ: usize = 8 * 1024;

/// How a link holds up what passes. tokio's clock ticks in milliseconds, so a byte may come up to one late.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// How long bytes are under way, in either direction.
    pub delay: Duration,
    /// By how much that differs at most from piece to piece, to either side; the order stays.
    pub jitter: Duration,
    /// What comes from the far side is read so many bytes at a time, and then not for so long, so that it has to wait.
    pub slow: Option<(usize, Duration)>,
    /// What an application on the far side says as soon as a WebSocket is open.
    pub greeting: Option<Greeting>,
}

/// Dials through a link.
#[derive(Clone, Copy, Debug)]
pub struct Through<D> {
    /// What is dialled.
    pub dial: D,
    /// The link to it.
    pub link: Link,
}

/// Dials an echo server of its own.
#[derive(Clone, Copy, Debug)]
pub struct Echo;

impl Through<Echo> {
    /// An echo server behind a link with this round trip, which limits no throughput.
    #[must_use]
    pub const fn echo(round_trip: Duration) -> Self {
        let delay = Duration::from_nanos(round_trip.as_nanos() as u64 / 2);
        Self { dial: Echo, link: Link { delay, ..Link::PLAIN } }
    }
}

impl<D: Dial> Dial for Through<D> {
    /// Takes one round trip more, as SYN and its answer do.
    async fn dial(&self) -> Result<Connected, DialError> {
        let begun = Instant::now();
        wait_until(begun + self.link.draw() + self.link.draw()).await;
        let far = self.dial.dial().await?;
        Ok(Connected { stream: Box::new(self.link.near_end_of(far.stream)), connect_time: begun.elapsed() })
    }
}

impl Dial for Echo {
    async fn dial(&self) -> Result<Connected, DialError> {
        let (server, far) = duplex(BUFFER);
        tokio::spawn(echo(server));
        Ok(Connected { stream: Box::new(far), connect_time: Duration::ZERO })
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

impl Link {
    /// A link that holds up nothing.
    pub const PLAIN: Self = Self { delay: Duration::ZERO, jitter: Duration::ZERO, slow: None, greeting: None };

    /// The near end of a link to `far`.
    fn near_end_of(self, far: impl AsyncRead + AsyncWrite + Send + 'static) -> NearEnd {
        let (stream, end) = duplex(BUFFER);
        let (near_reader, near_writer) = split(end);
        let (far_reader, far_writer) = split(far);
        let reset = Arc::new(AtomicBool::new(false));
        let outward = Self { slow: None, greeting: None, ..self };
        tokio::spawn(outward.relay(near_reader, far_writer, Arc::default()));
        tokio::spawn(self.relay(far_reader, near_writer, Arc::clone(&reset)));
        NearEnd { stream, reset }
    }

    /// How long a piece is under way.
    fn draw(&self) -> Duration {
        let most = u64::try_from(2 * self.jitter.as_micros()).unwrap_or(u64::MAX);
        (self.delay + Duration::from_micros(fastrand::u64(0..=most))).saturating_sub(self.jitter)
    }

    /// One direction: what is read now is written later, in order; the end of the stream too, be it a `reset` or not.
    async fn relay(self, mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, reset: Arc<AtomicBool>) {
        // A queue without a limit: bytes under way hold back none that follow them.
        let (sender, mut queue) = mpsc::unbounded_channel();
        let take = async move {
            let mut buffer = vec![0; self.slow.map_or(READ, |(bytes, _)| bytes)];
            let mut due = Instant::now();
            let mut greeter = self.greeting.map(Greeter::new);
            loop {
                let count = from.read(&mut buffer).await.unwrap_or_else(|_| {
                    reset.store(true, Ordering::SeqCst);
                    0
                });
                due = due.max(Instant::now() + self.draw());
                let bytes = buffer[..count].to_vec();
                let pieces = match &mut greeter {
                    Some(greeter) if count > 0 => greeter.pass(bytes),
                    _ => vec![(Duration::ZERO, bytes)],
                };
                let mut queued = true;
                for (later, piece) in pieces {
                    due += later;
                    queued &= sender.send((due, piece)).is_ok();
                }
                if count == 0 || !queued {
                    return;
                }
                if let Some((_, pause)) = self.slow {
                    sleep(pause).await;
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
}

/// The near end of a link.
struct NearEnd {
    stream: DuplexStream,
    /// Whether the far side did not end the stream but broke it.
    reset: Arc<AtomicBool>,
}

impl AsyncRead for NearEnd {
    fn poll_read(mut self: Pin<&mut Self>, task: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(task, into))?;
        let ended = into.filled().len() == before && into.remaining() > 0;
        Poll::Ready(if ended && self.reset.load(Ordering::SeqCst) {
            Err(io::ErrorKind::ConnectionReset.into())
        } else {
            Ok(())
        })
    }
}

impl AsyncWrite for NearEnd {
    fn poll_write(mut self: Pin<&mut Self>, task: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(task, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(task)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(task)
    }
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

    fn late(far: impl AsyncRead + AsyncWrite + Send + 'static) -> NearEnd {
        Link { delay: HALF, ..Link::default() }.near_end_of(far)
    }

    /// What comes next, and when.
    async fn read(stream: &mut (impl AsyncRead + Unpin), since: Instant) -> (String, Duration) {
        let mut buffer = [0; 64];
        let count = stream.read(&mut buffer).await.unwrap();
        (String::from_utf8_lossy(&buffer[..count]).into_owned(), since.elapsed())
    }

    /// Writes at 0 and 10 ms, ends the stream at 20 ms, and watches the other side.
    async fn goes_late_and_in_order(mut from: impl AsyncWrite + Unpin, mut to: impl AsyncRead + Unpin) {
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
        goes_late_and_in_order(late(far), server).await;
        let (server, far) = duplex(BUFFER);
        goes_late_and_in_order(server, late(far)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_hangs_up_is_seen_to_half_a_round_trip_later() {
        let (mut server, far) = duplex(BUFFER);
        let mut near = late(far);
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
        let mut near = late(far);
        let begun = Instant::now();
        let mut taken = vec![0; 4 * BUFFER];
        let (written, read) = tokio::join!(near.write_all(&[b'x'; 4 * BUFFER]), server.read_exact(&mut taken));
        assert!(written.is_ok() && read.is_ok());
        assert_eq!(begun.elapsed(), HALF);
    }

    #[tokio::test(start_paused = true)]
    async fn connect_handshake_and_echo_take_a_round_trip_each() {
        let begun = Instant::now();
        let Connected { stream, connect_time } = Through::echo(ROUND_TRIP).dial().await.unwrap();
        assert_eq!((connect_time, begun.elapsed()), (ROUND_TRIP, ROUND_TRIP));
        let (mut socket, _) = tokio_tungstenite::client_async("ws://localhost/", stream).await.unwrap();
        assert_eq!(begun.elapsed(), 2 * ROUND_TRIP);
        socket.send(Message::text("stews")).await.unwrap();
        assert_eq!(socket.next().await.unwrap().unwrap(), Message::text("stews"));
        assert_eq!(begun.elapsed(), 3 * ROUND_TRIP);
    }

    #[tokio::test(start_paused = true)]
    async fn jitter_keeps_the_order_and_its_bounds() {
        let (mut server, far) = duplex(BUFFER);
        let jitter = Duration::from_millis(20);
        let mut near = Link { delay: HALF, jitter, ..Link::default() }.near_end_of(far);
        let begun = Instant::now();
        for byte in 0..50 {
            server.write_all(&[byte]).await.unwrap();
            tokio::task::yield_now().await;
        }
        let mut taken = [0; 50];
        near.read_exact(&mut taken).await.unwrap();
        assert!(taken.is_sorted());
        assert!(begun.elapsed() >= HALF - jitter && begun.elapsed() <= HALF + jitter + Duration::from_millis(2));
    }

    #[tokio::test(start_paused = true)]
    async fn an_application_greets_before_anything_else_is_said() {
        let after = Duration::from_millis(30);
        let greeting = Greeting { after, messages: 2, size: 5, fragments: 3, binary: false, byte: b'z' };
        let (server, far) = duplex(BUFFER);
        tokio::spawn(echo(server));
        let near = Link { greeting: Some(greeting), ..Link::PLAIN }.near_end_of(far);
        let begun = Instant::now();
        let (mut socket, _) = tokio_tungstenite::client_async("ws://localhost/", near).await.unwrap();
        socket.send(Message::text("stews")).await.unwrap();
        for wanted in ["zzzzz", "zzzzz", "stews"] {
            assert_eq!(socket.next().await.unwrap().unwrap(), Message::text(wanted));
            assert!(begun.elapsed() >= after);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_reader_takes_a_little_at_a_time() {
        let (mut server, far) = duplex(BUFFER);
        let slow = Some((16, Duration::from_millis(5)));
        let mut near = Link { slow, ..Link::default() }.near_end_of(far);
        let begun = Instant::now();
        server.write_all(&[0; 160]).await.unwrap();
        near.read_exact(&mut [0; 160]).await.unwrap();
        assert!(begun.elapsed() >= Duration::from_millis(45), "{:?}", begun.elapsed());
    }

    #[tokio::test]
    async fn a_reset_is_passed_on_as_one() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let far = tokio::net::TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (server, _) = listener.accept().await.unwrap();
        let mut near = Link::default().near_end_of(far);
        server.set_zero_linger().unwrap();
        drop(server);
        assert_eq!(near.read(&mut [0]).await.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
    }
}
