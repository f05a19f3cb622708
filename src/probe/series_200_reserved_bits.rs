//! 200: each pattern of reserved bits on a data frame, a control frame and a continuation.

use super::{Frame, Payload, Probe, ProbeId, Step, TEMPLATE};
use crate::wire::Opcode;

const RESERVED_BITS: Probe = Probe {
    why: "The connection must be failed: the close code, the words, which bits they name and in what order, \
          or no close frame at all are the implementation's own. Some never look.",
    reference: "RFC 6455 section 5.2",
    group: "reserved bits",
    ..TEMPLATE
};

/// `$bits` as the number (RSV1, RSV2, RSV3): 4, 2, 1. Sent twice, as the original tool did.
macro_rules! on_data {
    ($number:literal, $bits:literal, $names:literal) => {
        Probe {
            id: ProbeId::new($number),
            summary: concat!("a binary frame with ", $names, " set and no extension negotiated, twice"),
            script: &[
                Step::Send(Frame::new(Opcode::BINARY, Payload::QUOTE).rsv($bits)),
                Step::Fence,
                Step::Send(Frame::new(Opcode::BINARY, Payload::QUOTE).rsv($bits)),
                Step::Fence,
            ],
            ..RESERVED_BITS
        }
    };
}

macro_rules! on_control {
    ($number:literal, $bits:literal, $names:literal) => {
        Probe {
            id: ProbeId::new($number),
            summary: concat!("a ping with ", $names, " set"),
            script: &[Step::Send(Frame::new(Opcode::PING, Payload::QUOTE).rsv($bits)), Step::Fence],
            ..RESERVED_BITS
        }
    };
}

macro_rules! on_continuation {
    ($number:literal, $bits:literal, $names:literal) => {
        Probe {
            id: ProbeId::new($number),
            summary: concat!("a text message in two fragments, the second with ", $names, " set"),
            script: &[
                Step::Together(&[
                    Frame::new(Opcode::TEXT, Payload::QUOTE).more(),
                    Frame::new(Opcode::CONTINUATION, Payload::QUOTE).rsv($bits),
                ]),
                Step::Fence,
            ],
            ..RESERVED_BITS
        }
    };
}

pub(super) const PROBES: &[Probe] = &[
    on_data!(200, 1, "RSV3"),
    on_data!(201, 2, "RSV2"),
    on_data!(202, 3, "RSV2 and RSV3"),
    on_data!(203, 4, "RSV1"),
    on_data!(204, 5, "RSV1 and RSV3"),
    on_data!(205, 6, "RSV1 and RSV2"),
    on_data!(206, 7, "RSV1, RSV2 and RSV3"),
    on_control!(210, 1, "RSV3"),
    on_control!(211, 2, "RSV2"),
    on_control!(212, 3, "RSV2 and RSV3"),
    on_control!(213, 4, "RSV1"),
    on_control!(214, 5, "RSV1 and RSV3"),
    on_control!(215, 6, "RSV1 and RSV2"),
    on_control!(216, 7, "RSV1, RSV2 and RSV3"),
    on_continuation!(220, 1, "RSV3"),
    on_continuation!(221, 2, "RSV2"),
    on_continuation!(222, 3, "RSV2 and RSV3"),
    on_continuation!(223, 4, "RSV1"),
    on_continuation!(224, 5, "RSV1 and RSV3"),
    on_continuation!(225, 6, "RSV1 and RSV2"),
    on_continuation!(226, 7, "RSV1, RSV2 and RSV3"),
];
