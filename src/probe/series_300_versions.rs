//! 300: versions of the protocol, the baseline, and Engine.IO.

use super::{Edit, Frame, Layer, Opening, Payload, Probe, ProbeId, Risk, Step, TEMPLATE};
use crate::wire::Opcode;

const VERSION: Probe = Probe {
    why: "Number parsers differ by language: some compare the text, some read the leading digits, some take \
          a list, some accept old drafts, some never look. The refusal's status, fields and body differ too.",
    reference: "RFC 6455 sections 4.2.2 and 4.4",
    group: "version grammar",
    ..TEMPLATE
};

/// `$value` as the whole of `Sec-WebSocket-Version`.
macro_rules! version {
    ($number:literal, $value:literal, $summary:literal, $risk:expr) => {
        Probe {
            id: ProbeId::new($number),
            summary: $summary,
            risk: $risk,
            opening: Opening::Upgrade(&[Edit::Set("Sec-WebSocket-Version", $value)]),
            ..VERSION
        }
    };
}

const ENGINE_IO: Probe = Probe {
    why: "Socket.IO and Engine.IO servers open with a JSON message; others ignore the query. Socket.IO 2 speaks \
          Engine.IO 3, which later servers refuse unless told to allow it.",
    reference: "Engine.IO protocol, section \"Handshake\"",
    group: "Engine.IO and Socket.IO",
    risk: Risk::Polite,
    layer: Layer::App,
    ..TEMPLATE
};

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
        group: "baseline",
        risk: Risk::Polite,
        ..TEMPLATE
    },
    Probe {
        id: ProbeId::new(310),
        summary: "asks for Engine.IO 4 (`?EIO=4&transport=websocket`), which greets with `0{...}`",
        opening: Opening::Upgrade(&[Edit::Query("EIO=4&transport=websocket")]),
        ..ENGINE_IO
    },
    Probe {
        id: ProbeId::new(311),
        summary: "asks for Engine.IO 3 (`?EIO=3&transport=websocket`), which greets with `0{...}`",
        opening: Opening::Upgrade(&[Edit::Query("EIO=3&transport=websocket")]),
        ..ENGINE_IO
    },
    Probe {
        id: ProbeId::new(312),
        summary: "asks for Engine.IO 4 and opens Socket.IO's main namespace with `40`",
        reference: "Socket.IO protocol, section \"Connection to a namespace\"",
        opening: Opening::Upgrade(&[Edit::Query("EIO=4&transport=websocket")]),
        script: &[Step::Send(Frame::new(Opcode::TEXT, Payload::Exact(b"40"))), Step::Fence],
        ..ENGINE_IO
    },
    version!(320, "0xd", "a handshake for version `0xd` (hexadecimal 13)", Risk::Malformed),
    version!(321, "013", "a handshake for version `013` (leading zeros are forbidden)", Risk::Malformed),
    version!(322, "1.3e1", "a handshake for version `1.3e1`", Risk::Malformed),
    version!(323, "13abc", "a handshake for version `13abc`", Risk::Malformed),
    version!(324, "+13", "a handshake for version `+13`", Risk::Malformed),
    version!(325, "0", "a handshake for version 0", Risk::Malformed),
    version!(326, "99", "a handshake for version 99", Risk::Malformed),
    Probe {
        id: ProbeId::new(327),
        summary: "a handshake without Sec-WebSocket-Version",
        opening: Opening::Upgrade(&[Edit::Remove("Sec-WebSocket-Version")]),
        ..VERSION
    },
    Probe {
        id: ProbeId::new(328),
        summary: "a handshake with two fields Sec-WebSocket-Version, 13 and 13",
        opening: Opening::Upgrade(&[Edit::Add("Sec-WebSocket-Version", "13")]),
        ..VERSION
    },
    Probe {
        id: ProbeId::new(329),
        summary: "a handshake with two fields Sec-WebSocket-Version, 13 and 99",
        opening: Opening::Upgrade(&[Edit::Add("Sec-WebSocket-Version", "99")]),
        ..VERSION
    },
];
