//! 820: control frames that are not final or too long, and lengths in longer forms than needed.

use super::{Frame, Payload, Probe, ProbeId, Step, TEMPLATE};
use crate::wire::{LengthForm, Opcode};

/// One byte more than a control frame may carry.
const LONG: Payload = Payload::Free(&[b'\''; 126]);

/// A Close of 126 bytes: code 1000 and a reason.
const LONG_CLOSE: Payload = Payload::Exact(&long_close());

const fn long_close() -> [u8; 126] {
    let mut bytes = [b'\''; 126];
    bytes[0] = 0x03;
    bytes[1] = 0xe8;
    bytes
}

const CONTROL: Probe = Probe {
    why: "Control frames are never fragmented and carry at most 125 bytes. Which rule is checked, with which words, and what \
          becomes of the payload of those that answer all the same.",
    reference: "RFC 6455 section 5.5",
    group: "control frames",
    ..TEMPLATE
};

const FORM: Probe = Probe {
    why: "The shortest form is required, but not all check it; those who do have words of their own for it.",
    reference: "RFC 6455 section 5.2",
    group: "length forms",
    ..TEMPLATE
};

macro_rules! one {
    ($base:ident, $number:literal, $summary:literal, $frame:expr) => {
        Probe { id: ProbeId::new($number), summary: $summary, script: &[Step::Send($frame), Step::Fence], ..$base }
    };
}

pub(super) const PROBES: &[Probe] = &[
    one!(CONTROL, 820, "a ping that is not final", Frame::new(Opcode::PING, Payload::QUOTE).more()),
    one!(CONTROL, 821, "a pong that is not final", Frame::new(Opcode::PONG, Payload::QUOTE).more()),
    one!(CONTROL, 822, "a close that is not final", Frame::new(Opcode::CLOSE, Payload::Exact(b"\x03\xe8")).more()),
    one!(CONTROL, 823, "a ping of 126 bytes", Frame::new(Opcode::PING, LONG)),
    one!(CONTROL, 824, "a pong of 126 bytes", Frame::new(Opcode::PONG, LONG)),
    one!(CONTROL, 825, "a close of 126 bytes", Frame::new(Opcode::CLOSE, LONG_CLOSE)),
    Probe {
        id: ProbeId::new(826),
        summary: "a ping in two fragments",
        script: &[
            Step::Together(&[
                Frame::new(Opcode::PING, Payload::QUOTE).more(),
                Frame::new(Opcode::CONTINUATION, Payload::QUOTE),
            ]),
            Step::Fence,
        ],
        ..CONTROL
    },
    one!(
        FORM,
        830,
        "a text message of one byte with its length in 16 bits",
        Frame::new(Opcode::TEXT, Payload::QUOTE).declaring(1, LengthForm::Sixteen)
    ),
    one!(
        FORM,
        831,
        "a text message of one byte with its length in 64 bits",
        Frame::new(Opcode::TEXT, Payload::QUOTE).declaring(1, LengthForm::SixtyFour)
    ),
    one!(
        FORM,
        832,
        "a ping of one byte with its length in 16 bits",
        Frame::new(Opcode::PING, Payload::QUOTE).declaring(1, LengthForm::Sixteen)
    ),
    one!(
        FORM,
        833,
        "a text message of 126 bytes with its length in 64 bits",
        Frame::new(Opcode::TEXT, LONG).declaring(126, LengthForm::SixtyFour)
    ),
];
