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
    Chunked,
    /// Until the connection ends.
    UntilEnd,
    /// It has ended.
    Complete,
}

impl HeadReader {
    /// The longest response head, or chunked content, that is read: 64 KiB.
    pub const MAX_HEAD: usize = 64 * 1024;

    /// Takes in what was received, in order; gives back what follows the head of a 101.
    pub fn feed<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        match self.stage {
            Stage::Head => return self.feed_head(bytes),
            Stage::Body(_) => self.feed_body(bytes),
            Stage::Upgraded => return bytes,
            Stage::Opaque => self.sample_reply(bytes),
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

    fn feed_head<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let before = self.pending.len();
        self.pending.extend_from_slice(bytes);
        match ResponseHead::decode(&self.pending) {
            HeadResult::Complete(head, size) => {
                self.fault = HeadFault::of(&self.pending[..size]);
                self.pending.clear();
                self.take_head(head);
                // It was not complete before, so it ends among the new bytes.
                return self.feed(&bytes[size.saturating_sub(before)..]);
            }
            HeadResult::Partial if self.pending.len() <= Self::MAX_HEAD => {}
            HeadResult::Partial | HeadResult::NotHttp => {
                let bytes = std::mem::take(&mut self.pending);
                let endless = bytes.starts_with(b"HTTP/").then_some(HeadFault::TooLong(Self::MAX_HEAD));
                self.fault = HeadFault::of(&bytes).or(endless.filter(|_| bytes.len() > Self::MAX_HEAD));
                self.stage = Stage::Opaque;
                self.reply = Some(Reply::Bytes(Vec::new()));
                self.sample_reply(&bytes);
            }
        }
        &[]
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
