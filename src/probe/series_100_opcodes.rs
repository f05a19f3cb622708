//! 100: one frame of each opcode, sent twice.

use super::{Frame, Opening, Payload, Probe, ProbeId, Risk, Step};
use crate::wire::Opcode;

/// Some servers behind a proxy only answer the second frame, so each goes out twice;
/// the fence between the two says which one was answered.
macro_rules! twice {
    ($opcode:expr) => {
        &[
            Step::Send(Frame::new($opcode, Payload::Free(b"'"))),
            Step::Fence,
            Step::Send(Frame::new($opcode, Payload::Free(b"'"))),
            Step::Fence,
        ]
    };
}

pub(super) const PROBES: &[Probe] = &[
    Probe {
        id: ProbeId::new(100),
        summary: "a text message of one character, twice",
        why: "Legal; shows what the application does with text (echo, answer, nothing), and how the answer is framed.",
        reference: "RFC 6455 section 5.6",
        risk: Risk::Polite,
        opening: Opening::Upgrade(&[]),
        script: twice!(Opcode::TEXT),
    },
    Probe {
        id: ProbeId::new(101),
        summary: "a binary message of one byte, twice",
        why: "Legal; servers that only speak text refuse it with 1003 or 1007, echo it as text, or drop it.",
        reference: "RFC 6455 section 5.6",
        risk: Risk::Polite,
        opening: Opening::Upgrade(&[]),
        script: twice!(Opcode::BINARY),
    },
    Probe {
        id: ProbeId::new(102),
        summary: "a ping with one byte, twice",
        why: "A pong with the same byte is required; some hand the ping to the application, which forgets it.",
        reference: "RFC 6455 section 5.5.2",
        risk: Risk::Polite,
        opening: Opening::Upgrade(&[]),
        script: twice!(Opcode::PING),
    },
    Probe {
        id: ProbeId::new(103),
        summary: "an unsolicited pong with one byte, twice",
        why: "Legal as a one-way heartbeat; small stacks answer or close.",
        reference: "RFC 6455 section 5.5.3",
        risk: Risk::Polite,
        opening: Opening::Upgrade(&[]),
        script: twice!(Opcode::PONG),
    },
    Probe {
        id: ProbeId::new(104),
        summary: "a continuation frame with nothing to continue, twice",
        why: "An error whose close code and words are the implementation's own; some take it as a message.",
        reference: "RFC 6455 section 5.4",
        risk: Risk::Malformed,
        opening: Opening::Upgrade(&[]),
        script: twice!(Opcode::CONTINUATION),
    },
    Probe {
        id: ProbeId::new(105),
        summary: "a close frame with a payload of one byte, twice",
        why: "Half a status code: refused with 1002 and words, answered as an empty close, or echoed.",
        reference: "RFC 6455 section 5.5.1",
        risk: Risk::Malformed,
        opening: Opening::Upgrade(&[]),
        script: twice!(Opcode::CLOSE),
    },
];
