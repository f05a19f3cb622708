//! The parts that a target is composed of, which are swapped independently of each other, and how far each may differ from what is recorded.

use enum_map::Enum;
use serde::{Deserialize, Serialize};
use strum::VariantArray;

use crate::features::{Kind, Layer};
use crate::probe::Probe;

/// A part of a target that decides some of what is observed. Facts of one part change together, and independently of those of the others.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    Enum,
    strum::EnumCount,
    VariantArray,
)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The WebSocket implementation: what it does with frames, its Close and how it hangs up.
    Engine,
    /// What the engine does and an application can set: subprotocols, extensions, compression, limits.
    Settings,
    /// The HTTP server or framework around the engine: status lines, fields and pages.
    Front,
    /// What the server calls itself.
    Banner,
}

/// The rates of change that are considered: how often a fact of a part is another than recorded, 0 to 1. That a part is as recorded is a
/// low rate, that it was swapped for another a high one.
pub const RATES: [f64; 10] = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.95];

/// Something for each of [`RATES`].
pub type ByRate = [f64; RATES.len()];

/// The part that decides facts of a kind in answer to `probe`; `None` where the application decides them, or chance.
#[must_use]
pub const fn part_of(probe: &Probe, kind: Kind, upgraded: bool) -> Option<Part> {
    match kind {
        Kind::Data | Kind::Timer | Kind::ReactionPoint => None,
        Kind::Banner => Some(Part::Banner),
        Kind::Negotiation => Some(Part::Settings),
        Kind::Reaction | Kind::CloseCode | Kind::CloseReason | Kind::End if upgraded => match probe.layer {
            Layer::Engine => Some(Part::Engine),
            _ => Some(Part::Settings),
        },
        _ => Some(Part::Front),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::{ProbeId, find};

    #[test]
    fn a_close_is_the_engines_and_a_page_the_fronts() {
        let part = |probe: u16, kind, upgraded| part_of(find(ProbeId::new(probe)).unwrap(), kind, upgraded);
        assert_eq!(part(203, Kind::CloseReason, true), Some(Part::Engine));
        assert_eq!(part(300, Kind::Status, false), Some(Part::Front));
        assert_eq!(part(300, Kind::Negotiation, false), Some(Part::Settings));
        assert_eq!(part(100, Kind::Data, true), None);
        assert_eq!(part(300, Kind::End, false), Some(Part::Front));
    }
}
