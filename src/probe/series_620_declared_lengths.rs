//! 620: a ladder of declared lengths, each a byte over a limit that some implementation has by default. Only the head of
//! the frame is sent. A scan climbs it by bisection, so that a handful of connections find the rung.

use super::{Frame, Layer, Payload, Probe, ProbeId, Risk, Step, TEMPLATE};
use crate::wire::{Length, LengthForm, Opcode};

/// The name of the group, by which a scan knows the ladder.
const GROUP: &str = "declared lengths";

const DECLARED: Probe = Probe {
    why: "Limits are defaults of the implementation, or settings of the deployment: who has one refuses a longer message by its \
          head alone, with 1009 and words or by hanging up; who has none, or looks later, waits for the payload.",
    reference: "RFC 6455 sections 5.2 and 10.4",
    group: GROUP,
    risk: Risk::Heavy,
    layer: Layer::App,
    kills: &["Net::Async::WebSocket 0.14 (from 16 MiB on)"],
    ..TEMPLATE
};

impl Probe {
    /// Whether it is a rung of the ladder of declared lengths, of which a run tries only some.
    #[must_use]
    pub fn is_rung(&self) -> bool {
        self.group == GROUP
    }
}

/// Only the head: the payload stays away.
const fn head(bytes: u64) -> Frame {
    let mut frame = Frame::new(Opcode::BINARY, Payload::Exact(b""));
    frame.declared = Some(Length::minimal(bytes));
    frame
}

macro_rules! declared {
    ($number:literal, $bytes:literal, $text:literal) => {
        Probe {
            id: ProbeId::new($number),
            summary: concat!("the head of a binary message of ", $text, " bytes, and no payload"),
            script: &[Step::Send(head($bytes))],
            ..DECLARED
        }
    };
}

/// A length that no implementation can mean.
const IMPOSSIBLE: Probe = Probe {
    why: "The top bit must be 0. Refused with words, with 1009, by hanging up, or read as a negative number, which some took \
          for a very short message and looped on.",
    reference: "RFC 6455 section 5.2",
    group: "impossible lengths",
    layer: Layer::Engine,
    kills: &[
        "Net::Async::WebSocket 0.14",
        "Tomcat before 9.0.37 and 10.0.0-M7 (CVE-2020-13935: endless loop)",
        "NetCoreServer 8.0.4",
        "phrity/websocket 3.6.2 (of 640)",
        "rust-websocket 0.24.0 (of 640)",
        "picows 1.20.0 (of 641)",
    ],
    ..DECLARED
};

pub(super) const PROBES: &[Probe] = &[
    declared!(620, 16_385, "16,385"),
    declared!(621, 32_769, "32,769"),
    declared!(622, 65_537, "65,537"),
    declared!(623, 131_073, "131,073"),
    declared!(624, 262_145, "262,145"),
    declared!(625, 1_000_001, "1,000,001"),
    declared!(626, 1_048_577, "1,048,577"),
    declared!(627, 4_194_305, "4,194,305"),
    declared!(628, 10_485_761, "10,485,761"),
    declared!(629, 16_777_217, "16,777,217"),
    declared!(630, 32_000_001, "32,000,001"),
    declared!(631, 33_554_433, "33,554,433"),
    declared!(632, 67_108_865, "67,108,865"),
    declared!(633, 104_857_601, "104,857,601"),
    declared!(634, 268_435_457, "268,435,457"),
    declared!(635, 1_073_741_825, "1,073,741,825"),
    Probe {
        kills: &["Net::Async::WebSocket 0.14", "NetCoreServer 8.0.4", "ws 0.8.1"],
        ..declared!(636, 2_147_483_648, "2,147,483,648")
    },
    Probe {
        id: ProbeId::new(640),
        summary: "the head of a binary message of 2^63 - 1 bytes, and no payload",
        script: &[Step::Send(head(i64::MAX as u64))],
        ..IMPOSSIBLE
    },
    Probe {
        id: ProbeId::new(641),
        summary: "the head of a binary message whose length has the top bit set, and no payload",
        script: &[Step::Send(
            Frame::new(Opcode::BINARY, Payload::Exact(b"")).declaring(1 << 63, LengthForm::SixtyFour),
        )],
        ..IMPOSSIBLE
    },
];
