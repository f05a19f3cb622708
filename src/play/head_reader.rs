//! Received bytes as the response to an opening handshake (RFC 9112), up to the first frame; no I/O, and never more memory than its
//! limits.

use crate::observation::Reply;
use crate::wire::HeadFault;
use crate::wire::handshake::{HeadResult, ResponseHead};

/// Reads the head of a response, and the content of one that is not a 101, as they come in.
#[derive(Debug, Default)]
pub struct HeadReader {
    stage: Stage,
    /// Bytes that are not yet read as anything; at most [`HeadReader::MAX_HEAD`].
    pub(super) pending: Vec<u8>,
    /// How many of them there were when they were last read in vain.
    tried: usize,
    reply: Option<Reply>,
    fault: Option<HeadFault>,
    /// How many interim responses came.
    interim: usize,
}

#[derive(Debug, Default)]
enum Stage {
    /// Before the end of the response head.
    #[default]
    Head,
    /// In the content of a response that is not a 101.
    Body(Body),
    /// Behind the head of a 101: what follows are frames.
    Upgraded,
    /// After bytes that are not HTTP, or after more of them than a head may have.
    Opaque,
}

/// How the end of a response's content is known (RFC 9112 section 6.3).
#[derive(Debug)]
enum Body {
    /// So many bytes are still to come.
    Left(u64),
    /// Chunked; the raw chunks so far are in `pending`.
    Chunked(Chunks),
    /// Until the connection ends.
    UntilEnd,
    /// It has ended.
    Complete,
}

impl HeadReader {
    /// The longest response head, or chunked content, that is read: 64 KiB.
    pub const MAX_HEAD: usize = 64 * 1024;

    /// Takes in what was received, in order; gives back what follows the head of a 101.
    pub fn feed<'a>(&mut self, mut bytes: &'a [u8]) -> &'a [u8] {
        // One head may follow another, since interim responses announce the real one.
        while matches!(self.stage, Stage::Head) {
            let Some(rest) = self.feed_head(bytes) else { return &[] };
            bytes = rest;
        }
        match self.stage {
            Stage::Upgraded => return bytes,
            Stage::Opaque => self.sample_reply(bytes),
            Stage::Head | Stage::Body(_) => self.feed_body(bytes),
        }
        &[]
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

    /// Whether the response has a field of this name.
    #[must_use]
    pub fn has_field(&self, name: &str) -> bool {
        matches!(&self.reply, Some(Reply::Response { head, .. }) if head.header(name).is_some())
    }

    /// What is wrong with the head, if that was meant to be HTTP.
    #[must_use]
    pub fn fault(&self) -> Option<HeadFault> {
        let unanswered = self.reply.is_none() && self.interim > 0;
        self.fault.clone().or_else(|| unanswered.then_some(HeadFault::OnlyInterim(self.interim)))
    }

    /// Everything read: a head that never ended is kept as far as it came.
    #[must_use]
    pub fn finish(self) -> Reply {
        let unfinished = &self.pending[..self.pending.len().min(Reply::BODY_SAMPLE)];
        match self.reply {
            Some(reply) => reply,
            None if unfinished.is_empty() => Reply::Nothing,
            None => Reply::Bytes(unfinished.to_vec()),
        }
    }

    /// Takes in bytes of a head; gives back what follows it, once it has ended.
    fn feed_head<'a>(&mut self, bytes: &'a [u8]) -> Option<&'a [u8]> {
        let before = self.pending.len();
        self.pending.extend_from_slice(bytes);
        if !self.is_worth_reading(before) {
            return None;
        }
        self.tried = self.pending.len();
        match ResponseHead::decode(&self.pending) {
            HeadResult::Complete(head, size) => {
                self.fault = HeadFault::of(&self.pending[..size]);
                self.forget_pending();
                self.take_head(head);
                // It was not complete before, so it ends among the new bytes.
                return Some(&bytes[size.saturating_sub(before)..]);
            }
            HeadResult::Partial if self.pending.len() <= Self::MAX_HEAD => {}
            HeadResult::Partial | HeadResult::NotHttp => {
                let bytes = self.forget_pending();
                let endless = bytes.starts_with(b"HTTP/").then_some(HeadFault::TooLong(Self::MAX_HEAD));
                self.fault = HeadFault::of(&bytes).or(endless.filter(|_| bytes.len() > Self::MAX_HEAD));
                self.stage = Stage::Opaque;
                self.reply = Some(Reply::Bytes(Vec::new()));
                self.sample_reply(&bytes);
            }
        }
        None
    }

    /// Whether reading what is pending, of which so much was there `before`, may come to something else than the last time. Each
    /// reading begins at the front, so with a byte at a time there must not be one for each.
    fn is_worth_reading(&self, before: usize) -> bool {
        let now = self.pending.len();
        let has_line_end = self.pending[before..].contains(&b'\n');
        now > Self::MAX_HEAD
            || now >= 2 * self.tried
            || has_line_end && (now >= self.tried + self.tried / 16 || has_empty_line(&self.pending, before))
    }

    /// The pending bytes, which were read as something.
    fn forget_pending(&mut self) -> Vec<u8> {
        self.tried = 0;
        std::mem::take(&mut self.pending)
    }

    fn take_head(&mut self, head: ResponseHead) {
        match head.status {
            101 => self.stage = Stage::Upgraded,
            // Interim responses announce the real one (RFC 9110 section 15.2).
            100..=199 => {
                self.interim += 1;
                return;
            }
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
            Body::Chunked(chunks) => {
                let before = self.pending.len();
                self.pending.extend_from_slice(bytes);
                let end = chunks.end(&self.pending);
                if end.is_some() {
                    *body = Body::Complete;
                } else if self.pending.len() > Self::MAX_HEAD {
                    *body = Body::UntilEnd;
                }
                if !matches!(body, Body::Chunked(_)) {
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
}

impl Body {
    fn of(head: &ResponseHead) -> Self {
        if matches!(head.status, 204 | 304) {
            return Self::Complete;
        }
        if head.has_token("Transfer-Encoding", "chunked") {
            return Self::Chunked(Chunks::default());
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

/// Chunked content as far as it was looked at (RFC 9112 section 7.1), so that nothing is looked at twice.
#[derive(Debug, Default)]
struct Chunks {
    /// Where the next chunk begins or, behind the last one, the trailer section.
    next: usize,
    is_last: bool,
    /// Up to here no line ends behind `next` or, behind the last chunk, no trailer section.
    looked: usize,
}

impl Chunks {
    /// Where the chunks end, trailers and all, if the last one is there. `bytes` are all that came, those before included.
    fn end(&mut self, bytes: &[u8]) -> Option<usize> {
        while !self.is_last {
            // The first half of a line end may have been the last byte of before.
            let new = bytes.get(self.looked.saturating_sub(1).max(self.next)..)?;
            if !new.windows(2).any(|two| two == b"\r\n") {
                self.looked = bytes.len();
                return None;
            }
            let Ok(httparse::Status::Complete((start, size))) = httparse::parse_chunk_size(&bytes[self.next..]) else {
                // A line that is none of a chunk is no end, whatever follows it.
                self.looked = usize::MAX;
                return None;
            };
            self.next += start;
            self.is_last = size == 0;
            if !self.is_last {
                self.next = self.next.saturating_add(usize::try_from(size).unwrap_or(usize::MAX)).saturating_add(2);
            }
        }
        self.trailer_end(bytes)
    }

    /// Where the trailer section ends: at its empty line.
    fn trailer_end(&mut self, bytes: &[u8]) -> Option<usize> {
        if bytes[self.next..].starts_with(b"\r\n") {
            return Some(self.next + 2);
        }
        // What is looked for may have begun with the last three bytes of before.
        let from = self.looked.saturating_sub(3).max(self.next);
        self.looked = bytes.len();
        bytes[from..].windows(4).position(|four| four == b"\r\n\r\n").map(|at| from + at + 4)
    }
}

/// Whether an empty line that follows another line ends behind `before`.
fn has_empty_line(bytes: &[u8], before: usize) -> bool {
    let ends = (before..bytes.len()).filter(|place| bytes[*place] == b'\n');
    let line = |place: usize| {
        let line = bytes[..place].strip_suffix(b"\r").unwrap_or(&bytes[..place]).strip_suffix(b"\n")?;
        Some(line.strip_suffix(b"\r").unwrap_or(line).last().is_some_and(|byte| *byte != b'\n'))
    };
    ends.filter_map(line).any(|follows| follows)
}
