//! A stream on which everything is heard later, as from a distance.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

/// Bytes that are taken from the stream at a time.
const READ: usize = 4096;

/// What is read from the stream is given out so much later, in order, its end too. So each answer comes later by that, and nothing else is
/// held up: what is written leaves at once.
pub struct Delayed<S> {
    stream: S,
    delay: Duration,
    /// What has arrived, with when it is due; no bytes are the end, which a reset is too.
    arrived: VecDeque<(Instant, Vec<u8>)>,
    has_ended: bool,
    /// Until the first of them is due.
    wait: Option<Pin<Box<Sleep>>>,
}

impl<S: AsyncRead + Unpin> Delayed<S> {
    /// One that holds up nothing where the delay is none.
    pub fn new(stream: S, delay: Duration) -> Self {
        Self { stream, delay, arrived: VecDeque::new(), has_ended: false, wait: None }
    }

    /// Takes in whatever has arrived, and is woken by what arrives next.
    fn take_in(&mut self, context: &mut Context<'_>) {
        let mut bytes = [0; READ];
        while !self.has_ended {
            let mut buffer = ReadBuf::new(&mut bytes);
            let Poll::Ready(read) = Pin::new(&mut self.stream).poll_read(context, &mut buffer) else { return };
            let piece = if read.is_ok() { buffer.filled().to_vec() } else { Vec::new() };
            self.has_ended = piece.is_empty();
            self.arrived.push_back((Instant::now() + self.delay, piece));
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Delayed<S> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.delay.is_zero() {
            return Pin::new(&mut this.stream).poll_read(context, out);
        }
        this.take_in(context);
        let Some((due, piece)) = this.arrived.front_mut() else { return Poll::Pending };
        let due = *due;
        let wait = this.wait.get_or_insert_with(|| Box::pin(sleep_until(due)));
        if wait.deadline() != due {
            wait.as_mut().reset(due);
        }
        ready!(wait.as_mut().poll(context));
        let count = piece.len().min(out.remaining());
        out.put_slice(&piece[..count]);
        piece.drain(..count);
        // The end is told as often as it is asked for.
        if piece.is_empty() && count > 0 {
            this.arrived.pop_front();
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Delayed<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;

    const DELAY: Duration = Duration::from_millis(50);

    #[tokio::test(start_paused = true)]
    async fn each_piece_is_as_late_as_the_others_and_the_end_too() {
        let (mut near, far) = duplex(64);
        let mut far = Delayed::new(far, DELAY);
        let start = Instant::now();
        let heard = tokio::spawn(async move {
            let (mut first, mut second) = ([0; 3], [0; 3]);
            far.read_exact(&mut first).await.unwrap();
            let at_first = start.elapsed();
            far.read_exact(&mut second).await.unwrap();
            let at_second = start.elapsed();
            assert_eq!(far.read(&mut [0; 3]).await.unwrap(), 0);
            assert_eq!(far.read(&mut [0; 3]).await.unwrap(), 0, "the end stays");
            ([first, second], [at_first, at_second, start.elapsed()])
        });
        near.write_all(b"one").await.unwrap();
        tokio::time::sleep(Duration::from_millis(20)).await;
        near.write_all(b"two").await.unwrap();
        tokio::time::sleep(Duration::from_millis(20)).await;
        drop(near);
        let (pieces, times) = heard.await.unwrap();
        assert_eq!(pieces, [*b"one", *b"two"]);
        assert_eq!(times.map(|time| time.as_millis()), [50, 70, 90], "the clock of the test stands still in between");
    }

    #[tokio::test(start_paused = true)]
    async fn a_piece_may_be_read_in_parts() {
        let (mut near, far) = duplex(64);
        let mut far = Delayed::new(far, DELAY);
        near.write_all(b"whole").await.unwrap();
        drop(near);
        let mut text = String::new();
        for _ in 0..5 {
            text.push(far.read_u8().await.unwrap().into());
        }
        assert_eq!(text, "whole");
        assert!(far.read_u8().await.is_err(), "that was all");
    }
}
