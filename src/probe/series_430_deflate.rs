//! 430: permessage-deflate negotiated, then compressed messages that are and are not what they should be.

use super::{Edit, Frame, Opening, Payload, Probe, ProbeId, Risk, Step, TEMPLATE};
use crate::wire::Opcode;

/// Where the extension is not taken, these frames are not sent: RSV1 would be as wrong as in the 200s.
const DEFLATE: Probe = Probe {
    why: "Whether compressed data is inflated at all, what is answered to data that cannot be (1007, 1002, 1011, words, no \
          close frame), and where RSV1 is looked at. Sent only where the extension was taken.",
    reference: "RFC 7692 sections 6 and 7.2",
    group: "permessage-deflate",
    opening: Opening::Upgrade(&[Edit::Set("Sec-WebSocket-Extensions", "permessage-deflate")]),
    ..TEMPLATE
};

/// A single quote in one fixed block of DEFLATE (RFC 1951), without the four bytes that RFC 7692 takes off its end.
const COMPRESSED: &[u8] = b"\x52\x07\x00";

/// A mebibyte of `a` in about a kibibyte.
const BOMB: &[u8] = &bomb();

/// What zlib makes of 2^20 times `a`, the final `00 00 ff ff` taken off: a dynamic block whose zero bits each repeat
/// the longest match.
const fn bomb() -> [u8; 1034] {
    const START: &[u8] = b"\xec\xc1\x31\x01\0\0\0\xc2\xa0\xac\xeb\x5f\xc2\x10\xbe\x40\x01";
    let mut bytes = [0; 1034];
    let mut index = 0;
    while index < START.len() {
        bytes[index] = START[index];
        index += 1;
    }
    bytes[1032] = 0x7c;
    bytes[1033] = 0x06;
    bytes
}

const fn compressed(payload: &'static [u8]) -> Frame {
    Frame::new(Opcode::TEXT, Payload::Exact(payload)).rsv(4)
}

pub(super) const PROBES: &[Probe] = &[
    Probe {
        id: ProbeId::new(430),
        summary: "permessage-deflate, then a compressed text message",
        risk: Risk::Polite,
        script: &[Step::Send(compressed(COMPRESSED)), Step::Fence],
        ..DEFLATE
    },
    Probe {
        id: ProbeId::new(431),
        summary: "permessage-deflate, then a message that is no DEFLATE data",
        script: &[Step::Send(compressed(b"\xff\xff\xff\xff\xff")), Step::Fence],
        ..DEFLATE
    },
    Probe {
        id: ProbeId::new(432),
        summary: "permessage-deflate, then a message that ends inside a block",
        script: &[Step::Send(compressed(b"\x52")), Step::Fence],
        ..DEFLATE
    },
    Probe {
        id: ProbeId::new(433),
        summary: "permessage-deflate, then a message with the tail left on that belongs off",
        script: &[Step::Send(compressed(b"\x52\x07\x00\x00\x00\xff\xff")), Step::Fence],
        ..DEFLATE
    },
    Probe {
        id: ProbeId::new(434),
        summary: "permessage-deflate, then a message whose second fragment has RSV1 too",
        script: &[
            Step::Together(&[
                compressed(COMPRESSED).more(),
                Frame::new(Opcode::CONTINUATION, Payload::Exact(b"\x00")).rsv(4),
            ]),
            Step::Fence,
        ],
        ..DEFLATE
    },
    Probe {
        id: ProbeId::new(435),
        summary: "permessage-deflate, then a ping with RSV1",
        script: &[Step::Send(Frame::new(Opcode::PING, Payload::Exact(COMPRESSED)).rsv(4)), Step::Fence],
        ..DEFLATE
    },
    Probe {
        id: ProbeId::new(436),
        summary: "permessage-deflate, then a compressed empty message",
        script: &[Step::Send(compressed(b"\x00")), Step::Fence],
        risk: Risk::Heavy,
        kills: super::series_800_messages::EMPTY_MESSAGE_KILLS,
        ..DEFLATE
    },
    Probe {
        id: ProbeId::new(437),
        summary: "permessage-deflate, then a kibibyte that inflates to a mebibyte",
        script: &[Step::Send(compressed(BOMB)), Step::Fence],
        risk: Risk::Heavy,
        ..DEFLATE
    },
];
