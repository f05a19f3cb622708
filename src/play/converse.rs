//! A conversation in frames over a WebSocket, however it was opened: the script of a probe, and how the connection ends.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

use super::channel::Channel;
use super::config::Pace;
use super::frame_reader::FrameReader;
use super::outbox::Outbox;
use crate::observation::{End, Event};
use crate::probe::{Frame, Payload, Step};

/// One WebSocket while a script is played in it.
pub(super) struct Conversation<'c, 'a, S> {
    /// The stream.
    pub(super) channel: &'c mut Channel<'a, S>,
    /// Reads it.
    pub(super) frames: &'c mut FrameReader,
    /// Writes what goes into it.
    pub(super) outbox: &'c mut Outbox<'a>,
    /// How long to wait.
    pub(super) pace: Pace,
    /// How long the application may take over its answer once a fence was passed.
    pub(super) answer_time: Duration,
    /// Whether the server is known to answer pings.
    pub(super) fences: bool,
    /// From the last fence to its pong.
    pub(super) fence_time: &'c mut Option<Duration>,
}

impl<S: AsyncRead + AsyncWrite + Send> Conversation<'_, '_, S> {
    /// The whole script, and how the connection ended.
    pub(super) async fn run(mut self, script: &[Step]) -> End {
        if let Some(end) = self.script(script).await {
            return end;
        }
        if self.frames.closed() {
            // Most servers that fail a connection hang up at once, and an answer that crosses their FIN
            // would turn it into a reset, now and then.
            self.pump(self.pace.linger, |_| false).await;
            self.answer_close().await;
        }
        self.pump(self.pace.quiet, |_| false).await;
        self.channel.end()
    }

    /// Plays the steps; the end if a last fence settled it.
    async fn script(&mut self, steps: &[Step]) -> Option<End> {
        let mut steps = steps.iter().peekable();
        while let Some(step) = steps.next() {
            if self.over() {
                return None;
            }
            match step {
                Step::Send(_) | Step::Together(_) => {
                    // Frames and the fence after them go out together: a ping that arrived while the server
                    // hangs up would turn its FIN into a reset, now and then.
                    let frames = step.frames();
                    let before = self.frames.messages();
                    frames.iter().for_each(|frame| self.outbox.note(frame, before));
                    let fenced = steps.next_if(|next| matches!(next, Step::Fence)).is_some();
                    let ping = fenced.then(|| self.fence()).flatten();
                    self.send(frames, ping.as_deref().unwrap_or_default()).await;
                    if fenced && self.passed_fence(ping.is_some(), steps.peek().is_none()).await {
                        return self.leave().await;
                    }
                }
                Step::Drip(frame) => self.drip(frame).await,
                Step::HalfClose => self.channel.half_close().await,
                Step::Wait(time) => self.wait(*time).await,
                Step::Fence => {
                    let ping = self.fence();
                    self.write(ping.as_deref().unwrap_or_default()).await;
                    if self.passed_fence(ping.is_some(), steps.peek().is_none()).await {
                        return self.leave().await;
                    }
                }
            }
        }
        None
    }

    fn over(&self) -> bool {
        !self.channel.is_open() || self.frames.closed()
    }

    async fn pump(&mut self, quiet: Duration, done: impl Fn(&FrameReader) -> bool) {
        self.channel.pump(self.frames, quiet, done).await;
    }

    async fn write(&mut self, bytes: &[u8]) {
        self.channel.write(self.frames, bytes).await;
    }

    /// Sends frames and what is to follow them, at once.
    async fn send(&mut self, frames: &[Frame], then: &[u8]) {
        if let [frame] = frames
            && let Payload::Fill { byte, length } = frame.payload
        {
            self.send_filled(frame, byte, length).await;
            if !self.over() {
                self.write(then).await;
            }
            return;
        }
        let bytes = [&self.outbox.frames(frames), then].concat();
        // That several frames come in one segment is their point.
        if frames.len() > 1 {
            self.write(&bytes).await;
        } else {
            self.channel.write_segments(self.frames, &bytes).await;
        }
    }

    /// A long payload, made a chunk at a time; stops at the first refusal.
    async fn send_filled(&mut self, frame: &Frame, byte: u8, length: u64) {
        let (head, chunk) = self.outbox.filled(frame, byte, length);
        self.write(&head).await;
        // Many refuse by the length alone, and then hang up in order as long as nothing is under way to them.
        self.pump(self.pace.linger, FrameReader::closed).await;
        if self.over() {
            return;
        }
        self.outbox.begin_pieces();
        let mut left = length;
        while left > 0 && !self.over() {
            let size = usize::try_from(left).unwrap_or(chunk.len()).min(chunk.len());
            self.write(&chunk[..size]).await;
            left -= size as u64;
        }
    }

    /// Byte by byte, each given time to be reacted to; the rest of the frame at once after that.
    async fn drip(&mut self, frame: &Frame) {
        self.outbox.note(frame, self.frames.messages());
        self.outbox.begin_pieces();
        let before = self.frames.event_count();
        let bytes = self.outbox.frame(frame);
        for index in 0..bytes.len() {
            // Behind the last byte there is no hurry: whatever comes then is the answer to the whole frame.
            let Pace { linger, drip, .. } = self.pace;
            let time = if index + 1 == bytes.len() { linger.max(drip) } else { drip };
            self.write(&bytes[index..=index]).await;
            self.pump(time, |frames| frames.event_count() > before).await;
            if self.over() || self.frames.event_count() > before {
                self.frames.note_reaction(before, index + 1);
                return self.write(&bytes[index + 1..]).await;
            }
        }
    }

    /// Waits without a word, and notes when something happens.
    async fn wait(&mut self, time: Duration) {
        let start = Instant::now();
        while self.channel.ended().is_none() && start.elapsed() < time {
            let before = self.frames.event_count();
            self.pump(time.saturating_sub(start.elapsed()), |frames| frames.event_count() > before).await;
            if self.channel.ended().is_some() || self.frames.event_count() > before {
                self.frames.push(Event::after(start.elapsed()));
            }
        }
    }

    /// A fence to send: a ping with a payload of its own. `None` where the server answers no pings, and after our Close.
    fn fence(&mut self) -> Option<Vec<u8>> {
        let (payload, ping) = self.fences.then(|| self.outbox.fence()).flatten()?;
        self.frames.expect_fence(payload);
        Some(ping)
    }

    /// Waits for the pong of the fence, if one was `sent`, or for a Close; whether the `last` fence of the
    /// script was answered.
    async fn passed_fence(&mut self, sent: bool, last: bool) -> bool {
        let start = Instant::now();
        self.pump(self.pace.quiet, |frames| (sent && frames.fence_answered()) || frames.closed()).await;
        let answered = sent && self.frames.fence_answered();
        if answered {
            *self.fence_time = Some(start.elapsed());
            self.await_answer().await;
            if !last {
                self.frames.push(Event::Fence);
            }
        }
        answered && last && !self.over()
    }

    /// The pong may overtake what the application answers to a message, where that runs apart from the protocol.
    async fn await_answer(&mut self) {
        let Some(expected) = self.outbox.take_unanswered() else { return };
        let done = |frames: &FrameReader| frames.messages() >= expected || frames.closed();
        self.pump(self.answer_time, done).await;
        if self.frames.in_message() {
            // It has begun, and a long one takes its time.
            self.pump(self.pace.quiet, done).await;
        }
    }

    /// Answers the server's Close, if ours has not been sent before.
    async fn answer_close(&mut self) {
        if self.channel.ended().is_none()
            && let Some(close) = self.outbox.answer_to_close(self.frames.close_code())
        {
            self.write(&close).await;
        }
    }

    /// Says goodbye to a server that lives on; how it takes that is not observed.
    async fn leave(&mut self) -> Option<End> {
        let close = self.outbox.goodbye();
        self.write(&close).await;
        // A connection that breaks now broke after the probe was over.
        self.channel.half_close().await;
        Some(End::Alive)
    }
}
