//! 600: real payloads on either side of well-known limits. Never sent unless asked for.

use super::{Frame, Layer, Payload, Probe, ProbeId, Risk, Step, TEMPLATE};
use crate::wire::Opcode;

const LONG: Probe = Probe {
    why: "Limits on messages are defaults of the implementation (and settings of the deployment): whether it \
          is taken, refused with 1009 and words, or the connection dropped, and after how many bytes.",
    reference: "RFC 6455 sections 7.4.1 and 10.4",
    group: "long payloads",
    risk: Risk::Heavy,
    layer: Layer::App,
    ..TEMPLATE
};

macro_rules! long_text {
    ($number:literal, $length:literal, $summary:literal) => {
        Probe {
            id: ProbeId::new($number),
            summary: $summary,
            script: &[Step::Send(Frame::new(Opcode::TEXT, Payload::Fill { byte: b'a', length: $length })), Step::Fence],
            ..LONG
        }
    };
}

pub(super) const PROBES: &[Probe] = &[
    long_text!(600, 100, "a text message of 100 bytes"),
    long_text!(601, 1_048_576, "a text message of 1,048,576 bytes"),
    long_text!(602, 1_048_577, "a text message of 1,048,577 bytes"),
    long_text!(603, 5_095_577, "a text message of 5,095,577 bytes"),
    long_text!(604, 10_000_000, "a text message of 10,000,000 bytes"),
    long_text!(605, 16_777_216, "a text message of 16,777,216 bytes"),
    long_text!(606, 16_777_217, "a text message of 16,777,217 bytes"),
    long_text!(607, 67_108_863, "a text message of 67,108,863 bytes"),
    long_text!(608, 67_108_864, "a text message of 67,108,864 bytes"),
    long_text!(609, 100_000_000, "a text message of 100,000,000 bytes"),
    long_text!(610, 100_000_001, "a text message of 100,000,001 bytes"),
    long_text!(611, 104_857_600, "a text message of 104,857,600 bytes"),
    long_text!(612, 104_857_601, "a text message of 104,857,601 bytes"),
];
