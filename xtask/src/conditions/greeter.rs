//! An application that greets, where the server's does not: frames put into what it sends, right after it opened a WebSocket.

use std::time::Duration;

use crate::support::strategies::Greeting;

/// A response head is no longer than this.
const LONGEST_HEAD: usize = 64 * 1024;

/// The field of RFC 6455 section 4.2.2; what opens without it speaks an older draft, in other frames.
const ACCEPT: &[u8] = b"sec-websocket-accept:";

/// Puts a greeting into what a server sends.
pub struct Greeter {
    greeting: Greeting,
    /// What was sent so far; `None` once that is decided.
    head: Option<Vec<u8>>,
}

/// Bytes, and how much later they come than those before.
pub type Piece = (Duration, Vec<u8>);

impl Greeter {
    /// Greets once.
    pub const fn new(greeting: Greeting) -> Self {
        Self { greeting, head: Some(Vec::new()) }
    }

    /// What comes instead of these bytes of the server.
    pub fn pass(&mut self, bytes: Vec<u8>) -> Vec<Piece> {
        let Some(mut head) = self.head.take() else { return vec![(Duration::ZERO, bytes)] };
        let before = head.len();
        head.extend_from_slice(&bytes);
        let Some(end) = head.windows(4).position(|four| four == b"\r\n\r\n").map(|start| start + 4) else {
            self.head = Some(head).filter(|head| head.len() < LONGEST_HEAD);
            return vec![(Duration::ZERO, bytes)];
        };
        if !opens(&head[..end]) {
            return vec![(Duration::ZERO, bytes)];
        }
        let (last_of_head, rest) = bytes.split_at(end - before);
        let mut pieces = vec![(Duration::ZERO, last_of_head.to_vec()), (self.greeting.after, self.greeting.bytes())];
        // No bytes would be the end of the stream.
        if !rest.is_empty() {
            pieces.push((Duration::ZERO, rest.to_vec()));
        }
        pieces
    }
}

/// Whether a response opens a WebSocket of RFC 6455.
fn opens(head: &[u8]) -> bool {
    let lower = head.to_ascii_lowercase();
    lower.starts_with(b"http/1.1 101") && lower.windows(ACCEPT.len()).any(|part| part == ACCEPT)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: x\r\n\r\n";
    const PONG: &[u8] = b"\x8a\x00";

    fn greeter() -> Greeter {
        let after = Duration::from_millis(7);
        Greeter::new(Greeting { after, messages: 1, size: 2, fragments: 1, binary: false, byte: b'a' })
    }

    fn sent(greeter: &mut Greeter, pieces: &[&[u8]]) -> Vec<Piece> {
        pieces.iter().flat_map(|piece| greeter.pass(piece.to_vec())).collect()
    }

    #[test]
    fn it_greets_right_after_the_head_however_that_comes() {
        let whole = [OPEN, PONG].concat();
        for cut in 1..whole.len() {
            let pieces = sent(&mut greeter(), &[&whole[..cut], &whole[cut..]]);
            let bytes: Vec<u8> = pieces.iter().flat_map(|(_, bytes)| bytes).copied().collect();
            assert_eq!(bytes, [OPEN, b"\x81\x02aa", PONG].concat(), "{cut}");
            let waits: Vec<_> = pieces.iter().filter(|(later, _)| !later.is_zero()).collect();
            assert_eq!(waits, [&(Duration::from_millis(7), b"\x81\x02aa".to_vec())], "{cut}");
            assert!(pieces.iter().all(|(_, bytes)| !bytes.is_empty()), "{cut}");
        }
    }

    #[test]
    fn it_does_not_greet_where_no_websocket_opens() {
        for refusal in [&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], b"HTTP/1.1 101 Hixie\r\n\r\n12345678", b"no HTTP"] {
            let pieces = sent(&mut greeter(), &[refusal, OPEN]);
            let all: Vec<u8> = pieces.into_iter().flat_map(|(_, bytes)| bytes).collect();
            assert!(all.starts_with(refusal) && (refusal == b"no HTTP" || all == [refusal, OPEN].concat()), "{all:?}");
        }
    }
}
