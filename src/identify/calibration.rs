//! The numbers of the matcher: how often servers change, and how sure one may be of what that leaves.

use std::sync::LazyLock;

use enum_map::EnumMap;
use serde::{Deserialize, Serialize};

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
    /// Scale of the tempering: what one bit counts where the weights add up to one, since features are not independent of each other. May
    /// exceed 1.
    pub independence: f64,
    /// By which power of their weight that falls: another version of a server differs in many features at once, so a hundred features are
    /// not a hundred times as sure as one.
    pub saturation: f64,
    /// The mismatch with the best behaviour where the version is recorded.
    pub known: MismatchModel,
    /// The mismatch with the best behaviour where only other versions of the engine are recorded.
    pub other_version: MismatchModel,
    /// The mismatch with the best behaviour where the engine is not known.
    pub unknown: MismatchModel,
    /// The mismatch through a proxy, with what it rewrites discounted, where the engine is known.
    pub known_behind: MismatchModel,
    /// The mismatch through a proxy, with what it rewrites discounted, where the engine is not known.
    pub unknown_behind: MismatchModel,
    /// The prior share of servers that no database knows: a choice, not a measurement.
    pub unknown_prior: f64,
    /// What reverse proxies do to what is observed through them.
    #[serde(default, rename = "edges")]
    pub proxies: Vec<ReverseProxy>,
    /// The prior share of targets with one of these proxies in front: a choice, not a measurement.
    #[serde(rename = "edge_prior")]
    pub proxy_prior: f64,
    /// Versions whose behaviours explain what was observed by at most so many bits worse than the best are named too.
    pub range_bits: f64,
}

/// How much of what tells servers apart does not match a behaviour, by weight: duplicates weigh less.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Mismatch {
    /// The weight that does not match.
    pub mismatched: f64,
    /// The weight that was compared.
    pub compared: f64,
    /// Of the features that the WebSocket library decides in its answer to the legal handshake: how many have a value that nobody in the
    /// database shows.
    pub unseen_baseline: f64,
    /// How many features the WebSocket library decided in its answer to the legal handshake.
    pub baseline: f64,
    /// Whether it was observed through a reverse proxy.
    pub via_proxy: bool,
}

impl Mismatch {
    /// Where nothing was compared.
    pub const NONE: Self =
        Self { mismatched: 0.0, compared: 0.0, unseen_baseline: 0.0, baseline: 0.0, via_proxy: false };
}

/// How mismatch is spread among servers of one sort.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MismatchModel {
    /// The share of the compared weight that does not match the best behaviour.
    pub mismatched: BetaBinomial,
    /// The share of what nobody in the database does with the legal handshake.
    #[serde(rename = "novel")]
    pub unseen_baseline: BetaBinomial,
}

/// A share that varies from server to server with a beta distribution: how likely a part of a whole is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BetaBinomial {
    /// The weight of mismatches.
    pub alpha: f64,
    /// The weight of matches.
    pub beta: f64,
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
    pub const SCHEMA: u32 = 1;

    /// The probability that a server outside the database shows a value that no behaviour shows.
    pub const UNSEEN_VALUE: f64 = 0.35;

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
            independence: 1.0,
            saturation: 0.5,
            known: MismatchModel::new(beta(0.1, 20.0), beta(0.1, 20.0)),
            other_version: MismatchModel::new(beta(0.3, 10.0), beta(0.1, 20.0)),
            unknown: MismatchModel::new(beta(4.0, 8.0), beta(1.0, 8.0)),
            known_behind: MismatchModel::new(beta(0.3, 10.0), beta(0.1, 20.0)),
            unknown_behind: MismatchModel::new(beta(4.0, 8.0), beta(1.0, 8.0)),
            unknown_prior: 0.1,
            proxies: Vec::new(),
            proxy_prior: 0.2,
            range_bits: 4.0,
        }
    }

    /// How likely a server outside the database shows a value, by how common the value is among products and whether any shows it.
    pub(super) fn background(common: f64, is_shown: bool) -> f64 {
        let unseen = if is_shown { 0.0 } else { Self::UNSEEN_VALUE };
        (1.0 - Self::UNSEEN_VALUE) * common + unseen
    }

    /// What one bit counts where so much weight was compared.
    #[must_use]
    pub fn temper(&self, compared: f64) -> f64 {
        self.independence * compared.max(1.0).powf(-self.saturation)
    }

    /// The probability that a server is unknown with this mismatch with the best behaviour.
    #[must_use]
    pub fn unknown(&self, seen: Mismatch) -> f64 {
        let likelihood = |model: MismatchModel| model.log_likelihood(seen);
        let (unknown, known) =
            if seen.via_proxy { (self.unknown_behind, self.known_behind) } else { (self.unknown, self.known) };
        let (unknown, known) = (likelihood(unknown), even(likelihood(known), likelihood(self.other_version)));
        let odds = self.unknown_prior.ln() - (1.0 - self.unknown_prior).ln() + unknown - known;
        1.0 / (1.0 + (-odds).exp())
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

const fn beta(alpha: f64, beta: f64) -> BetaBinomial {
    BetaBinomial { alpha, beta }
}

/// The log-likelihood (natural) of either of two hypotheses that are equally likely at first, from those of both.
fn even(one: f64, other: f64) -> f64 {
    let top = one.max(other);
    top + ((one - top).exp() + (other - top).exp()).ln() - std::f64::consts::LN_2
}

impl MismatchModel {
    const fn new(mismatched: BetaBinomial, unseen_baseline: BetaBinomial) -> Self {
        Self { mismatched, unseen_baseline }
    }

    /// The log-likelihood (natural) of a mismatch, but for a term that depends on what was observed alone.
    fn log_likelihood(&self, seen: Mismatch) -> f64 {
        self.mismatched.log_likelihood(seen.mismatched, seen.compared)
            + self.unseen_baseline.log_likelihood(seen.unseen_baseline, seen.baseline)
    }
}

impl BetaBinomial {
    /// The log-likelihood (natural) of a part of a whole, but for the binomial coefficient, which depends on the two alone.
    #[must_use]
    pub fn log_likelihood(&self, part: f64, whole: f64) -> f64 {
        let rest = (whole - part).max(0.0);
        log_beta(part.max(0.0) + self.alpha, rest + self.beta) - log_beta(self.alpha, self.beta)
    }
}

fn log_beta(one: f64, other: f64) -> f64 {
    libm::lgamma(one) + libm::lgamma(other) - libm::lgamma(one + other)
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
            ("\"schema\": 1", "\"schema\": 2", "it has schema 2; this version of stews reads schema 1"),
            ("\"schema\": 1,", "", "missing field `schema`"),
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
    fn more_mismatch_is_more_unknown_and_nothing_compared_is_the_prior() {
        let numbers = Calibration::cautious();
        let unknown =
            |mismatched: f64, compared: f64| numbers.unknown(Mismatch { mismatched, compared, ..Mismatch::default() });
        assert!((unknown(0.0, 0.0) - numbers.unknown_prior).abs() < 1e-9);
        let shares: Vec<f64> = (0..=40).map(|share| unknown(f64::from(share), 100.0)).collect();
        assert!(shares.is_sorted(), "{shares:?}");
        assert!(shares[0] < 0.01 && shares[40] > 0.8, "{shares:?}");
        assert!(unknown(0.0, 5.0) > unknown(0.0, 50.0), "little evidence is little proof");
    }
}
