//! Bytes both ways over one stream, and whether it still carries them.

use std::future::poll_fn;
use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, ReadBuf, ReadHalf, WriteHalf};
use tokio::time::{Instant, timeout_at};

use super::frame_reader::FrameReader;
use super::inbox::Inbox;
use super::tap::{Direction, Tap};
use crate::observation::End;
use crate::probe::Segments;

/// Bytes read at a time.
const READ: usize = 8 * 1024;

/// The most events that are heard; a server that sends more of them will send more still.
const MOST_EVENTS: usize = 4096;

/// Takes in what is received.
pub(super) trait Intake {
    /// Takes in bytes, in order.
    fn feed(&mut self, bytes: &[u8]);

    /// How many events they came to so far, those that are not kept among them.
    fn events_heard(&self) -> usize;
}

impl Intake for Inbox {
    fn feed(&mut self, bytes: &[u8]) {
        Self::feed(self, bytes);
    }

    fn events_heard(&self) -> usize {
        self.frames.events_heard()
    }
}

impl Intake for FrameReader {
    fn feed(&mut self, bytes: &[u8]) {
        Self::feed(self, bytes);
    }

    fn events_heard(&self) -> usize {
        Self::events_heard(self)
    }
}

/// What a stream still carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Bytes both ways.
    Open,
    /// Bytes to us, as far as is known: a write failed.
    Deaf,
    /// Nothing: the connection has ended.
    Ended(End),
}

/// One stream while a probe is played on it.
pub(super) struct Channel<'a, S> {
    reader: ReadHalf<S>,
    writer: WriteHalf<S>,
    tap: &'a dyn Tap,
    segments: Segments,
    receive_limit: u64,
    sent: u64,
    received: u64,
    flooded: bool,
    state: State,
}

impl<'a, S: AsyncRead + AsyncWrite + Send> Channel<'a, S> {
    pub(super) fn new(stream: S, tap: &'a dyn Tap, segments: Segments, receive_limit: u64) -> Self {
        let (reader, writer) = tokio::io::split(stream);
        Self { reader, writer, tap, segments, receive_limit, sent: 0, received: 0, flooded: false, state: State::Open }
    }

    /// How many bytes were written.
    pub(super) const fn sent(&self) -> u64 {
        self.sent
    }

    /// How many bytes were read.
    pub(super) const fn received(&self) -> u64 {
        self.received
    }

    /// Whether more came than is read.
    pub(super) const fn is_flooded(&self) -> bool {
        self.flooded
    }

    /// Whether it carries bytes both ways, as far as is known.
    pub(super) fn is_open(&self) -> bool {
        self.state == State::Open
    }

    /// How the connection ended, once it has.
    pub(super) const fn ended(&self) -> Option<End> {
        match self.state {
            State::Ended(end) => Some(end),
            State::Open | State::Deaf => None,
        }
    }

    /// How a connection ended that was given a quiet period to end by itself.
    pub(super) fn end(&self) -> End {
        self.ended().unwrap_or(if self.state == State::Deaf { End::Reset } else { End::Silent })
    }

    /// Reads until `done`, the end of the connection, a limit, or a `quiet` period.
    pub(super) async fn pump<I: Intake>(&mut self, intake: &mut I, quiet: Duration, done: impl Fn(&I) -> bool) {
        let mut limit = Instant::now() + quiet;
        while self.ended().is_none() && !done(intake) {
            let before = intake.events_heard();
            let read = poll_fn(|context| self.poll_read(context, intake));
            let Ok(bytes) = timeout_at(limit, read).await else { return };
            // A long answer may take its time; messages that come by themselves must not keep us here.
            if bytes > 0 && intake.events_heard() == before {
                limit = Instant::now() + quiet;
            }
        }
    }

    /// Takes in what is there to be read; the number of bytes. The room to read into is nobody's while nothing is there: a list of targets has
    /// thousands of connections that wait.
    fn poll_read(&mut self, context: &mut Context<'_>, intake: &mut impl Intake) -> Poll<usize> {
        let mut room = [const { MaybeUninit::uninit() }; READ];
        let mut buffer = ReadBuf::uninit(&mut room);
        let result = ready!(Pin::new(&mut self.reader).poll_read(context, &mut buffer));
        Poll::Ready(self.take_in(intake, result.map(|()| buffer.filled())))
    }

    /// Notes what a read came to; the number of bytes.
    fn take_in(&mut self, intake: &mut impl Intake, result: io::Result<&[u8]>) -> usize {
        match result {
            Ok([]) => self.state = State::Ended(End::Fin),
            // rustls says this of a FIN without a closure alert before it, which many servers send.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => self.state = State::Ended(End::Fin),
            Err(_) => self.state = State::Ended(End::Reset),
            Ok(bytes) => {
                self.received += bytes.len() as u64;
                self.tap.traffic(Direction::Received, bytes);
                intake.feed(bytes);
                self.flooded = self.received > self.receive_limit || intake.events_heard() > MOST_EVENTS;
                if self.flooded {
                    self.state = State::Ended(End::Cut);
                }
                return bytes.len();
            }
        }
        0
    }

    /// Takes in what is there to be read, or else writes as much as there is room for; the number of bytes written.
    fn poll_write(&mut self, context: &mut Context<'_>, intake: &mut impl Intake, bytes: &[u8]) -> Poll<usize> {
        if self.poll_read(context, intake).is_ready() {
            return Poll::Ready(0);
        }
        match ready!(Pin::new(&mut self.writer).poll_write(context, bytes)) {
            Ok(count) if count > 0 => {
                self.tap.traffic(Direction::Sent, &bytes[..count]);
                self.sent += count as u64;
                Poll::Ready(count)
            }
            // What the server said before it hung up is still to be read.
            _ => {
                self.state = State::Deaf;
                Poll::Ready(0)
            }
        }
    }

    /// Writes all of `bytes`, reading meanwhile; stops when the server refuses to hear more.
    pub(super) async fn write(&mut self, intake: &mut impl Intake, bytes: &[u8]) {
        let mut rest = bytes;
        while !rest.is_empty() && self.is_open() {
            let written = poll_fn(|context| self.poll_write(context, intake, rest)).await;
            rest = &rest[written..];
        }
        if self.is_open() && self.writer.flush().await.is_err() {
            self.state = State::Deaf;
        }
    }

    /// Writes a request, cut in two behind its first line where the variation cuts. Many small pieces are taken for an
    /// attack by some (tungstenite), and a cut in the first line for another version by others (uWebSockets).
    pub(super) async fn write_request(&mut self, intake: &mut impl Intake, bytes: &[u8]) {
        let first = match self.segments {
            Segments::Of(size) => {
                let line = bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| at + 1);
                line.saturating_add(size).min(bytes.len())
            }
            Segments::Whole => bytes.len(),
        };
        self.write(intake, &bytes[..first]).await;
        self.write(intake, &bytes[first..]).await;
    }

    /// Writes in the segments of the variation.
    pub(super) async fn write_segments(&mut self, intake: &mut impl Intake, bytes: &[u8]) {
        match self.segments {
            Segments::Of(size) => {
                for segment in bytes.chunks(size.max(1)) {
                    self.write(intake, segment).await;
                }
            }
            Segments::Whole => self.write(intake, bytes).await,
        }
    }

    /// Ends our side of the connection.
    pub(super) async fn half_close(&mut self) {
        if self.writer.shutdown().await.is_err() && self.is_open() {
            self.state = State::Deaf;
        }
    }
}
