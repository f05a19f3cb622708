//! 300: versions of the protocol, the baseline, and Engine.IO.

use super::{Edit, Opening, Probe, ProbeId, Risk, Step};

/// `$value` as the whole of `Sec-WebSocket-Version`.
macro_rules! version {
    ($number:literal, $value:literal, $summary:literal, $risk:expr) => {
        Probe {
            id: ProbeId::new($number),
            summary: $summary,
            why: "Number parsers differ by language: some compare the text, some read the leading digits, some take \
                  a list, some accept old drafts, some never look. The refusal's status, fields and body differ too.",
            reference: "RFC 6455 sections 4.2.2 and 4.4",
            risk: $risk,
            opening: Opening::Upgrade(&[Edit::Set("Sec-WebSocket-Version", $value)]),
            script: &[Step::Fence],
        }
    };
}

pub(super) const PROBES: &[Probe] = &[
    version!(300, "7", "a handshake for version 7 (an early draft)", Risk::Polite),
    version!(301, "8", "a handshake for version 8 (the last draft in wide use)", Risk::Polite),
    version!(302, "13;", "a handshake for version `13;`", Risk::Malformed),
    version!(303, "13,14,15", "a handshake for the versions `13,14,15`", Risk::Malformed),
    version!(304, "13-", "a handshake for version `13-`", Risk::Malformed),
    version!(305, "13\n", "a handshake for version 13 with a line feed after it", Risk::Malformed),
    version!(306, "13\r", "a handshake for version 13 with a carriage return after it", Risk::Malformed),
    version!(307, "13\\", "a handshake for version `13\\`", Risk::Malformed),
    version!(308, "13\\/", "a handshake for version `13\\/`", Risk::Malformed),
    Probe {
        id: ProbeId::BASELINE,
        summary: "the legal handshake and nothing else: the baseline, and the banner",
        why: "Order, case and choice of the fields in the 101, its reason phrase, and fields such as Server.",
        reference: "RFC 6455 section 4.2.2",
        risk: Risk::Polite,
        opening: Opening::Upgrade(&[]),
        script: &[Step::Fence],
    },
    Probe {
        id: ProbeId::new(310),
        summary: "asks for Engine.IO 4 (`?EIO=4&transport=websocket`), which greets with `0{...}`",
        why: "Socket.IO and Engine.IO servers open with a JSON handshake message; others ignore the query.",
        reference: "Engine.IO protocol version 4, section \"Handshake\"",
        risk: Risk::Polite,
        opening: Opening::Upgrade(&[Edit::Query("EIO=4&transport=websocket")]),
        script: &[Step::Fence],
    },
    Probe {
        id: ProbeId::new(311),
        summary: "asks for Engine.IO 3 (`?EIO=3&transport=websocket`), which greets with `0{...}`",
        why: "Socket.IO 2 speaks Engine.IO 3; later servers refuse it unless told to allow it.",
        reference: "Engine.IO protocol version 3",
        risk: Risk::Polite,
        opening: Opening::Upgrade(&[Edit::Query("EIO=3&transport=websocket")]),
        script: &[Step::Fence],
    },
];
