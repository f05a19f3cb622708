//! What a probe sends, in one documented encoding: two probes with the same canonical bytes put the same bytes on the wire and wait in the
//! same places, whatever this crate calls them. The hash of these bytes says with which probe an observation was made, so nothing of
//! Rust's spelling (names of variants and fields, the form of `Debug`) may show in them.
//!
//! The encoding is a sequence of records. A record is a word of ASCII letters, a space, the number of bytes that follow it (decimal), a
//! line feed, and those bytes:
//!
//! | record | bytes |
//! |---|---|
//! | `probe` | the probe's number, decimal |
//! | `request` | the opening handshake as it is written to the server that [`context`] describes, with the key [`KEY`] |
//! | `pipelined` | the frames that leave in one write with the request |
//! | `send` | one frame |
//! | `together` | frames that leave in one write |
//! | `drip` | one frame, sent byte by byte |
//! | `fence` | none: a ping with a random payload, and the wait for its pong |
//! | `half-close` | none: the end of our side of the connection |
//! | `wait` | for how many milliseconds nothing is done, decimal |
//!
//! Frames are records themselves: `head` (the bytes of RFC 6455 section 5.2 up to the payload, masked with [`Variation::MASK`]), then `payload` (the bytes before masking) or, for payloads that are made as they are sent, `fill` (the byte, a space,
//! how many of it, decimal).

use std::sync::LazyLock;

use sha1::{Digest as _, Sha1};

use super::request::{RequestContext, plain_request};
use super::{ALL, Frame, Payload, Probe, Step, Variation};

/// The nonce of canonical requests: the sample of RFC 6455 section 1.3.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

/// The server to which canonical requests are addressed.
fn context() -> RequestContext {
    RequestContext::new(false, "server.example:8080", "/chat?room=7")
}

/// The canonical bytes of a probe.
#[must_use]
pub(super) fn encode(probe: &Probe) -> Vec<u8> {
    let mut bytes = Vec::new();
    record(&mut bytes, "probe", probe.id.to_string().as_bytes());
    record(&mut bytes, "request", &plain_request(probe, &context(), KEY).encode());
    let pipelined: Vec<u8> = probe.pipelined().flat_map(encode_frame).collect();
    record(&mut bytes, "pipelined", &pipelined);
    for step in probe.script {
        let frames: Vec<u8> = step.frames().iter().flat_map(encode_frame).collect();
        match step {
            Step::Send(_) => record(&mut bytes, "send", &frames),
            Step::Together(_) => record(&mut bytes, "together", &frames),
            Step::Drip(_) => record(&mut bytes, "drip", &frames),
            Step::Fence => record(&mut bytes, "fence", &[]),
            Step::HalfClose => record(&mut bytes, "half-close", &[]),
            Step::Wait(time) => record(&mut bytes, "wait", time.as_millis().to_string().as_bytes()),
        }
    }
    bytes
}

fn encode_frame(frame: &Frame) -> Vec<u8> {
    let mut bytes = Vec::new();
    record(&mut bytes, "head", &frame.head(Variation::MASK).encode());
    match &frame.payload {
        Payload::Free(payload) | Payload::Exact(payload) => record(&mut bytes, "payload", payload),
        Payload::Fill { byte, length } => record(&mut bytes, "fill", format!("{byte} {length}").as_bytes()),
    }
    bytes
}

fn record(bytes: &mut Vec<u8>, word: &str, content: &[u8]) {
    bytes.extend_from_slice(format!("{word} {}\n", content.len()).as_bytes());
    bytes.extend_from_slice(content);
}

impl Probe {
    /// Whether another probe sends byte for byte the same and waits in the same places.
    #[must_use]
    pub fn sends_the_same(&self, other: &Self) -> bool {
        encode(&Self { id: other.id, ..*self }) == encode(other)
    }

    /// The SHA-1 of everything that the probe sends, 40 hexadecimal digits: observations made with a probe of another hash are not
    /// comparable. It is taken over bytes in an encoding that is documented in this crate's `probe/canonical.rs`, so that no renaming and
    /// no compiler changes it.
    #[must_use]
    pub fn content_hash(&self) -> String {
        hex(&Sha1::digest(encode(self)))
    }
}

/// The SHA-1 over the content hashes of [`ALL`] probes in order, 40 hexadecimal digits: the name of today's set of probes.
#[must_use]
pub fn set_hash() -> String {
    // Each recording names it, and it takes the bytes of all probes to know it.
    static HASH: LazyLock<String> = LazyLock::new(|| {
        let hashes = ALL.iter().map(|probe| probe.content_hash());
        hex(&hashes.fold(Sha1::new(), |hash, text| hash.chain_update(text)).finalize())
    });
    HASH.clone()
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::{Edit, Opening, ProbeId, find};
    use crate::wire::Opcode;

    /// What is hashed is told by bytes alone, written out here: a variant, a field or a type may be renamed, and a changed `Debug` form
    /// cannot show.
    #[test]
    fn the_encoding_is_the_documented_one() {
        const PROBE: Probe = Probe {
            id: ProbeId::new(999),
            opening: Opening::Upgrade(&[
                Edit::Set("Upgrade", "x"),
                Edit::Pipeline(&[Frame::new(Opcode::PONG, Payload::Exact(b"p"))]),
            ]),
            script: &[
                Step::Send(Frame::new(Opcode::TEXT, Payload::QUOTE)),
                Step::Together(&[
                    Frame::new(Opcode::PING, Payload::Exact(b"")).unmasked(),
                    Frame::new(Opcode::BINARY, Payload::Fill { byte: 7, length: 300 }),
                ]),
                Step::Drip(Frame::new(Opcode::CLOSE, Payload::Exact(b"\x03\xe8"))),
                Step::Fence,
                Step::HalfClose,
                Step::Wait(std::time::Duration::from_millis(1500)),
            ],
            ..crate::probe::TEMPLATE
        };
        let request = b"GET /chat?room=7 HTTP/1.1\r\nHost: server.example:8080\r\nUpgrade: x\r\nConnection: Upgrade\r\n\
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nOrigin: http://server.example:8080\r\n\r\n";
        let mut expected = b"probe 3\n999".to_vec();
        expected.extend(format!("request {}\n", request.len()).as_bytes());
        expected.extend(request);
        expected.extend(b"pipelined 24\nhead 6\n\x8a\x81\x37\xfa\x21\x3dpayload 1\np");
        expected.extend(b"send 24\nhead 6\n\x81\x81\x37\xfa\x21\x3dpayload 1\n'");
        expected.extend(b"together 46\nhead 2\n\x89\x00payload 0\n");
        expected.extend(b"head 8\n\x82\xfe\x01\x2c\x37\xfa\x21\x3dfill 5\n7 300");
        expected.extend(b"drip 25\nhead 6\n\x88\x82\x37\xfa\x21\x3dpayload 2\n\x03\xe8");
        expected.extend(b"fence 0\nhalf-close 0\nwait 4\n1500");
        let text = |bytes: &[u8]| crate::wire::escape::escape(bytes);
        assert_eq!(text(&encode(&PROBE)), text(&expected));
    }

    /// The original sent one pattern seven times, and one offer six times.
    #[test]
    fn no_two_probes_send_the_same() {
        for (place, one) in ALL.iter().enumerate() {
            let same = ALL[..place].iter().find(|other| one.sends_the_same(other));
            assert!(same.is_none(), "{} sends what {} sends", one.id, same.expect("it is some").id);
        }
    }

    #[test]
    fn a_byte_more_is_another_probe() {
        let probe = find(ProbeId::new(100)).expect("known");
        let other = Probe { script: &[Step::Fence, Step::Fence], ..*probe };
        assert_ne!(probe.content_hash(), other.content_hash());
        assert_eq!(probe.content_hash(), Probe { summary: "in other words", ..*probe }.content_hash());
    }
}
