//! The numbers of the matcher: how often servers change, and how sure one may be of what that leaves.

use std::sync::LazyLock;

use enum_map::EnumMap;
use serde::{Deserialize, Serialize};

use super::part::{ByRate, Part, RATES};
use super::proxy::model::ReverseProxy;
use crate::features::{Kind, Layer};

/// The numbers that `cargo xtask calibrate` measures from recordings and conditions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// The version of this form.
    pub schema: u32,
    /// How often a feature of each kind changes though the server does not: from run to run, under another application, behind a proxy.
    pub change: EnumMap<Kind, f64>,
    /// What a bit of each part counts.
    pub temper: EnumMap<Part, Temper>,
    /// How far a server differs from the recording of its product.
    pub recorded: Spread,
    /// How far a server differs from a recording of its engine under another front.
    pub other_front: Spread,
    /// How far a server whose engine is not recorded differs from the recording it is most like.
    pub unknown: Spread,
    /// The prior share of servers that no database knows: a choice, not a measurement.
    pub unknown_prior: f64,
    /// The prior share of known engines whose front is not recorded: a choice, not a measurement.
    pub other_front_prior: f64,
    /// What reverse proxies do to what is observed through them.
    #[serde(default, rename = "edges")]
    pub proxies: Vec<ReverseProxy>,
    /// The prior share of targets with one of these proxies in front: a choice, not a measurement.
    #[serde(rename = "edge_prior")]
    pub proxy_prior: f64,
    /// Versions whose behaviours explain what was observed by at most so many bits worse than the best are named too; by so many more for
    /// each unit of weight that the best does not explain either, since then the version may well be one that is not recorded.
    pub range_bits: f64,
}

/// How likely each of [`RATES`] is, part by part: the rate of change of a part is one number for all its facts, and differs from server to
/// server.
pub type Spread = EnumMap<Part, ByRate>;

/// What a bit of a part counts. Facts are not independent of each other: another version of a server differs in many at once, so a hundred
/// are not a hundred times as sure as one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Temper {
    /// What one bit counts where the weights add up to one, 0 to 1.
    pub scale: f64,
    /// By which power of the compared weight that falls, 0 to less than 1: more evidence always counts more in all.
    pub saturation: f64,
}

impl Temper {
    /// What one bit counts where so much weight was compared; never more than one.
    #[must_use]
    pub fn bit(self, compared: f64) -> f64 {
        (self.scale * compared.max(1.0).powf(-self.saturation)).min(1.0)
    }
}

static MEASURED: LazyLock<Calibration> =
    LazyLock::new(|| match Calibration::from_text(include_str!("../../fingerprints/calibration.json")) {
        Ok(measured) => measured,
        Err(error) => panic!("fingerprints/calibration.json, of which this program was built, does not read: {error}"),
    });

/// The schema of a file, whatever else is in it.
#[derive(Deserialize)]
struct Schema {
    schema: u32,
}

impl Calibration {
    /// The version of the stored form.
    pub const SCHEMA: u32 = 2;

    /// What was measured, as the binary carries it.
    ///
    /// # Panics
    ///
    /// Where `fingerprints/calibration.json` did not read when this program was built, which a test shows before. There are no other numbers
    /// to go on with: any answer would be made up.
    #[must_use]
    pub fn measured() -> &'static Self {
        &MEASURED
    }

    /// Reads the stored form, or says what is wrong with it.
    fn from_text(text: &str) -> Result<Self, String> {
        let read = serde_json::from_str::<Self>(text);
        // What another version wrote is told from what is no calibration at all.
        let schema = match &read {
            Ok(numbers) => Some(numbers.schema),
            Err(_) => serde_json::from_str::<Schema>(text).ok().map(|found| found.schema),
        };
        match schema {
            Some(found) if found != Self::SCHEMA => {
                Err(format!("it has schema {found}; this version of stews reads schema {}", Self::SCHEMA))
            }
            _ => read.map_err(|error| error.to_string()),
        }
    }

    /// Numbers to begin with where nothing was measured: a fit starts from them, and tests use them.
    #[must_use]
    pub fn cautious() -> Self {
        Self {
            schema: Self::SCHEMA,
            change: EnumMap::from_fn(cautious_change),
            temper: TEMPER,
            recorded: EnumMap::from_fn(|part| around(if part == Part::Engine { 0.01 } else { 0.1 })),
            other_front: EnumMap::from_fn(|part| around(if part == Part::Engine { 0.02 } else { 0.6 })),
            unknown: EnumMap::from_fn(|_| around(0.95)),
            unknown_prior: 0.2,
            other_front_prior: 0.4,
            proxies: Vec::new(),
            proxy_prior: 0.2,
            range_bits: 4.0,
        }
    }
}

/// How often facts of a kind may change where nothing was measured: by who decides them, and those of time more often.
const fn cautious_change(kind: Kind) -> f64 {
    match (kind, kind.layer()) {
        (Kind::ReactionPoint | Kind::Timer, _) => 0.2,
        (_, Layer::Engine) => 0.02,
        (_, Layer::Edge | Layer::Banner) => 0.12,
        (_, Layer::App) => 0.45,
    }
}

/// What bits count, part by part: a choice, under which answers to few and to many facts were about as sure as they were right.
const TEMPER: EnumMap<Part, Temper> = EnumMap::from_array([
    Temper { scale: 0.8, saturation: 0.3 },
    Temper { scale: 0.5, saturation: 0.4 },
    Temper { scale: 0.4, saturation: 0.4 },
    Temper { scale: 0.5, saturation: 0.3 },
]);

/// A spread around a rate: each further of [`RATES`] is half as likely.
fn around(middle: f64) -> ByRate {
    let place = |rate: f64| RATES.iter().filter(|other| **other < rate).count();
    let shares = RATES.map(|rate| 0.5_f64.powi(i32::try_from(place(rate).abs_diff(place(middle))).unwrap_or(0)));
    let sum: f64 = shares.iter().sum();
    shares.map(|share| share / sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_calibration_reads() {
        let text = include_str!("../../fingerprints/calibration.json");
        assert_eq!(&Calibration::from_text(text).unwrap(), Calibration::measured());
    }

    #[test]
    fn a_calibration_that_does_not_read_says_why() {
        let text = include_str!("../../fingerprints/calibration.json");
        for (from, to, what) in [
            ("\"schema\": 2", "\"schema\": 1", "it has schema 1; this version of stews reads schema 2"),
            ("\"schema\": 2,", "", "missing field `schema`"),
            ("\"status\": ", "\"state\": ", "unknown variant `state`"),
            ("\"refused\":{\"status\":", "\"refused\":{\"state\":", "unknown variant `state`"),
        ] {
            let wrong = text.replacen(from, to, 1);
            assert_ne!(wrong, text, "{from}");
            let error = Calibration::from_text(&wrong).unwrap_err();
            assert!(error.starts_with(what), "{error}");
        }
        let mut numbers = serde_json::to_value(Calibration::cautious()).unwrap();
        numbers["change"].as_object_mut().unwrap().remove("timer");
        assert!(Calibration::from_text(&numbers.to_string()).is_err(), "a kind that is left out");
    }

    #[test]
    fn the_stored_names_are_those_of_the_file() {
        let stored: serde_json::Value =
            serde_json::from_str(include_str!("../../fingerprints/calibration.json")).unwrap();
        assert_eq!(serde_json::to_value(Calibration::measured()).unwrap(), stored);
    }

    #[test]
    fn a_bit_counts_at_most_one_and_more_evidence_more_in_all() {
        for temper in Calibration::measured().temper.values().chain(TEMPER.values()) {
            assert!((0.0..1.0).contains(&temper.saturation) && temper.scale <= 1.0, "{temper:?}");
            let all: Vec<f64> = (1..200).map(|weight| f64::from(weight) * temper.bit(f64::from(weight))).collect();
            assert!(all.is_sorted() && temper.bit(0.0) <= 1.0, "{all:?}");
        }
    }

    #[test]
    fn spreads_are_distributions() {
        for numbers in [Calibration::measured(), &Calibration::cautious()] {
            for spread in [&numbers.recorded, &numbers.other_front, &numbers.unknown] {
                for shares in spread.values() {
                    assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-3, "{shares:?}");
                }
            }
        }
    }
}
