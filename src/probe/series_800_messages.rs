//! 800: how messages are put together from frames.

use super::{Frame, Payload, Probe, ProbeId, Risk, Step, TEMPLATE};
use crate::wire::Opcode;

const NOTHING: Payload = Payload::Exact(b"");

/// Who is known to die of a message without a byte.
pub(super) const EMPTY_MESSAGE_KILLS: &[&str] = &["ttyd 1.7.7"];

const MESSAGE: Probe = Probe {
    why: "Who assembles: the library, which knows the rules, or the application, which may get the fragments. What is \
          answered to a message inside a message differs most of all: code, words, or the two run together.",
    reference: "RFC 6455 section 5.4",
    group: "fragmentation",
    ..TEMPLATE
};

const ORDER: Probe = Probe {
    why: "Whether what was legal is still answered when something illegal follows in the same segment: before the Close, after \
          it, or not at all.",
    reference: "RFC 6455 sections 5.4 and 7.1.7",
    group: "legal and illegal in one segment",
    ..TEMPLATE
};

const EMPTY: Probe = Probe {
    why: "Legal. Answered as any message, dropped, or too much for an application that looks at the first byte.",
    reference: "RFC 6455 section 5.6",
    group: "empty messages",
    risk: Risk::Heavy,
    kills: EMPTY_MESSAGE_KILLS,
    ..TEMPLATE
};

const fn text() -> Frame {
    Frame::new(Opcode::TEXT, Payload::QUOTE)
}

const fn rest() -> Frame {
    Frame::new(Opcode::CONTINUATION, Payload::QUOTE)
}

macro_rules! frames {
    ($base:ident, $number:literal, $risk:expr, $summary:literal, $($frame:expr),+) => {
        Probe {
            id: ProbeId::new($number),
            summary: $summary,
            risk: $risk,
            script: &[Step::Together(&[$($frame),+]), Step::Fence],
            ..$base
        }
    };
}

pub(super) const PROBES: &[Probe] = &[
    frames!(MESSAGE, 800, Risk::Polite, "a text message in two fragments", text().more(), rest()),
    frames!(
        MESSAGE,
        801,
        Risk::Polite,
        "a text message in two fragments with a ping between them",
        text().more(),
        Frame::new(Opcode::PING, Payload::Free(b"?")),
        rest()
    ),
    frames!(MESSAGE, 802, Risk::Malformed, "a new text message inside a text message", text().more(), text()),
    frames!(
        MESSAGE,
        803,
        Risk::Malformed,
        "a new binary message inside a text message",
        text().more(),
        Frame::new(Opcode::BINARY, Payload::QUOTE)
    ),
    frames!(
        MESSAGE,
        804,
        Risk::Polite,
        "a text message in four fragments, the middle two empty",
        text().more(),
        Frame::new(Opcode::CONTINUATION, NOTHING).more(),
        Frame::new(Opcode::CONTINUATION, NOTHING).more(),
        rest()
    ),
    frames!(
        MESSAGE,
        805,
        Risk::Polite,
        "a text message in two fragments, the second empty",
        text().more(),
        Frame::new(Opcode::CONTINUATION, NOTHING)
    ),
    frames!(MESSAGE, 806, Risk::Malformed, "a continuation with nothing to continue, and not final", rest().more()),
    frames!(
        MESSAGE,
        807,
        Risk::Malformed,
        "a reserved opcode inside a text message",
        text().more(),
        Frame::new(Opcode::new(3), Payload::QUOTE)
    ),
    Probe {
        id: ProbeId::new(808),
        summary: "the first fragment of a text message, and then our Close",
        risk: Risk::Polite,
        script: &[Step::Together(&[text().more(), Frame::new(Opcode::CLOSE, Payload::Exact(b"\x03\xe8"))])],
        ..MESSAGE
    },
    frames!(ORDER, 810, Risk::Malformed, "a text message and a frame with RSV2 in one segment", text(), text().rsv(2)),
    frames!(
        ORDER,
        811,
        Risk::Malformed,
        "a ping and a frame with RSV2 in one segment",
        Frame::new(Opcode::PING, Payload::QUOTE),
        text().rsv(2)
    ),
    frames!(
        ORDER,
        812,
        Risk::Malformed,
        "ten text messages and a frame with RSV2 in one segment",
        text(),
        text(),
        text(),
        text(),
        text(),
        text(),
        text(),
        text(),
        text(),
        text(),
        text().rsv(2)
    ),
    frames!(EMPTY, 815, Risk::Heavy, "an empty text message", Frame::new(Opcode::TEXT, NOTHING)),
    frames!(EMPTY, 816, Risk::Heavy, "an empty binary message", Frame::new(Opcode::BINARY, NOTHING)),
    frames!(
        EMPTY,
        817,
        Risk::Heavy,
        "an empty text message in two fragments",
        Frame::new(Opcode::TEXT, NOTHING).more(),
        Frame::new(Opcode::CONTINUATION, NOTHING)
    ),
];
