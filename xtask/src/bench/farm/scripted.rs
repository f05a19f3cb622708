//! An echo server that keeps to a script, as no library does: frames are answered one by one, fragments too.

use std::io;

use stews::wire::frame::apply_mask;
use stews::wire::handshake::accept_for;
use stews::wire::{FrameHead, Length, Opcode, Rsv};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use super::request::{field, read_head};

/// The longest payload that is waited for.
const LONGEST: u64 = 1 << 20;

/// What is answered to a request that brings no key.
const NO_KEY: &[u8] = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// What is done about a frame that breaks a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Violation {
    /// Nothing: it is answered as if it did not.
    Ignored,
    /// The connection is closed.
    HungUp,
}

/// A frame of a client.
struct Frame {
    head: FrameHead,
    payload: Vec<u8>,
}

/// What comes of a frame.
#[derive(Debug, PartialEq, Eq)]
enum Act {
    Answer(Vec<u8>),
    Pass,
    /// The last bytes, then the end.
    End(Vec<u8>),
}

/// Opens a WebSocket for whoever brings a key, and answers its frames.
pub async fn echo<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, violation: Violation) -> io::Result<()> {
    let mut pending = Vec::new();
    let Some(head) = read_head(&mut stream, &mut pending).await? else { return Ok(()) };
    let Some(key) = field(&head, "Sec-WebSocket-Key") else { return stream.write_all(NO_KEY).await };
    let opening = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {}\r\n\r\n",
        accept_for(&key)
    );
    stream.write_all(opening.as_bytes()).await?;
    loop {
        while let Some(frame) = take_frame(&mut pending) {
            match act(frame, violation) {
                Act::Answer(bytes) => stream.write_all(&bytes).await?,
                Act::Pass => {}
                Act::End(bytes) => return stream.write_all(&bytes).await,
            }
        }
        if is_too_long(&pending) || stream.read_buf(&mut pending).await? == 0 {
            return Ok(());
        }
    }
}

/// Takes the first frame out of what is pending, once all of it is there.
fn take_frame(pending: &mut Vec<u8>) -> Option<Frame> {
    let (head, size) = FrameHead::decode(pending)?;
    let end = size + usize::try_from(head.length.bytes()).ok().filter(|length| *length as u64 <= LONGEST)?;
    let mut payload = pending.get(size..end)?.to_vec();
    pending.drain(..end);
    if let Some(key) = head.mask {
        apply_mask(key, &mut payload, 0);
    }
    Some(Frame { head, payload })
}

fn is_too_long(pending: &[u8]) -> bool {
    FrameHead::decode(pending).is_some_and(|(head, _)| head.length.bytes() > LONGEST)
}

fn act(Frame { head, payload }: Frame, violation: Violation) -> Act {
    if violation == Violation::HungUp && breaks_a_rule(&head) {
        return Act::End(Vec::new());
    }
    let answer = |opcode| {
        let length = Length::minimal(payload.len() as u64);
        let head = FrameHead { fin: head.fin, rsv: Rsv::NONE, opcode, mask: None, length };
        [head.encode(), payload.clone()].concat()
    };
    match head.opcode {
        Opcode::CLOSE => Act::End(answer(Opcode::CLOSE)),
        Opcode::PING => Act::Answer(answer(Opcode::PONG)),
        Opcode::PONG => Act::Pass,
        opcode => Act::Answer(answer(opcode)),
    }
}

/// Whether a frame is none of RFC 6455 sections 5.1, 5.2 and 5.5, as far as its head tells.
fn breaks_a_rule(head: &FrameHead) -> bool {
    let is_known = matches!(
        head.opcode,
        Opcode::CONTINUATION | Opcode::TEXT | Opcode::BINARY | Opcode::CLOSE | Opcode::PING | Opcode::PONG
    );
    let is_bad_control = head.opcode.is_control() && (!head.fin || head.length.bytes() > 125);
    head.rsv != Rsv::NONE || head.mask.is_none() || !head.length.is_minimal() || !is_known || is_bad_control
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 4] = *b"mask";

    /// A frame as a client sends it.
    fn frame(opcode: Opcode, rsv: u8, payload: &[u8]) -> Vec<u8> {
        let length = Length::minimal(payload.len() as u64);
        let head = FrameHead { fin: true, rsv: Rsv::new(rsv), opcode, mask: Some(KEY), length };
        let mut masked = payload.to_vec();
        apply_mask(KEY, &mut masked, 0);
        [head.encode(), masked].concat()
    }

    fn acts(bytes: &[u8], violation: Violation) -> Vec<Act> {
        let mut pending = bytes.to_vec();
        let acts = std::iter::from_fn(|| take_frame(&mut pending)).map(|frame| act(frame, violation)).collect();
        assert!(pending.is_empty());
        acts
    }

    #[test]
    fn frames_are_answered_one_by_one() {
        let bytes =
            [frame(Opcode::TEXT, 0, b"hi"), frame(Opcode::PING, 0, b"x"), frame(Opcode::PONG, 0, b"x")].concat();
        let echoed = vec![Act::Answer(b"\x81\x02hi".to_vec()), Act::Answer(b"\x8a\x01x".to_vec()), Act::Pass];
        assert_eq!(acts(&bytes, Violation::HungUp), echoed);
        assert_eq!(
            acts(&frame(Opcode::CLOSE, 0, b"\x03\xe8"), Violation::HungUp),
            [Act::End(b"\x88\x02\x03\xe8".to_vec())]
        );
    }

    #[test]
    fn only_one_of_them_minds_a_violation() {
        for bytes in [frame(Opcode::TEXT, 4, b"hi"), frame(Opcode::new(3), 0, b"hi"), b"\x81\x02hi".to_vec()] {
            assert_eq!(acts(&bytes, Violation::HungUp), [Act::End(Vec::new())], "{bytes:?}");
            let [Act::Answer(answer)] = &acts(&bytes, Violation::Ignored)[..] else { panic!("no answer to {bytes:?}") };
            assert_eq!(answer[1..], *b"\x02hi");
        }
    }

    #[test]
    fn what_is_not_whole_waits_and_what_is_too_long_is_not_waited_for() {
        let whole = frame(Opcode::TEXT, 0, b"hello");
        let mut part = whole[..whole.len() - 1].to_vec();
        assert!(take_frame(&mut part).is_none() && part.len() == whole.len() - 1 && !is_too_long(&part));
        let mut long = b"\x81\xff\0\0\0\0\xff\0\0\0mask".to_vec();
        assert!(take_frame(&mut long).is_none() && is_too_long(&long));
    }
}
