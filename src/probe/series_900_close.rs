//! 900: Close frames, what they carry, and what comes after them.

use super::{Frame, Payload, Probe, ProbeId, Risk, Step, TEMPLATE};
use crate::wire::Opcode;

const CLOSE: Probe = Probe {
    why: "Answered with the same code, with the reason too, with 1000, with an empty Close, or not at all; and who hangs up first.",
    reference: "RFC 6455 section 5.5.1",
    group: "close",
    risk: Risk::Polite,
    ..TEMPLATE
};

const CODE: Probe = Probe {
    why: "The sets of codes that are taken differ: which of those that are reserved, unassigned or meant for applications are \
          answered in kind, and which are refused with 1002 and words.",
    reference: "RFC 6455 section 7.4",
    group: "close codes",
    ..TEMPLATE
};

const AFTER: Probe = Probe {
    why: "Nothing may follow a Close: dropped, answered, or an error of its own.",
    reference: "RFC 6455 section 5.5.1",
    group: "after close",
    ..TEMPLATE
};

const HALF: Probe = Probe {
    why: "A server that has read our end hangs up at once, finishes what it was doing, or waits for its own time to be up. A proxy \
          in front answers in its own way.",
    reference: "RFC 6455 section 7.1.1; RFC 9293 section 3.6",
    group: "half-close",
    ..TEMPLATE
};

const fn close(payload: &'static [u8]) -> Frame {
    Frame::new(Opcode::CLOSE, Payload::Exact(payload))
}

const NORMAL: Frame = close(b"\x03\xe8");
const TEXT: Frame = Frame::new(Opcode::TEXT, Payload::QUOTE);

/// The longest reason that fits: 123 bytes.
const LONGEST: [u8; 125] = {
    let mut bytes = [b'z'; 125];
    bytes[0] = 0x03;
    bytes[1] = 0xe8;
    bytes
};

macro_rules! sent {
    ($base:ident, $number:literal, $risk:expr, $summary:literal, $($step:expr),+) => {
        Probe { id: ProbeId::new($number), summary: $summary, risk: $risk, script: &[$($step),+], ..$base }
    };
}

macro_rules! code {
    ($number:literal, $code:literal, $risk:expr) => {
        Probe {
            id: ProbeId::new($number),
            summary: concat!("a close with the code ", $code),
            risk: $risk,
            script: &[Step::Send(close(&u16::to_be_bytes($code)))],
            ..CODE
        }
    };
}

pub(super) const PROBES: &[Probe] = &[
    sent!(CLOSE, 900, Risk::Polite, "an empty close", Step::Send(close(b""))),
    sent!(CLOSE, 901, Risk::Polite, "a close with the code 1000 and a reason", Step::Send(close(b"\x03\xe8bye"))),
    sent!(CLOSE, 902, Risk::Polite, "a close with the code 1000 and the longest reason", Step::Send(close(&LONGEST))),
    sent!(CLOSE, 903, Risk::Malformed, "a close whose reason is not UTF-8", Step::Send(close(b"\x03\xe8\xff\xfe"))),
    sent!(AFTER, 904, Risk::Malformed, "a close and a text message in one segment", Step::Together(&[NORMAL, TEXT])),
    sent!(AFTER, 905, Risk::Malformed, "two closes in one segment", Step::Together(&[NORMAL, close(b"\x03\xe9")])),
    sent!(
        AFTER,
        906,
        Risk::Malformed,
        "a close and a ping in one segment",
        Step::Together(&[NORMAL, Frame::new(Opcode::PING, Payload::Free(b"?"))])
    ),
    sent!(AFTER, 907, Risk::Polite, "a text message and a close in one segment", Step::Together(&[TEXT, NORMAL])),
    code!(910, 0, Risk::Malformed),
    code!(911, 999, Risk::Malformed),
    code!(912, 1000, Risk::Polite),
    code!(913, 1001, Risk::Polite),
    code!(914, 1002, Risk::Polite),
    code!(915, 1003, Risk::Polite),
    code!(916, 1004, Risk::Malformed),
    code!(917, 1005, Risk::Malformed),
    code!(918, 1006, Risk::Malformed),
    code!(919, 1007, Risk::Polite),
    code!(920, 1008, Risk::Polite),
    code!(921, 1009, Risk::Polite),
    code!(922, 1010, Risk::Polite),
    code!(923, 1011, Risk::Polite),
    code!(924, 1012, Risk::Polite),
    code!(925, 1013, Risk::Polite),
    code!(926, 1014, Risk::Polite),
    code!(927, 1015, Risk::Malformed),
    code!(928, 1016, Risk::Malformed),
    code!(929, 1100, Risk::Malformed),
    code!(930, 2000, Risk::Malformed),
    code!(931, 2999, Risk::Malformed),
    code!(932, 3000, Risk::Polite),
    code!(933, 3999, Risk::Polite),
    code!(934, 4000, Risk::Polite),
    code!(935, 4999, Risk::Polite),
    code!(936, 5000, Risk::Malformed),
    code!(937, 65535, Risk::Malformed),
    sent!(HALF, 950, Risk::Polite, "our side ends after the handshake", Step::Fence, Step::HalfClose),
    sent!(
        HALF,
        951,
        Risk::Malformed,
        "our side ends inside a frame",
        Step::Send(Frame { declared: Some(crate::wire::Length::minimal(10)), ..TEXT }),
        Step::HalfClose
    ),
    sent!(HALF, 952, Risk::Malformed, "our side ends between two fragments", Step::Send(TEXT.more()), Step::HalfClose),
    sent!(HALF, 953, Risk::Polite, "our side ends after our Close", Step::Send(NORMAL), Step::HalfClose),
];
