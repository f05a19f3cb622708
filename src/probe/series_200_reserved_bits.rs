//! 200: a binary frame with each pattern of reserved bits.

use super::{Frame, Opening, Payload, Probe, ProbeId, Risk, Step};
use crate::wire::Opcode;

/// `$bits` as the number (RSV1, RSV2, RSV3): 4, 2, 1.
macro_rules! reserved_bits {
    ($number:literal, $bits:literal, $names:literal) => {
        Probe {
            id: ProbeId::new($number),
            summary: concat!("a binary frame with ", $names, " set and no extension negotiated, twice"),
            why: "The connection must be failed: the close code, the words, which bits they name and in what order, \
                  or no close frame at all are the implementation's own. Some never look.",
            reference: "RFC 6455 section 5.2",
            risk: Risk::Malformed,
            opening: Opening::Upgrade(&[]),
            script: &[
                Step::Send(Frame::new(Opcode::BINARY, Payload::Free(b"'")).rsv($bits)),
                Step::Fence,
                Step::Send(Frame::new(Opcode::BINARY, Payload::Free(b"'")).rsv($bits)),
                Step::Fence,
            ],
        }
    };
}

pub(super) const PROBES: &[Probe] = &[
    reserved_bits!(200, 1, "RSV3"),
    reserved_bits!(201, 2, "RSV2"),
    reserved_bits!(202, 3, "RSV2 and RSV3"),
    reserved_bits!(203, 4, "RSV1"),
    reserved_bits!(204, 5, "RSV1 and RSV3"),
    reserved_bits!(205, 6, "RSV1 and RSV2"),
    reserved_bits!(206, 7, "RSV1, RSV2 and RSV3"),
];
