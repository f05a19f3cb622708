//! Received bytes as frames (RFC 6455 section 5.2), and those as events; no I/O, and never more memory than its limits.

use crate::observation::{Content, Event};
use crate::wire::frame::{FrameHead, Length, Opcode, apply_mask};

/// How an HTTP response begins. No frame does: it would be a Close that is not final and has a reserved bit set.
const HTTP: &[u8] = b"HTTP/1.";

/// Reads what a server sends once the connection is a WebSocket, however it became one.
#[derive(Debug, Default)]
pub struct FrameReader {
    stage: Stage,
    /// Bytes of a head that has not ended; at most [`FrameHead::MAX_BYTES`].
    pending: Vec<u8>,
    events: Vec<Event>,
    /// How many events came beyond those that are kept.
    dropped: usize,
    fence: Option<Vec<u8>>,
    fence_answered: bool,
    closed: bool,
    messages: usize,
    ignores_pings: bool,
    message: Option<Message>,
}

/// A message in fragments that has not ended (RFC 6455 section 5.4).
#[derive(Clone, Copy, Debug)]
struct Message {
    /// The place of its first frame among the events.
    start: usize,
    /// The bytes of payload so far.
    bytes: u64,
    /// Its frames so far, up to two.
    frames: u8,
}

#[derive(Debug, Default)]
enum Stage {
    /// Between two frames.
    #[default]
    BetweenFrames,
    /// Inside a frame's payload.
    InFrame { head: FrameHead, read: u64, sample: Vec<u8> },
    /// In the status line of an HTTP response where a frame was due.
    StatusLine(Vec<u8>),
    /// Behind such a line: what comes is read and dropped.
    Dropped,
}

impl FrameReader {
    /// The most events that are kept.
    pub const MAX_EVENTS: usize = 64;
    /// A longer message in fragments is told as one frame that is not final, of so many bytes: where it is cut follows from how
    /// its bytes reached the server. One that has not ended when all is over is told with this length: how far it came is chance.
    pub const MAX_IN_FRAGMENTS: u64 = 64 * 1024;

    /// Takes in what was received, in order.
    pub fn feed(&mut self, bytes: &[u8]) {
        match self.stage {
            Stage::BetweenFrames | Stage::InFrame { .. } => self.feed_frames(bytes),
            Stage::StatusLine(_) => self.feed_status_line(bytes),
            Stage::Dropped => {}
        }
    }

    /// Expects a pong with this payload; it will be no event.
    pub fn expect_fence(&mut self, payload: Vec<u8>) {
        self.fence = Some(payload);
        self.fence_answered = false;
    }

    /// Whether the pong last expected has come.
    #[must_use]
    pub const fn fence_answered(&self) -> bool {
        self.fence_answered
    }

    /// Whether the server has sent a Close frame, well-formed or not.
    #[must_use]
    pub const fn closed(&self) -> bool {
        self.closed
    }

    /// The status code of the server's Close, if it was well-formed and carried one.
    #[must_use]
    pub fn close_code(&self) -> Option<u16> {
        self.events.iter().find_map(|event| match event {
            Event::Close(close) => close.code,
            _ => None,
        })
    }

    /// How many events there are, those beyond the limit not counted.
    #[must_use]
    pub fn event_count(&self) -> usize {
        self.events.len()
    }

    /// How many events there are and how many came beyond the limit.
    #[must_use]
    pub fn events_heard(&self) -> usize {
        self.events.len() + self.dropped
    }

    /// Takes no note of pings from now on: where much is sent, it is chance whether a server's keep-alive falls into that time.
    pub const fn ignore_pings(&mut self) {
        self.ignores_pings = true;
    }

    /// How many messages have come to their end, those beyond the limit counted too.
    #[must_use]
    pub const fn messages(&self) -> usize {
        self.messages
    }

    /// Whether a message has begun and not ended.
    #[must_use]
    pub const fn in_message(&self) -> bool {
        self.message.is_some() || matches!(self.stage, Stage::InFrame { .. })
    }

    /// Adds an event that is not a frame.
    pub fn push(&mut self, event: Event) {
        match self.events.len() {
            Self::MAX_EVENTS => self.events.push(Event::More),
            0..Self::MAX_EVENTS => self.events.push(event),
            _ => self.dropped += 1,
        }
    }

    /// Notes after how many bytes of ours the server first reacted: behind its first event after `before` others, whatever came along
    /// with that.
    pub fn note_reaction(&mut self, before: usize, bytes: usize) {
        let reaction = Event::ReactedAt(bytes);
        if before < self.events.len().min(Self::MAX_EVENTS) {
            self.events.insert(before + 1, reaction);
        } else {
            self.push(reaction);
        }
    }

    /// Everything read: a frame that never ended is kept as far as it came.
    #[must_use]
    pub fn finish(mut self) -> Vec<Event> {
        if let Some(message) = self.message.take().filter(|message| message.bytes > Self::MAX_IN_FRAGMENTS) {
            self.fold(Message { bytes: Self::MAX_IN_FRAGMENTS, ..message });
        }
        let rest = match std::mem::take(&mut self.stage) {
            Stage::InFrame { head, sample, .. } => [head.encode(), sample].concat(),
            Stage::BetweenFrames => std::mem::take(&mut self.pending),
            Stage::StatusLine(line) => {
                self.push(Event::Response(line));
                Vec::new()
            }
            _ => Vec::new(),
        };
        if !rest.is_empty() {
            self.push(Event::Partial(rest));
        }
        self.events
    }

    fn feed_frames(&mut self, mut bytes: &[u8]) {
        loop {
            if let Stage::InFrame { head, read, sample } = &mut self.stage {
                let taken = take_payload(bytes, head, read, sample);
                bytes = &bytes[taken..];
                if *read < head.length.bytes() {
                    return;
                }
                let (head, sample) = (*head, std::mem::take(sample));
                self.stage = Stage::BetweenFrames;
                self.take_frame(head, sample);
            }
            // A head is at most fourteen bytes, so only so many have to be looked at together.
            let room = FrameHead::MAX_BYTES - self.pending.len();
            let (next, rest) = bytes.split_at(bytes.len().min(room));
            let before = self.pending.len();
            self.pending.extend_from_slice(next);
            let same = self.pending.iter().zip(HTTP).take_while(|(one, other)| one == other).count();
            if same == HTTP.len() {
                self.stage = Stage::StatusLine(Vec::new());
                let head = std::mem::take(&mut self.pending);
                self.feed(&head);
                return self.feed(rest);
            }
            if same == self.pending.len() {
                return;
            }
            let Some((head, size)) = FrameHead::decode(&self.pending) else { return };
            let pending = std::mem::take(&mut self.pending);
            self.stage = Stage::InFrame { head, read: 0, sample: Vec::new() };
            if size < before {
                // It began as HTTP does, so what follows its head was held back with it.
                self.feed(&pending[size..]);
                return self.feed(rest);
            }
            bytes = &bytes[size - before..];
        }
    }

    fn feed_status_line(&mut self, bytes: &[u8]) {
        let Stage::StatusLine(line) = &mut self.stage else { return };
        let end = bytes.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
        let room = Content::SAMPLE - line.len();
        line.extend_from_slice(&bytes[..end.unwrap_or(bytes.len()).min(room)]);
        if end.is_some() || line.len() == Content::SAMPLE {
            let line = std::mem::take(line);
            self.stage = Stage::Dropped;
            self.push(Event::Response(line));
        }
    }

    fn take_frame(&mut self, head: FrameHead, sample: Vec<u8>) {
        if head.opcode == Opcode::PONG && self.fence.as_ref() == Some(&sample) {
            self.fence = None;
            self.fence_answered = true;
            return;
        }
        self.closed |= head.opcode == Opcode::CLOSE;
        self.messages += usize::from(head.fin && !head.opcode.is_control());
        if self.ignores_pings && head.opcode == Opcode::PING {
            return;
        }
        if self.lengthens_message(&head) {
            return;
        }
        let start = self.events.len();
        self.push(Event::from_frame(head, sample));
        if !head.opcode.is_control() {
            self.follow_message(&head, start);
        }
    }

    /// Whether a frame is one more of a message that is told as one frame already, which is so much longer then. However many come, each costs no more than
    /// that; a flood of empty ones is a flood of events.
    fn lengthens_message(&mut self, head: &FrameHead) -> bool {
        let folded = self.message.filter(|message| message.frames > 1 && message.bytes > Self::MAX_IN_FRAGMENTS);
        let Some(mut message) = folded.filter(|_| head.opcode == Opcode::CONTINUATION) else { return false };
        let Some(Event::Frame { head: first, .. }) = self.events.get_mut(message.start) else { return false };
        let bytes = head.length.bytes();
        message.bytes = message.bytes.saturating_add(bytes);
        first.length = Length::minimal(message.bytes);
        self.dropped += usize::from(bytes == 0);
        self.message = Some(message).filter(|_| !head.fin);
        true
    }

    /// Keeps count of a message in fragments, of which the frame `head` at `place` is one, and folds it once it is long.
    fn follow_message(&mut self, head: &FrameHead, place: usize) {
        let before = self.message.take().filter(|_| head.opcode == Opcode::CONTINUATION);
        let mut message = before.unwrap_or(Message { start: place, bytes: 0, frames: 0 });
        message.frames = (message.frames + 1).min(2);
        message.bytes = message.bytes.saturating_add(head.length.bytes());
        if before.is_some() && message.bytes > Self::MAX_IN_FRAGMENTS {
            self.fold(message);
        }
        self.message = Some(message).filter(|_| !head.fin);
    }

    fn fold(&mut self, message: Message) {
        let Some(Event::Frame { head: first, .. }) = self.events.get_mut(message.start) else { return };
        first.length = Length::minimal(message.bytes);
        let mut place = 0;
        self.events.retain(|event| {
            place += 1;
            let continues = matches!(event, Event::Frame { head, .. } if head.opcode == Opcode::CONTINUATION);
            place <= message.start + 1 || !(continues || *event == Event::More)
        });
    }
}

/// Reads payload from the front of `bytes` into the sample, unmasked; returns how many bytes were the frame's.
fn take_payload(bytes: &[u8], head: &FrameHead, read: &mut u64, sample: &mut Vec<u8>) -> usize {
    let left = head.length.bytes() - *read;
    let taken = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
    let kept = taken.min(Content::SAMPLE - sample.len());
    let start = sample.len();
    sample.extend_from_slice(&bytes[..kept]);
    if let Some(key) = head.mask {
        apply_mask(key, &mut sample[start..], start as u64);
    }
    *read += taken as u64;
    taken
}
