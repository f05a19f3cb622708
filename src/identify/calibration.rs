//! What was measured about how servers change, and how sure one may be: the numbers of the matcher.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::edge::Edge;
use crate::features::Kind;

/// The numbers that `cargo xtask calibrate` measures from recordings and conditions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// How often a fact of each kind, in the order of [`Kind::ALL`], changes though the server does not: from run to run, under
    /// another application, behind a proxy.
    pub change: [f64; Kind::COUNT],
    /// How far facts are trusted to speak independently of each other, 0 to 1, where their weights add up to one; the rest of their
    /// bits is ignored.
    pub independence: f64,
    /// By which power of their weight that falls: another version of a server differs in many facts at once, so a hundred facts are
    /// not a hundred times as sure as one.
    pub saturation: f64,
    /// How much disagrees with the best behaviour where the version is recorded.
    pub known: Spreads,
    /// The same where only other versions of the engine are.
    pub other_version: Spreads,
    /// The same where the engine is not known.
    pub unknown: Spreads,
    /// How much disagrees behind a proxy, with what it rewrites discounted, where the engine is known.
    pub known_behind: Spreads,
    /// The same where the engine is not known.
    pub unknown_behind: Spreads,
    /// The prior share of servers that no database knows: a choice, not a measurement.
    pub unknown_prior: f64,
    /// What proxies do to what is observed through them.
    #[serde(default)]
    pub edges: Vec<Edge>,
    /// The prior share of targets with one of these proxies in front: a choice, not a measurement.
    pub edge_prior: f64,
    /// Versions whose behaviours explain what was observed by at most so many bits worse than the best are named too.
    pub range_bits: f64,
}

/// How much of what tells servers apart does not agree with a behaviour, by weight: facts that repeat each other weigh less.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Disagreement {
    /// The weight that disagrees.
    pub mismatched: f64,
    /// The weight that was compared.
    pub compared: f64,
    /// Of what the WebSocket library decides about the legal handshake: how many facts nobody in the database shows.
    pub novel: f64,
    /// Of the same: how many facts were observed.
    pub legal: f64,
    /// Whether it was observed through a proxy.
    pub behind: bool,
}

impl Disagreement {
    /// Where nothing was compared.
    pub const NONE: Self = Self { mismatched: 0.0, compared: 0.0, novel: 0.0, legal: 0.0, behind: false };
}

/// How disagreement is spread among servers of one sort.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spreads {
    /// The share of mismatches with the best behaviour.
    pub mismatched: Spread,
    /// The share of what nobody in the database does with the legal handshake.
    pub novel: Spread,
}

/// A beta distribution of a share, by its two parameters.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spread {
    /// The weight of mismatches.
    pub alpha: f64,
    /// The weight of matches.
    pub beta: f64,
}

static MEASURED: LazyLock<Calibration> = LazyLock::new(|| {
    // A test reads it.
    serde_json::from_str(include_str!("../../fingerprints/calibration.json"))
        .unwrap_or_else(|_| Calibration::cautious())
});

impl Calibration {
    /// What was measured, as the binary carries it.
    #[must_use]
    pub fn measured() -> &'static Self {
        &MEASURED
    }

    /// Numbers to begin with where nothing was measured.
    #[must_use]
    pub const fn cautious() -> Self {
        Self {
            // In the order of the kinds: what only the server decides 2 %, what a proxy may rewrite 12 %, data 45 %.
            change: [0.02, 0.12, 0.12, 0.12, 0.12, 0.02, 0.12, 0.12, 0.02, 0.02, 0.02, 0.2, 0.2, 0.02, 0.45],
            independence: 1.0,
            saturation: 0.5,
            known: Spreads::new((0.1, 20.0), (0.1, 20.0)),
            other_version: Spreads::new((0.3, 10.0), (0.1, 20.0)),
            unknown: Spreads::new((4.0, 8.0), (1.0, 8.0)),
            known_behind: Spreads::new((0.3, 10.0), (0.1, 20.0)),
            unknown_behind: Spreads::new((4.0, 8.0), (1.0, 8.0)),
            unknown_prior: 0.1,
            edges: Vec::new(),
            edge_prior: 0.2,
            range_bits: 4.0,
        }
    }

    /// What one bit counts where so much weight was compared.
    #[must_use]
    pub fn temper(&self, compared: f64) -> f64 {
        self.independence * compared.max(1.0).powf(-self.saturation)
    }

    /// The probability that a server is unknown that disagrees so much with the best behaviour.
    #[must_use]
    pub fn unknown(&self, seen: Disagreement) -> f64 {
        let likelihood = |spreads: Spreads| spreads.log_likelihood(seen);
        let (unknown, known) =
            if seen.behind { (self.unknown_behind, self.known_behind) } else { (self.unknown, self.known) };
        let (unknown, known) = (likelihood(unknown), even(likelihood(known), likelihood(self.other_version)));
        let odds = self.unknown_prior.ln() - (1.0 - self.unknown_prior).ln() + unknown - known;
        1.0 / (1.0 + (-odds).exp())
    }
}

/// The logarithm of the likelihood of either, one being as likely at first as the other, from those of both.
fn even(one: f64, other: f64) -> f64 {
    let top = one.max(other);
    top + ((one - top).exp() + (other - top).exp()).ln() - std::f64::consts::LN_2
}

impl Spreads {
    const fn new(mismatched: (f64, f64), novel: (f64, f64)) -> Self {
        Self {
            mismatched: Spread { alpha: mismatched.0, beta: mismatched.1 },
            novel: Spread { alpha: novel.0, beta: novel.1 },
        }
    }

    /// The logarithm of how likely such disagreement is, but for a factor that depends on what was observed alone.
    fn log_likelihood(&self, seen: Disagreement) -> f64 {
        self.mismatched.log_likelihood(seen.mismatched, seen.compared)
            + self.novel.log_likelihood(seen.novel, seen.legal)
    }
}

impl Spread {
    /// The logarithm of how likely such a part of a whole is, but for a factor that depends on the two alone.
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
        assert_eq!(&serde_json::from_str::<Calibration>(text).unwrap(), Calibration::measured());
    }

    #[test]
    fn more_mismatch_is_more_unknown_and_nothing_compared_is_the_prior() {
        let numbers = Calibration::cautious();
        let unknown = |mismatched: f64, compared: f64| {
            numbers.unknown(Disagreement { mismatched, compared, ..Disagreement::default() })
        };
        assert!((unknown(0.0, 0.0) - numbers.unknown_prior).abs() < 1e-9);
        let shares: Vec<f64> = (0..=40).map(|share| unknown(f64::from(share), 100.0)).collect();
        assert!(shares.is_sorted(), "{shares:?}");
        assert!(shares[0] < 0.01 && shares[40] > 0.8, "{shares:?}");
        assert!(unknown(0.0, 5.0) > unknown(0.0, 50.0), "little evidence is little proof");
    }
}
