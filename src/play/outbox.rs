//! Frames of ours as bytes, and what was sent so far: what a server may echo, must not be sent any more, or still has to answer.

use crate::observation::normal::Sent;
use crate::observation::{Content, End};
use crate::probe::{Frame, Payload, Probe, Variation};
use crate::wire::Opcode;
use crate::wire::frame::{Close, apply_mask};

/// Writes frames, and remembers them.
pub(super) struct Outbox<'a> {
    variation: &'a Variation,
    /// Payloads that may come back: their length, and how they begin.
    payloads: Vec<(u64, Vec<u8>)>,
    fences: Vec<Vec<u8>>,
    pings: Vec<Vec<u8>>,
    sent_close: bool,
    /// A frame is being sent in pieces, so that its end may cross the server's.
    in_pieces: bool,
    /// How many messages there will be once all messages sent are answered by one each, until that was waited for.
    unanswered: Option<usize>,
}

impl<'a> Outbox<'a> {
    /// Bytes made at a time for a long payload; a multiple of four, so that each chunk is masked alike.
    pub(super) const CHUNK: usize = 64 * 1024;

    /// One that has sent nothing.
    pub(super) const fn new(variation: &'a Variation) -> Self {
        Self {
            variation,
            payloads: Vec::new(),
            fences: Vec::new(),
            pings: Vec::new(),
            sent_close: false,
            in_pieces: false,
            unanswered: None,
        }
    }

    /// What was sent, as far as answers are told by it.
    pub(super) fn into_sent(self) -> Sent {
        Sent { payloads: self.payloads, fences: self.fences, pings: self.pings, ..Sent::default() }
    }

    /// The end of a connection as it is told: where a frame was being sent in pieces, FIN or reset is chance.
    pub(super) const fn end_as_told(&self, end: End) -> End {
        match end {
            End::Fin | End::Reset if self.in_pieces => End::Broken,
            other => other,
        }
    }

    /// The bytes of the frames of a probe that leave in one write with the request.
    pub(super) fn pipelined(&mut self, probe: &Probe) -> Vec<u8> {
        let mut bytes = Vec::new();
        for frame in probe.pipelined() {
            self.note(frame, 0);
            bytes.extend(self.frame(frame));
        }
        bytes
    }

    /// Notes what sending a frame means for what comes after, where so many `messages` have come so far.
    pub(super) fn note(&mut self, frame: &Frame, messages: usize) {
        self.sent_close |= frame.opcode == Opcode::CLOSE;
        if frame.opcode == Opcode::PING {
            self.pings.push(self.payload_of(frame));
        }
        if !frame.opcode.is_control() && frame.fin {
            let expected = self.unanswered.unwrap_or(messages);
            self.unanswered = Some(expected + 1);
        }
    }

    /// From now on a frame is in pieces on its way.
    pub(super) const fn begin_pieces(&mut self) {
        self.in_pieces = true;
    }

    /// How many messages there will be once all are answered, unless that was asked before and none was sent since.
    pub(super) const fn take_unanswered(&mut self) -> Option<usize> {
        self.unanswered.take()
    }

    /// The bytes of short frames that are sent at once.
    pub(super) fn frames(&mut self, frames: &[Frame]) -> Vec<u8> {
        let mut bytes: Vec<u8> = Vec::new();
        // Fragments come back as one message.
        let mut message = Vec::new();
        for frame in frames {
            bytes.extend(self.frame(frame));
            if !frame.opcode.is_control() && matches!(frame.payload, Payload::Free(_)) {
                message.extend(self.payload_of(frame));
            }
        }
        self.remember(&message);
        bytes
    }

    /// The bytes of a short frame. A free payload is remembered, so that an echo is known as one whatever it says.
    pub(super) fn frame(&mut self, frame: &Frame) -> Vec<u8> {
        let mask = self.variation.masking_key();
        let mut payload = self.payload_of(frame);
        if matches!(frame.payload, Payload::Free(_)) {
            self.remember(&payload);
        }
        if frame.masked {
            apply_mask(mask, &mut payload, 0);
        }
        [frame.head(mask).encode(), payload].concat()
    }

    /// The head of a frame with a long payload of one byte over and over, and a chunk of that payload as it is sent.
    pub(super) fn filled(&mut self, frame: &Frame, byte: u8, length: u64) -> (Vec<u8>, Vec<u8>) {
        let sample = usize::try_from(length).unwrap_or(usize::MAX).min(Content::SAMPLE);
        self.payloads.push((length, vec![byte; sample]));
        let mask = self.variation.masking_key();
        let mut chunk = vec![byte; Self::CHUNK];
        if frame.masked {
            apply_mask(mask, &mut chunk, 0);
        }
        (frame.head(mask).encode(), chunk)
    }

    /// A fence: the payload of its ping, and its bytes. `None` after our Close, which nothing may follow (RFC 6455 section
    /// 5.5.1).
    pub(super) fn fence(&mut self) -> Option<(Vec<u8>, Vec<u8>)> {
        if self.sent_close {
            return None;
        }
        let token: Vec<u8> = (0..8).map(|_| fastrand::alphanumeric() as u8).collect();
        self.fences.push(token.clone());
        self.payloads.push((token.len() as u64, token.clone()));
        let ping = self.control(Opcode::PING, token.clone());
        Some((token, ping))
    }

    /// The bytes of an answer to the server's Close with its own code (RFC 6455 section 5.5.1), if ours has not been sent before.
    pub(super) fn answer_to_close(&mut self, code: Option<u16>) -> Option<Vec<u8>> {
        let before = std::mem::replace(&mut self.sent_close, true);
        (!before).then(|| self.control(Opcode::CLOSE, Close { code, reason: Vec::new() }.encode()))
    }

    /// The bytes of a goodbye to a server that lives on.
    pub(super) fn goodbye(&self) -> Vec<u8> {
        self.control(Opcode::CLOSE, Close { code: Some(1000), reason: Vec::new() }.encode())
    }

    /// The payload of a short frame, as the variation has it.
    fn payload_of(&self, frame: &Frame) -> Vec<u8> {
        match (frame.payload, self.variation.payload_byte) {
            (Payload::Free(bytes), Some(byte)) => vec![byte; bytes.len()],
            (Payload::Free(bytes) | Payload::Exact(bytes), _) => bytes.to_vec(),
            (Payload::Fill { .. }, _) => Vec::new(),
        }
    }

    fn remember(&mut self, payload: &[u8]) {
        self.payloads.push((payload.len() as u64, payload.iter().copied().take(Content::SAMPLE).collect()));
    }

    /// The bytes of a control frame of our own.
    fn control(&self, opcode: Opcode, mut payload: Vec<u8>) -> Vec<u8> {
        let mask = self.variation.masking_key();
        let head = Frame::new(opcode, Payload::Fill { byte: 0, length: payload.len() as u64 }).head(mask);
        apply_mask(mask, &mut payload, 0);
        [head.encode(), payload].concat()
    }
}
