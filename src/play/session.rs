//! One connection while a probe is played on it.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadHalf, WriteHalf};
use tokio::time::{Instant, timeout_at};

use super::{Direction, Inbox, Played, Settings};
use crate::observation::normal::Sent;
use crate::observation::{Content, End, Event, Observation};
use crate::probe::{Frame, Payload, Probe, Risk, Segments, Step};
use crate::wire::Opcode;
use crate::wire::frame::{Close, apply_mask};

/// Bytes made at a time for a long payload; a multiple of four, so that each chunk is masked alike.
const CHUNK: usize = 64 * 1024;

/// Bytes read at a time.
const READ: usize = 8 * 1024;

/// The most bytes that are read in answer to a probe: its payload twice over, and room for talk.
pub(super) fn receive_limit(probe: &Probe) -> u64 {
    4 * 1024 * 1024 + 2 * probe.payload_bytes()
}

pub(super) struct Session<'a, S> {
    reader: ReadHalf<S>,
    writer: WriteHalf<S>,
    settings: Settings<'a>,
    inbox: Inbox,
    receive_limit: u64,
    sent: u64,
    received: u64,
    payloads: Vec<(u64, Vec<u8>)>,
    fences: Vec<Vec<u8>>,
    pings: Vec<Vec<u8>>,
    /// A long payload is sent: what answers it takes its time.
    long: bool,
    /// How the connection ended, once it has.
    ended: Option<End>,
    write_failed: bool,
    /// Everything is written in one piece: a server may hang up at any byte of what breaks a rule, and whatever came
    /// after that would turn its FIN into a reset.
    whole: bool,
    sent_close: bool,
    /// A frame is being sent in pieces, so that its end may cross the server's.
    in_pieces: bool,
    /// How many messages there will be once all messages sent are answered by one each, until that was waited for.
    unanswered: Option<usize>,
    handshake_time: Option<Duration>,
    fence_time: Option<Duration>,
}

impl<'a, S: AsyncRead + AsyncWrite + Send> Session<'a, S> {
    pub(super) fn new(stream: S, settings: Settings<'a>, receive_limit: u64) -> Self {
        let (reader, writer) = tokio::io::split(stream);
        Self {
            reader,
            writer,
            settings,
            inbox: Inbox::default(),
            receive_limit,
            sent: 0,
            received: 0,
            payloads: Vec::new(),
            fences: Vec::new(),
            pings: Vec::new(),
            long: false,
            ended: None,
            write_failed: false,
            whole: false,
            sent_close: false,
            in_pieces: false,
            unanswered: None,
            handshake_time: None,
            fence_time: None,
        }
    }

    /// What was observed; `end` is `None` if the deadline cut the run short.
    pub(super) fn into_played(self, end: Option<End>, sent: Sent) -> Played {
        let (reply, events) = self.inbox.finish();
        let end = match end {
            Some(End::Fin | End::Reset) if self.in_pieces => End::Broken,
            other => other.unwrap_or(End::Cut),
        };
        let observation = Observation { reply, events, end };
        let sent = Sent { payloads: self.payloads, fences: self.fences, pings: self.pings, ..sent };
        Played {
            observation: observation.normalised(&sent),
            sent: self.sent,
            received: self.received,
            handshake_time: self.handshake_time,
            fence_time: self.fence_time,
        }
    }

    /// The whole probe: handshake, script, and how it ended.
    pub(super) async fn run(&mut self, probe: &Probe, request: &[u8]) -> End {
        self.whole = probe.risk > Risk::Polite;
        self.long = probe.has_long_payload();
        if self.long {
            self.inbox.ignore_pings();
        }
        let mut bytes = request.to_vec();
        for frame in probe.pipelined() {
            self.note(frame);
            bytes.extend(self.frame_bytes(frame));
        }
        self.write_request(&bytes).await;
        let start = Instant::now();
        self.pump(self.settings.pace.patience, Inbox::head_done).await;
        self.handshake_time = self.inbox.head_done().then(|| start.elapsed());
        if !self.inbox.head_done() {
            return self.ended.unwrap_or(End::Silent);
        }
        if !self.inbox.upgraded() {
            return self.end_of_response().await;
        }
        if probe.speaks_a_draft() && !self.inbox.has_field("Sec-WebSocket-Accept") {
            // What follows are no frames of RFC 6455, and ours would be noise to it: a fence would be taken for the
            // eight bytes that end its handshake.
            self.pump(self.settings.pace.quiet, |_| false).await;
            return self.ended.unwrap_or(End::Silent);
        }
        if probe.is_handshake() && probe.risk > Risk::Polite {
            // A server may accept and hang up all the same, most of all where it takes the rest of the request for
            // frames: a fence that crossed its FIN would turn it into a reset, now and then.
            let pace = self.settings.pace;
            self.pump(if probe.may_be_cut_short() { pace.linger } else { pace.drip }, |_| false).await;
        }
        let declined = probe.needs_extension() && !self.inbox.has_field("Sec-WebSocket-Extensions");
        let script = if declined { &[Step::Fence] } else { probe.script };
        if let Some(end) = self.script(script).await {
            return end;
        }
        if self.inbox.closed() {
            // Most servers that fail a connection hang up at once, and an answer that crosses their FIN
            // would turn it into a reset, now and then.
            self.pump(self.settings.pace.linger, |_| false).await;
            self.answer_close().await;
        }
        self.pump(self.settings.pace.quiet, |_| false).await;
        self.ended.unwrap_or(if self.write_failed { End::Reset } else { End::Silent })
    }

    /// A response that is not a 101: to its end, and that of the connection where it announces it.
    async fn end_of_response(&mut self) -> End {
        self.pump(self.settings.pace.quiet, Inbox::response_complete).await;
        if self.ended.is_none() && self.inbox.complete_and_persistent() {
            return End::Alive;
        }
        if self.inbox.response_complete() {
            self.pump(self.settings.pace.quiet, |_| false).await;
        }
        self.ended.unwrap_or(End::Silent)
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
                    frames.iter().for_each(|frame| self.note(frame));
                    let fenced = steps.next_if(|next| matches!(next, Step::Fence)).is_some();
                    let ping = fenced.then(|| self.ping()).flatten();
                    self.send(frames, ping.as_deref().unwrap_or_default()).await;
                    if fenced && self.passed_fence(ping.is_some(), steps.peek().is_none()).await {
                        return self.leave().await;
                    }
                }
                Step::Drip(frame) => self.drip(frame).await,
                Step::HalfClose => self.write_failed |= self.writer.shutdown().await.is_err(),
                Step::Watch(time) => self.watch(*time).await,
                Step::Fence => {
                    let ping = self.ping();
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
        self.ended.is_some() || self.write_failed || self.inbox.closed()
    }

    /// Reads until `done`, the end of the connection, a limit, or a `quiet` period.
    async fn pump(&mut self, quiet: Duration, done: impl Fn(&Inbox) -> bool) {
        let mut limit = Instant::now() + quiet;
        let mut buffer = [0; READ];
        while self.ended.is_none() && !done(&self.inbox) {
            let before = self.inbox.event_count();
            let Ok(result) = timeout_at(limit, self.reader.read(&mut buffer)).await else { return };
            let bytes = self.take_in(result, &buffer);
            // A long answer may take its time; messages that come by themselves must not keep us here.
            if bytes > 0 && self.inbox.event_count() == before {
                limit = Instant::now() + quiet;
            }
        }
    }

    /// Notes what a read came to; the number of bytes.
    fn take_in(&mut self, result: io::Result<usize>, buffer: &[u8]) -> usize {
        match result {
            Ok(0) => self.ended = Some(End::Fin),
            // rustls says this of a FIN without a closure alert before it, which many servers send.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => self.ended = Some(End::Fin),
            Err(_) => self.ended = Some(End::Reset),
            Ok(count) => {
                self.received += count as u64;
                self.settings.tap.traffic(Direction::Received, &buffer[..count]);
                self.inbox.feed(&buffer[..count]);
                if self.received > self.receive_limit {
                    self.ended = Some(End::Cut);
                }
                return count;
            }
        }
        0
    }

    /// Writes all of `bytes`, reading meanwhile; stops when the server refuses to hear more.
    async fn write(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        let mut buffer = [0; READ];
        while !rest.is_empty() && self.ended.is_none() && !self.write_failed {
            tokio::select! {
                biased;
                result = self.reader.read(&mut buffer) => { self.take_in(result, &buffer); }
                result = self.writer.write(rest) => match result {
                    Ok(count) if count > 0 => {
                        self.settings.tap.traffic(Direction::Sent, &rest[..count]);
                        self.sent += count as u64;
                        rest = &rest[count..];
                    }
                    // What the server said before it hung up is still to be read.
                    _ => self.write_failed = true,
                },
            }
        }
        if !self.write_failed && self.ended.is_none() {
            self.write_failed = self.writer.flush().await.is_err();
        }
    }

    /// Writes a request, cut in two behind its first line where the variation cuts. Many small pieces are taken for an
    /// attack by some (tungstenite), and a cut in the first line for another version by others (uWebSockets).
    async fn write_request(&mut self, bytes: &[u8]) {
        let first = match self.settings.variation.segments {
            Segments::Of(size) if !self.whole => {
                let line = bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| at + 1);
                line.saturating_add(size).min(bytes.len())
            }
            _ => bytes.len(),
        };
        self.write(&bytes[..first]).await;
        self.write(&bytes[first..]).await;
    }

    /// Writes in the segments of the variation, if the probe may be cut at all.
    async fn write_varied(&mut self, bytes: &[u8]) {
        match self.settings.variation.segments {
            Segments::Of(size) if !self.whole => {
                for segment in bytes.chunks(size.max(1)) {
                    self.write(segment).await;
                }
            }
            _ => self.write(bytes).await,
        }
    }

    /// Notes what sending a frame means for what comes after.
    fn note(&mut self, frame: &Frame) {
        self.sent_close |= frame.opcode == Opcode::CLOSE;
        if frame.opcode == Opcode::PING {
            self.pings.push(self.payload_of(frame));
        }
        if !frame.opcode.is_control() && frame.fin {
            let expected = self.unanswered.unwrap_or(self.inbox.messages());
            self.unanswered = Some(expected + 1);
        }
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
        let mut bytes: Vec<u8> = Vec::new();
        // Fragments come back as one message.
        let mut message = Vec::new();
        for frame in frames {
            bytes.extend(self.frame_bytes(frame));
            if !frame.opcode.is_control() && matches!(frame.payload, Payload::Free(_)) {
                message.extend(self.payload_of(frame));
            }
        }
        self.remember(&message);
        bytes.extend_from_slice(then);
        // That several frames come in one segment is their point.
        if frames.len() > 1 {
            self.write(&bytes).await;
        } else {
            self.write_varied(&bytes).await;
        }
    }

    /// The bytes of a short frame. A free payload is remembered, so that an echo is known as one whatever it says.
    fn frame_bytes(&mut self, frame: &Frame) -> Vec<u8> {
        let mask = self.settings.variation.mask;
        let mut payload = self.payload_of(frame);
        if matches!(frame.payload, Payload::Free(_)) {
            self.remember(&payload);
        }
        if frame.masked {
            apply_mask(mask, &mut payload, 0);
        }
        [frame.head(mask).encode(), payload].concat()
    }

    /// The payload of a short frame, as the variation has it.
    fn payload_of(&self, frame: &Frame) -> Vec<u8> {
        match (frame.payload, self.settings.variation.payload_byte) {
            (Payload::Free(bytes), Some(byte)) => vec![byte; bytes.len()],
            (Payload::Free(bytes) | Payload::Exact(bytes), _) => bytes.to_vec(),
            (Payload::Fill { .. }, _) => Vec::new(),
        }
    }

    fn remember(&mut self, payload: &[u8]) {
        self.payloads.push((payload.len() as u64, payload.iter().copied().take(Content::SAMPLE).collect()));
    }

    /// A long payload, made a chunk at a time; stops at the first refusal.
    async fn send_filled(&mut self, frame: &Frame, byte: u8, length: u64) {
        let sample = usize::try_from(length).unwrap_or(usize::MAX).min(Content::SAMPLE);
        self.payloads.push((length, vec![byte; sample]));
        let mask = self.settings.variation.mask;
        let mut chunk = vec![byte; CHUNK];
        if frame.masked {
            apply_mask(mask, &mut chunk, 0);
        }
        self.write(&frame.head(mask).encode()).await;
        // Many refuse by the length alone, and then hang up in order as long as nothing is under way to them.
        self.pump(self.settings.pace.linger, Inbox::closed).await;
        let mut left = length;
        self.in_pieces = !self.over();
        while left > 0 && !self.over() {
            let size = usize::try_from(left).unwrap_or(CHUNK).min(CHUNK);
            self.write(&chunk[..size]).await;
            left -= size as u64;
        }
    }

    /// Byte by byte, each given time to be reacted to; the rest of the frame at once after that.
    async fn drip(&mut self, frame: &Frame) {
        self.note(frame);
        self.in_pieces = true;
        let before = self.inbox.event_count();
        let bytes = self.frame_bytes(frame);
        for index in 0..bytes.len() {
            // Behind the last byte there is no hurry: whatever comes then is the answer to the whole frame.
            let pace = self.settings.pace;
            let time = if index + 1 == bytes.len() { pace.linger.max(pace.drip) } else { pace.drip };
            self.write(&bytes[index..=index]).await;
            self.pump(time, |inbox| inbox.event_count() > before).await;
            if self.over() || self.inbox.event_count() > before {
                self.inbox.note_reaction(before, index + 1);
                return self.write(&bytes[index + 1..]).await;
            }
        }
    }

    /// Waits without a word, and notes when something happens.
    async fn watch(&mut self, time: Duration) {
        let start = Instant::now();
        while self.ended.is_none() && start.elapsed() < time {
            let before = self.inbox.event_count();
            self.pump(time.saturating_sub(start.elapsed()), |inbox| inbox.event_count() > before).await;
            if self.ended.is_some() || self.inbox.event_count() > before {
                self.inbox.push(Event::after(start.elapsed()));
            }
        }
    }

    /// A fence to send: a ping with a payload of its own. `None` where the server answers no pings, and after
    /// our Close, which nothing may follow (RFC 6455 section 5.5.1).
    fn ping(&mut self) -> Option<Vec<u8>> {
        if !self.settings.fences || self.sent_close {
            return None;
        }
        let token: Vec<u8> = (0..8).map(|_| fastrand::alphanumeric() as u8).collect();
        self.inbox.expect_fence(token.clone());
        self.fences.push(token.clone());
        self.payloads.push((token.len() as u64, token.clone()));
        Some(self.control(Opcode::PING, token))
    }

    /// Waits for the pong of the fence, if one was `sent`, or for a Close; whether the `last` fence of the
    /// script was answered.
    async fn passed_fence(&mut self, sent: bool, last: bool) -> bool {
        let start = Instant::now();
        self.pump(self.settings.pace.quiet, |inbox| (sent && inbox.fence_answered()) || inbox.closed()).await;
        let answered = sent && self.inbox.fence_answered();
        if answered {
            self.fence_time = Some(start.elapsed());
            self.await_answer().await;
            if !last {
                self.inbox.push(Event::Fence);
            }
        }
        answered && last && !self.over()
    }

    /// The pong may overtake what the application answers to a message, where that runs apart from the protocol.
    async fn await_answer(&mut self) {
        let Some(expected) = self.unanswered.take() else { return };
        let done = |inbox: &Inbox| inbox.messages() >= expected || inbox.closed();
        let pace = self.settings.pace;
        self.pump(if self.long { pace.quiet } else { pace.linger }, done).await;
        if self.inbox.in_message() {
            // It has begun, and a long one takes its time.
            self.pump(self.settings.pace.quiet, done).await;
        }
    }

    /// The bytes of a control frame of our own.
    fn control(&self, opcode: Opcode, mut payload: Vec<u8>) -> Vec<u8> {
        let mask = self.settings.variation.mask;
        let head = Frame::new(opcode, Payload::Fill { byte: 0, length: payload.len() as u64 }).head(mask);
        apply_mask(mask, &mut payload, 0);
        [head.encode(), payload].concat()
    }

    /// Answers the server's Close with its own code (RFC 6455 section 5.5.1), if ours has not been sent before.
    async fn answer_close(&mut self) {
        if !self.sent_close && self.ended.is_none() {
            self.sent_close = true;
            let code = self.inbox.close_code();
            let close = self.control(Opcode::CLOSE, Close { code, reason: Vec::new() }.encode());
            self.write(&close).await;
        }
    }

    /// Says goodbye to a server that lives on; how it takes that is not observed.
    async fn leave(&mut self) -> Option<End> {
        let close = self.control(Opcode::CLOSE, Close { code: Some(1000), reason: Vec::new() }.encode());
        self.write(&close).await;
        // A connection that breaks now broke after the probe was over.
        let _ = self.writer.shutdown().await;
        Some(End::Alive)
    }
}
