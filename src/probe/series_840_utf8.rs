//! 840: text that is not UTF-8, whole, in pieces, and unfinished.

use super::{Frame, Payload, Probe, ProbeId, Risk, Step, TEMPLATE};
use crate::wire::Opcode;

const UTF8: Probe = Probe {
    why: "Refused with 1007 and words (often those of the language's decoder), dropped without a close frame, or never looked \
          at; at once, at the end of the frame, or at the end of the message.",
    reference: "RFC 6455 section 8.1",
    group: "UTF-8",
    ..TEMPLATE
};

const fn text(bytes: &'static [u8]) -> Frame {
    Frame::new(Opcode::TEXT, Payload::Exact(bytes))
}

const fn rest(bytes: &'static [u8]) -> Frame {
    Frame::new(Opcode::CONTINUATION, Payload::Exact(bytes))
}

macro_rules! utf8 {
    ($number:literal, $summary:literal, $($frame:expr),+) => {
        Probe {
            id: ProbeId::new($number),
            summary: $summary,
            script: &[Step::Together(&[$($frame),+]), Step::Fence],
            ..UTF8
        }
    };
}

pub(super) const PROBES: &[Probe] = &[
    utf8!(840, "a text message of the byte ff, which no UTF-8 has", text(b"\xff")),
    utf8!(841, "a text message with an overlong form (c0 af)", text(b"a\xc0\xafb")),
    utf8!(842, "a text message with a surrogate (ed a0 80)", text(b"a\xed\xa0\x80b")),
    utf8!(843, "a text message beyond the last code point (f4 90 80 80)", text(b"a\xf4\x90\x80\x80b")),
    Probe {
        risk: Risk::Polite,
        ..utf8!(844, "a text message in two fragments, cut inside a code point", text(b"a\xc3").more(), rest(b"\xa4b"))
    },
    utf8!(845, "a text message that is wrong in its second fragment", text(b"a").more(), rest(b"\xff")),
    utf8!(846, "a first fragment of text with a wrong byte, and no second", text(b"a\xff").more()),
    Probe {
        id: ProbeId::new(847),
        summary: "the head of a text message of ten bytes and two of them, the second wrong",
        script: &[Step::Send(Frame { declared: Some(crate::wire::Length::minimal(10)), ..text(b"a\xff") })],
        ..UTF8
    },
    utf8!(848, "a text message that ends inside a code point", text(b"a\xc3")),
    Probe {
        risk: Risk::Polite,
        ..utf8!(849, "a text message of NUL and a noncharacter, both legal", text(b"\0\xef\xbf\xbf"))
    },
];
