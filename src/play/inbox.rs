//! Received bytes as a reply and events; no I/O, and never more memory than its limits.

use crate::observation::{Content, Event, Reply};
use crate::wire::frame::{FrameHead, Length, Opcode, apply_mask};
use crate::wire::handshake::{HeadResult, ResponseHead};

/// How an HTTP response begins. No frame does: it would be a Close that is not final and has a reserved bit set.
const HTTP: &[u8] = b"HTTP/1.";

/// Reads what a server sends, as it comes in.
#[derive(Debug, Default)]
pub struct Inbox {
    stage: Stage,
    /// Bytes that are not yet read as anything; at most [`Inbox::MAX_HEAD`].
    pending: Vec<u8>,
    reply: Option<Reply>,
    events: Vec<Event>,
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
}

#[derive(Debug, Default)]
enum Stage {
    /// Before the end of the response head.
    #[default]
    Head,
    /// In the content of a response that is not a 101.
    Body(Body),
    /// Between two frames.
    BetweenFrames,
    /// Inside a frame's payload.
    InFrame { head: FrameHead, read: u64, sample: Vec<u8> },
    /// In the status line of an HTTP response where a frame was due.
    StatusLine(Vec<u8>),
    /// Behind such a line: what comes is read and dropped.
    Dropped,
    /// After bytes that are not HTTP, or after more of them than a head may have.
    Opaque,
}

/// How the end of a response's content is known (RFC 9112 section 6.3).
#[derive(Debug)]
enum Body {
    /// So many bytes are still to come.
    Left(u64),
    /// Chunked; the raw chunks so far are in `pending`.
    Chunked,
    /// Until the connection ends.
    UntilEnd,
    /// It has ended.
    Complete,
}

impl Inbox {
    /// The longest response head, or chunked content, that is read: 64 KiB.
    pub const MAX_HEAD: usize = 64 * 1024;
    /// The most events that are kept.
    pub const MAX_EVENTS: usize = 64;
    /// A longer message in fragments is told as one frame that is not final, of so many bytes: where it is cut follows from how
    /// its bytes reached the server. One that has not ended when all is over is told with this length: how far it came is chance.
    pub const MAX_IN_FRAGMENTS: u64 = 64 * 1024;

    /// Takes in what was received, in order.
    pub fn feed(&mut self, bytes: &[u8]) {
        match self.stage {
            Stage::Head => self.feed_head(bytes),
            Stage::Body(_) => self.feed_body(bytes),
            Stage::BetweenFrames | Stage::InFrame { .. } => self.feed_frames(bytes),
            Stage::StatusLine(_) => self.feed_status_line(bytes),
            Stage::Dropped => {}
            Stage::Opaque => self.sample_reply(bytes),
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

    /// Whether the head of an HTTP response has been read, or never will be.
    #[must_use]
    pub const fn head_done(&self) -> bool {
        !matches!(self.stage, Stage::Head)
    }

    /// Whether the connection has become a WebSocket.
    #[must_use]
    pub fn upgraded(&self) -> bool {
        self.reply.as_ref().is_some_and(Reply::is_upgrade)
    }

    /// Whether a response that is not a 101 has come to its end and the connection lives on.
    #[must_use]
    pub fn complete_and_persistent(&self) -> bool {
        let persistent = matches!(&self.reply, Some(Reply::Response { head, .. }) if head.is_persistent());
        self.response_complete() && persistent
    }

    /// Whether a response that is not a 101 has come to its end.
    #[must_use]
    pub const fn response_complete(&self) -> bool {
        matches!(self.stage, Stage::Body(Body::Complete))
    }

    /// How many events there are, those beyond the limit not counted.
    #[must_use]
    pub fn event_count(&self) -> usize {
        self.events.len()
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

    /// Whether the response has a field of this name.
    #[must_use]
    pub fn has_field(&self, name: &str) -> bool {
        matches!(&self.reply, Some(Reply::Response { head, .. }) if head.header(name).is_some())
    }

    /// Adds an event that is not a frame.
    pub fn push(&mut self, event: Event) {
        match self.events.len() {
            Self::MAX_EVENTS => self.events.push(Event::More),
            0..Self::MAX_EVENTS => self.events.push(event),
            _ => {}
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

    /// Everything read: a frame or head that never ended is kept as far as it came.
    #[must_use]
    pub fn finish(mut self) -> (Reply, Vec<Event>) {
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
        let unfinished = &self.pending[..self.pending.len().min(Reply::BODY_SAMPLE)];
        let reply = match self.reply {
            Some(reply) => reply,
            None if unfinished.is_empty() => Reply::Nothing,
            None => Reply::Bytes(unfinished.to_vec()),
        };
        (reply, self.events)
    }

    fn feed_head(&mut self, bytes: &[u8]) {
        self.pending.extend_from_slice(bytes);
        match ResponseHead::decode(&self.pending) {
            HeadResult::Complete(head, size) => {
                let rest = self.pending.split_off(size);
                self.pending.clear();
                self.take_head(head);
                self.feed(&rest);
            }
            HeadResult::Partial if self.pending.len() <= Self::MAX_HEAD => {}
            HeadResult::Partial | HeadResult::NotHttp => {
                let bytes = std::mem::take(&mut self.pending);
                self.stage = Stage::Opaque;
                self.reply = Some(Reply::Bytes(Vec::new()));
                self.sample_reply(&bytes);
            }
        }
    }

    fn take_head(&mut self, head: ResponseHead) {
        match head.status {
            101 => self.stage = Stage::BetweenFrames,
            // Interim responses announce the real one (RFC 9110 section 15.2).
            100..=199 => return,
            _ => self.stage = Stage::Body(Body::of(&head)),
        }
        self.reply = Some(Reply::Response { head, body: Vec::new() });
    }

    /// Bytes beyond the end of the content are left out: they answer what the server took for another request, and
    /// whether they come along with the first answer is chance.
    fn feed_body(&mut self, bytes: &[u8]) {
        let Stage::Body(body) = &mut self.stage else { return };
        let ours = match body {
            Body::Left(left) => {
                let taken = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                *left -= taken as u64;
                if *left == 0 {
                    *body = Body::Complete;
                }
                taken
            }
            Body::Chunked => {
                let before = self.pending.len();
                self.pending.extend_from_slice(bytes);
                let end = chunks_end(&self.pending);
                if end.is_some() {
                    *body = Body::Complete;
                } else if self.pending.len() > Self::MAX_HEAD {
                    *body = Body::UntilEnd;
                }
                if !matches!(body, Body::Chunked) {
                    self.pending.clear();
                }
                end.map_or(bytes.len(), |end| end.saturating_sub(before))
            }
            Body::UntilEnd => bytes.len(),
            Body::Complete => 0,
        };
        self.sample_reply(&bytes[..ours]);
    }

    fn sample_reply(&mut self, bytes: &[u8]) {
        if let Some(Reply::Response { body: sample, .. } | Reply::Bytes(sample)) = &mut self.reply {
            let room = Reply::BODY_SAMPLE - sample.len();
            sample.extend_from_slice(&bytes[..bytes.len().min(room)]);
        }
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
            bytes = if size >= before { &bytes[size - before..] } else { rest };
            self.pending.clear();
            self.stage = Stage::InFrame { head, read: 0, sample: Vec::new() };
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
        let start = self.events.len();
        self.push(Event::from_frame(head, sample));
        if !head.opcode.is_control() {
            self.follow_message(&head, start);
        }
    }

    /// Keeps count of a message in fragments, of which the frame `head` at `place` is one, and folds it once it is long.
    fn follow_message(&mut self, head: &FrameHead, place: usize) {
        let before = self.message.take().filter(|_| head.opcode == Opcode::CONTINUATION);
        let mut message = before.unwrap_or(Message { start: place, bytes: 0 });
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

impl Body {
    fn of(head: &ResponseHead) -> Self {
        if matches!(head.status, 204 | 304) {
            return Self::Complete;
        }
        if head.has_token("Transfer-Encoding", "chunked") {
            return Self::Chunked;
        }
        let length =
            head.header("Content-Length").and_then(|value| std::str::from_utf8(value).ok()?.trim().parse().ok());
        match length {
            Some(0) => Self::Complete,
            Some(length) => Self::Left(length),
            None => Self::UntilEnd,
        }
    }
}

/// Where the chunks end, trailers and all, if the last one is there (RFC 9112 section 7.1).
fn chunks_end(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    while let Ok(httparse::Status::Complete((start, size))) = httparse::parse_chunk_size(&bytes[at..]) {
        at += start;
        if size == 0 {
            return trailer_end(&bytes[at..]).map(|end| at + end);
        }
        at = at.checked_add(usize::try_from(size).ok()?)?.checked_add(2)?;
        if at > bytes.len() {
            return None;
        }
    }
    None
}

/// Where the trailer section ends: at its empty line.
fn trailer_end(bytes: &[u8]) -> Option<usize> {
    if bytes.starts_with(b"\r\n") {
        return Some(2);
    }
    bytes.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::{End, Observation};
    use proptest::prelude::*;

    fn read(pieces: &[&[u8]]) -> String {
        let mut inbox = Inbox::default();
        pieces.iter().for_each(|piece| inbox.feed(piece));
        let (reply, events) = inbox.finish();
        Observation { reply, events, end: End::Cut }.to_string()
    }

    #[test]
    fn a_reaction_stands_behind_the_first_event_whatever_came_along() {
        let mut inbox = Inbox::default();
        inbox.feed(b"HTTP/1.1 101 Go\r\n\r\n\x88\x02\x03\xea\x88\x00");
        inbox.note_reaction(0, 2);
        let (reply, events) = inbox.finish();
        let seen = Observation { reply, events, end: End::Broken }.to_string();
        assert_eq!(seen, "HTTP/1.1 101 Go {}, close 1002, reacted at 2, close | broken");
        let mut inbox = Inbox::default();
        inbox.note_reaction(0, 3);
        assert_eq!(inbox.finish().1, [Event::ReactedAt(3)]);
    }

    #[test]
    fn a_handshake_and_frames_in_one_segment() {
        assert_eq!(
            read(&[b"HTTP/1.1 101 Go\r\nA: b\r\n\r\n\x81\x02hi\x8a\x00\x88\x04\x03\xeano"]),
            r#"HTTP/1.1 101 Go {A: b}, text 2 "hi", pong 0, close 1002 "no" | cut"#
        );
    }

    #[test]
    fn a_long_message_is_told_as_one_however_it_is_cut() {
        let told = |cuts: &[usize]| {
            let mut bytes = b"HTTP/1.1 101 Go\r\n\r\n".to_vec();
            for (index, size) in cuts.iter().enumerate() {
                let (opcode, fin) = (if index == 0 { 1 } else { 0 }, if index + 1 == cuts.len() { 0x80 } else { 0 });
                bytes.extend([fin | opcode, 126]);
                bytes.extend(u16::try_from(*size).unwrap().to_be_bytes());
                bytes.extend(vec![b'a'; *size]);
                // Control frames may stand between fragments.
                bytes.extend(if index == 0 { &b"\x8a\x00"[..] } else { b"" });
            }
            let line = read(&[&bytes, b"\x82\x01b"]);
            line.replace(&format!("\"{}\"", "a".repeat(125)), "…")
        };
        let folded = "HTTP/1.1 101 Go {}, text 100000 more-follows …, pong 0, binary 1 \"b\" | cut";
        assert_eq!(told(&[40_000, 60_000]), folded);
        assert_eq!(told(&[1000; 100]), folded, "more than the events that are kept");
        let open = b"HTTP/1.1 101 Go\r\n\r\n\x01\x7e\xff\xff".to_vec();
        let open = [open, vec![b'a'; 65_535], b"\x00\x7e\x01\x00".to_vec(), vec![b'a'; 256]].concat();
        let started = format!("HTTP/1.1 101 Go {{}}, text 65536 more-follows \"{}\" | cut", "a".repeat(125));
        assert_eq!(read(&[&open]), started, "it goes on, and nobody knows for how long");
        assert_eq!(
            told(&[40_000, 20_000]),
            "HTTP/1.1 101 Go {}, text 40000 more-follows …, pong 0, continuation 20000 …, binary 1 \"b\" | cut"
        );
    }

    #[test]
    fn a_response_where_frames_are_due_is_told_by_its_status_line() {
        let told = r#"HTTP/1.1 101 Go {}, close, http "HTTP/1.1 500 Oh" | cut"#;
        assert_eq!(read(&[b"HTTP/1.1 101 Go\r\n\r\n\x88\x00HTTP/1.1 500 Oh\r\nDate: now\r\n\r\n\x81\x01a"]), told);
        let pieces: [&[u8]; 5] = [b"HTTP/1.1 101 Go\r\n\r\n\x88\x00H", b"TTP/1", b".1 500 O", b"h", b"\r\nmore"];
        assert_eq!(read(&pieces), told);
        assert_eq!(read(&pieces[..4]), told);
        assert_eq!(read(&pieces[..2]), r#"HTTP/1.1 101 Go {}, close, partial "HTTP/1" | cut"#);
    }

    #[test]
    fn interim_responses_are_passed_over() {
        assert_eq!(read(&[b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 101 Go\r\n\r\n"]), "HTTP/1.1 101 Go {} | cut");
    }

    #[test]
    fn an_endless_head_and_other_protocols_are_bytes() {
        assert!(read(&[b"SSH-2.0-OpenSSH\r\n"]).starts_with("bytes \"SSH-2.0"));
        let endless = [b"HTTP/1.1 200 OK\r\nA: ".as_slice(), &[b'x'; 70_000]].concat();
        assert!(read(&[&endless]).len() < 600);
    }

    #[test]
    fn a_length_of_two_to_the_63_is_no_trouble() {
        let frame = [b"HTTP/1.1 101 Go\r\n\r\n\x82\xff".as_slice(), &(1u64 << 63).to_be_bytes(), b"abcdx"].concat();
        assert_eq!(
            read(&[&frame]),
            r#"HTTP/1.1 101 Go {}, partial "\x82\xff\x80\x00\x00\x00\x00\x00\x00\x00abcd\x19" | cut"#
        );
    }

    #[test]
    fn the_end_of_a_response_is_known() {
        for (bytes, complete) in [
            (b"HTTP/1.1 400 B\r\nContent-Length: 2\r\n\r\nno".as_slice(), true),
            (b"HTTP/1.1 400 B\r\nContent-Length: 3\r\n\r\nno", false),
            (b"HTTP/1.1 400 B\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n", true),
            (b"HTTP/1.1 400 B\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n", false),
            (b"HTTP/1.1 400 B\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\nA: b\r\n\r\n", true),
            (b"HTTP/1.1 400 B\r\n\r\nno", false),
        ] {
            let mut inbox = Inbox::default();
            bytes.iter().for_each(|byte| inbox.feed(&[*byte]));
            assert_eq!(inbox.response_complete(), complete, "{}", bytes.escape_ascii());
        }
    }

    /// Two requests in one (drafts look like that to some) get two answers, in one segment or not.
    #[test]
    fn a_second_answer_is_left_out() {
        let second = b"HTTP/1.1 400 B\r\n\r\n";
        for first in [
            "Content-Length: 2\r\n\r\nno",
            "Content-Length: 0\r\n\r\n",
            "Transfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n",
        ] {
            let first = format!("HTTP/1.1 403 A\r\n{first}");
            let both = [first.as_bytes(), second].concat();
            assert_eq!(read(&[&both]), read(&[first.as_bytes()]));
            assert_eq!(read(&[first.as_bytes(), second]), read(&[first.as_bytes()]));
        }
    }

    proptest! {
        #[test]
        fn segments_do_not_matter(bytes in proptest::collection::vec(any::<u8>(), 0..400), cut in 1usize..40) {
            let all = [b"HTTP/1.1 101 Go\r\n\r\n".as_slice(), &bytes].concat();
            let pieces: Vec<&[u8]> = all.chunks(cut).collect();
            prop_assert_eq!(read(&pieces), read(&[&all]));
        }

        #[test]
        fn any_bytes_are_read_within_the_limits(pieces in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..2000), 0..20)) {
            let mut inbox = Inbox::default();
            for piece in &pieces {
                inbox.feed(piece);
                prop_assert!(inbox.pending.len() <= Inbox::MAX_HEAD && inbox.events.len() <= Inbox::MAX_EVENTS + 1);
            }
        }
    }
}
