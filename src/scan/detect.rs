//! One look at a target: whether it opens a WebSocket, and no more.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::{Instant, timeout};

use crate::connection::{BoxStream, Connected, Dial, DialError};
use crate::probe::{BASELINE, RequestContext, Variation, request};
use crate::wire::ResponseHead;
use crate::wire::handshake::{HeadResult, accept_for};

/// The most bytes that are read.
const MOST: usize = 64 * 1024;

/// By its first bytes an answer is seen to be HTTP.
const STATUS_LINE: usize = 16;

/// What is kept of an answer that is no HTTP, in bytes.
const KEPT: usize = 64;

/// What one legal handshake came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detection {
    /// What was heard.
    pub heard: Heard,
    /// From the first byte of the dial to the last of the answer.
    pub elapsed: Duration,
}

/// What was heard in answer to a legal handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// A 101 that is a WebSocket (RFC 6455 section 4.1).
    WebSocket(ResponseHead),
    /// A 101 that is none, since this field is missing or wrong.
    NoUpgrade(ResponseHead, &'static str),
    /// Another answer.
    Refusal(ResponseHead),
    /// Bytes that are no HTTP; how they begin.
    NoHttp(Vec<u8>),
    /// Nothing before the connection ended.
    Ended,
    /// Nothing in time.
    Silence,
}

impl Heard {
    /// The head of the answer, where it is HTTP.
    #[must_use]
    pub const fn head(&self) -> Option<&ResponseHead> {
        match self {
            Self::WebSocket(head) | Self::NoUpgrade(head, _) | Self::Refusal(head) => Some(head),
            Self::NoHttp(_) | Self::Ended | Self::Silence => None,
        }
    }
}

/// Opens one connection, sends the legal handshake, hears whether it is taken, and closes the connection.
///
/// # Errors
/// When there is no connection.
pub async fn detect<D: Dial>(dial: &D, context: &RequestContext, patience: Duration) -> Result<Detection, DialError> {
    let start = Instant::now();
    let Connected { stream, .. } = dial.dial().await?;
    let (request, key) = request(BASELINE, context, &Variation::default());
    let heard = timeout(patience, ask(stream, &request.encode(), &key)).await.unwrap_or(Heard::Silence);
    Ok(Detection { heard, elapsed: start.elapsed() })
}

async fn ask(mut stream: BoxStream, request: &[u8], key: &str) -> Heard {
    // Whoever hangs up without reading may have answered all the same.
    let _ = stream.write_all(request).await;
    let _ = stream.flush().await;
    let mut bytes = Vec::with_capacity(1024);
    let mut begin = 0;
    loop {
        let before = bytes.len();
        // Whatever ended it, it ended.
        let is_over = before >= MOST || stream.read_buf(&mut bytes).await.unwrap_or(0) == 0;
        // A head ends with a line, and what is none begins otherwise: whoever sends byte by byte must not have all of it read each time.
        if !is_over && before > STATUS_LINE && !bytes[before..].contains(&b'\n') {
            continue;
        }
        loop {
            match ResponseHead::decode(&bytes[begin..]) {
                // An interim response comes before the answer (RFC 9110 section 15.2).
                HeadResult::Complete(head, size) if (100..200).contains(&head.status) && head.status != 101 => {
                    begin += size;
                }
                HeadResult::Complete(head, _) => return judged(head, key),
                HeadResult::NotHttp => return no_http(&bytes[begin..]),
                HeadResult::Partial if is_over && begin == bytes.len() => return Heard::Ended,
                HeadResult::Partial if is_over => return no_http(&bytes[begin..]),
                HeadResult::Partial => break,
            }
        }
    }
}

fn no_http(bytes: &[u8]) -> Heard {
    Heard::NoHttp(bytes[..bytes.len().min(KEPT)].to_vec())
}

fn judged(head: ResponseHead, key: &str) -> Heard {
    if head.status != 101 {
        return Heard::Refusal(head);
    }
    let fault = head.upgrade_faults(accept_for(key).as_bytes()).next();
    match fault {
        Some(name) => Heard::NoUpgrade(head, name),
        None => Heard::WebSocket(head),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncWrite, duplex};

    const OPEN: &str =
        "HTTP/1.1 101 Go\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ACCEPT\r\n\r\n";

    /// What is heard of a server that says this, in pieces of so many bytes, and then hangs up or stays.
    async fn heard(answer: &str, piece: usize, hangs_up: bool) -> Heard {
        let (ours, mut theirs) = duplex(64 * 1024);
        let answer = answer.replace("ACCEPT", &accept_for("key"));
        let say = async {
            for bytes in answer.as_bytes().chunks(piece) {
                theirs.write_all(bytes).await.unwrap();
                tokio::task::yield_now().await;
            }
            if hangs_up { drop(theirs) } else { std::future::pending::<()>().await }
        };
        let ask = async { timeout(Duration::from_secs(5), ask(Box::new(ours), b"GET", "key")).await };
        tokio::pin!(ask);
        tokio::select! {
            biased;
            heard = &mut ask => heard,
            () = say => ask.await,
        }
        .unwrap_or(Heard::Silence)
    }

    #[tokio::test(start_paused = true)]
    async fn each_answer_is_told_however_it_is_cut() {
        for piece in [1, 7, 10_000] {
            assert!(matches!(heard(OPEN, piece, false).await, Heard::WebSocket(_)));
            let early = format!("HTTP/1.1 103 Early\r\nLink: x\r\n\r\n{OPEN}more");
            assert!(matches!(heard(&early, piece, true).await, Heard::WebSocket(_)));
            let wrong = heard(&OPEN.replace("ACCEPT", "no"), piece, false).await;
            assert!(matches!(wrong, Heard::NoUpgrade(_, "Sec-WebSocket-Accept")), "{wrong:?}");
            let refused = heard("HTTP/1.1 404 No\r\nServer: x\r\n\r\n", piece, false).await;
            assert_eq!(refused.head().map(|head| head.status), Some(404));
            let other = heard("SSH-2.0-x\r\n", piece, true).await;
            assert!(matches!(&other, Heard::NoHttp(bytes) if b"SSH-2.0-x\r\n".starts_with(bytes)), "{other:?}");
            assert_eq!(heard("HTTP/1.1 2", piece, true).await, Heard::NoHttp(b"HTTP/1.1 2".to_vec()));
        }
        assert_eq!(heard("", 1, true).await, Heard::Ended);
        assert_eq!(heard("", 1, false).await, Heard::Silence);
        assert_eq!(heard("HTTP/1.1 1", 1, false).await, Heard::Silence);
    }

    #[tokio::test(start_paused = true)]
    async fn no_head_is_read_for_ever() {
        let (ours, theirs) = duplex(1024);
        let flood = async {
            let mut theirs: Box<dyn AsyncWrite + Unpin> = Box::new(theirs);
            theirs.write_all(b"HTTP/1.1 200 OK\r\n").await.unwrap();
            while theirs
                .write_all(b"X: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n")
                .await
                .is_ok()
            {}
        };
        let (heard, ()) = tokio::join!(ask(Box::new(ours), b"GET", "key"), flood);
        assert!(matches!(heard, Heard::NoHttp(_)), "{heard:?}");
    }
}
