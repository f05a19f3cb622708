//! 100: one frame of each opcode, frames without a mask, several violations at once, and byte by byte.

use super::{Edit, Frame, Opening, Payload, Probe, ProbeId, Risk, Step, TEMPLATE};
use crate::wire::{LengthForm, Opcode};

/// As many single quotes as no control frame may carry.
const QUOTES_126: Payload = Payload::Free(&[b'\''; 126]);

/// Some servers behind a proxy only answer the second frame, so each goes out twice;
/// the fence between the two says which one was answered.
macro_rules! twice {
    ($opcode:expr) => {
        &[
            Step::Send(Frame::new($opcode, Payload::QUOTE)),
            Step::Fence,
            Step::Send(Frame::new($opcode, Payload::QUOTE)),
            Step::Fence,
        ]
    };
}

const OPCODE: Probe = Probe { group: "opcodes", ..TEMPLATE };

const RESERVED: Probe = Probe {
    why: "The connection must be failed: the close code, the words, and whether there is a close frame at all differ; \
          some never look, and hand the payload to the application.",
    reference: "RFC 6455 section 5.2",
    group: "reserved opcodes",
    kills: &["the development server of Vite 8.3.8"],
    ..TEMPLATE
};

/// `$opcode` is a reserved one, 3 to 7 or 11 to 15.
macro_rules! reserved {
    ($number:literal, $opcode:literal) => {
        Probe {
            id: ProbeId::new($number),
            summary: concat!("a frame with the reserved opcode ", $opcode),
            script: &[Step::Send(Frame::new(Opcode::new($opcode), Payload::QUOTE)), Step::Fence],
            ..RESERVED
        }
    };
}

const UNMASKED: Probe = Probe {
    why: "A server must fail the connection; the close code (1002, 1008 or none) and the words differ, and some never \
          look. Whether the mask is checked before the opcode shows, too.",
    reference: "RFC 6455 section 5.1",
    group: "unmasked frames",
    ..TEMPLATE
};

macro_rules! unmasked {
    ($number:literal, $frame:expr, $what:literal) => {
        Probe {
            id: ProbeId::new($number),
            summary: concat!($what, " without a mask"),
            script: &[Step::Send($frame.unmasked()), Step::Fence],
            ..UNMASKED
        }
    };
}

const COMBINED: Probe = Probe {
    why: "Which check fires first, and whether the words name one violation or list them all.",
    reference: "RFC 6455 sections 5.1, 5.2 and 5.5",
    group: "combined violations",
    ..TEMPLATE
};

const DRIP: Probe = Probe {
    why: "After how many bytes the server reacts: some judge the first byte alone, others wait for the length, the mask \
          or the whole frame. It tells servers apart that all answer 1002 without a word.",
    reference: "RFC 6455 section 5.2",
    group: "byte by byte",
    ..TEMPLATE
};

pub(super) const PROBES: &[Probe] = &[
    Probe {
        id: ProbeId::new(100),
        summary: "a text message of one character, twice",
        why: "Legal; shows what the application does with text (echo, answer, nothing), and how the answer is framed.",
        reference: "RFC 6455 section 5.6",
        risk: Risk::Polite,
        script: twice!(Opcode::TEXT),
        ..OPCODE
    },
    Probe {
        id: ProbeId::new(101),
        summary: "a binary message of one byte, twice",
        why: "Legal; servers that only speak text refuse it with 1003 or 1007, echo it as text, or drop it.",
        reference: "RFC 6455 section 5.6",
        risk: Risk::Polite,
        script: twice!(Opcode::BINARY),
        ..OPCODE
    },
    Probe {
        id: ProbeId::new(102),
        summary: "a ping with one byte, twice",
        why: "A pong with the same byte is required; some hand the ping to the application, which forgets it.",
        reference: "RFC 6455 section 5.5.2",
        risk: Risk::Polite,
        script: twice!(Opcode::PING),
        ..OPCODE
    },
    Probe {
        id: ProbeId::new(103),
        summary: "an unsolicited pong with one byte, twice",
        why: "Legal as a one-way heartbeat; small stacks answer or close.",
        reference: "RFC 6455 section 5.5.3",
        risk: Risk::Polite,
        script: twice!(Opcode::PONG),
        ..OPCODE
    },
    Probe {
        id: ProbeId::new(104),
        summary: "a continuation frame with nothing to continue, twice",
        why: "An error whose close code and words are the implementation's own; some take it as a message.",
        reference: "RFC 6455 section 5.4",
        script: twice!(Opcode::CONTINUATION),
        ..OPCODE
    },
    Probe {
        id: ProbeId::new(105),
        summary: "a close frame with a payload of one byte, twice",
        why: "Half a status code: refused with 1002 and words, answered as an empty close, or echoed.",
        reference: "RFC 6455 section 5.5.1",
        script: twice!(Opcode::CLOSE),
        ..OPCODE
    },
    reserved!(110, 3),
    reserved!(111, 4),
    reserved!(112, 5),
    reserved!(113, 6),
    reserved!(114, 7),
    reserved!(115, 11),
    reserved!(116, 12),
    reserved!(117, 13),
    reserved!(118, 14),
    reserved!(119, 15),
    unmasked!(120, Frame::new(Opcode::TEXT, Payload::QUOTE), "a text message"),
    unmasked!(121, Frame::new(Opcode::BINARY, Payload::QUOTE), "a binary message"),
    unmasked!(122, Frame::new(Opcode::PING, Payload::QUOTE), "a ping"),
    unmasked!(123, Frame::new(Opcode::PONG, Payload::QUOTE), "a pong"),
    unmasked!(124, Frame::new(Opcode::CONTINUATION, Payload::QUOTE), "a continuation with nothing to continue"),
    unmasked!(125, Frame::new(Opcode::CLOSE, Payload::Exact(b"\x03\xe8")), "a close with code 1000"),
    unmasked!(
        126,
        Frame::new(Opcode::CONTINUATION, Payload::QUOTE).more(),
        "a continuation that is not final, with nothing to continue,"
    ),
    Probe {
        id: ProbeId::new(130),
        summary: "reserved bits, reserved control opcode, not final, 126 bytes, no mask: all in one frame",
        script: &[Step::Send(Frame::new(Opcode::new(11), QUOTES_126).rsv(7).more().unmasked()), Step::Fence],
        ..COMBINED
    },
    Probe {
        id: ProbeId::new(131),
        summary: "reserved bits, reserved control opcode, not final, 126 bytes: all in one masked frame",
        script: &[Step::Send(Frame::new(Opcode::new(11), QUOTES_126).rsv(7).more()), Step::Fence],
        ..COMBINED
    },
    Probe {
        id: ProbeId::new(132),
        summary: "RSV1 on a continuation with nothing to continue, without a mask",
        script: &[Step::Send(Frame::new(Opcode::CONTINUATION, Payload::QUOTE).rsv(4).unmasked()), Step::Fence],
        ..COMBINED
    },
    Probe {
        id: ProbeId::new(133),
        summary: "an unknown transfer coding, then half a close code, a fragment and a close",
        why: "Found by `cargo xtask discover`: whether an unknown transfer coding of a request without content is refused, and, where \
              it is not, at which of the frames the server hangs up and with which words. It tells Java-WebSocket 1.5.3 from 1.6.0, \
              and Spring Boot (WebFlux) 3.5.16 from 4.1.2.",
        reference: "RFC 9112 section 6.1; RFC 6455 sections 5.4 and 5.5.1",
        // The draft had an Origin that is none as well; that is the user's to choose, whom a policy may let in.
        opening: Opening::Upgrade(&[Edit::Set("Transfer-Encoding", "x-webkit-deflate-frame")]),
        script: &[
            Step::Send(Frame::new(Opcode::CLOSE, Payload::Exact(b"\x03"))),
            Step::Send(Frame::new(Opcode::TEXT, Payload::Exact(b"\x78\x9c")).more()),
            Step::Send(Frame::new(Opcode::CLOSE, Payload::Exact(b""))),
            Step::Fence,
        ],
        ..COMBINED
    },
    Probe {
        id: ProbeId::new(135),
        summary: "a frame with the reserved opcode 11, byte by byte",
        script: &[Step::Drip(Frame::new(Opcode::new(11), Payload::QUOTE)), Step::Fence],
        kills: RESERVED.kills,
        ..DRIP
    },
    Probe {
        id: ProbeId::new(136),
        summary: "a text frame with RSV1 and no extension negotiated, byte by byte",
        script: &[Step::Drip(Frame::new(Opcode::TEXT, Payload::QUOTE).rsv(4)), Step::Fence],
        ..DRIP
    },
    Probe {
        id: ProbeId::new(137),
        summary: "a ping that is not final, byte by byte",
        script: &[Step::Drip(Frame::new(Opcode::PING, Payload::QUOTE).more()), Step::Fence],
        ..DRIP
    },
    Probe {
        id: ProbeId::new(138),
        summary: "a close with the code 999, byte by byte",
        script: &[Step::Drip(Frame::new(Opcode::CLOSE, Payload::Exact(b"\x03\xe7")))],
        ..DRIP
    },
    Probe {
        id: ProbeId::new(139),
        summary: "a text message without a mask and with its length in 16 bits, byte by byte",
        script: &[
            Step::Drip(Frame::new(Opcode::TEXT, Payload::QUOTE).unmasked().declaring(1, LengthForm::Sixteen)),
            Step::Fence,
        ],
        ..DRIP
    },
];
