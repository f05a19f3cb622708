//! From observations and a database to an answer. Pure: no I/O, no clock, no order of arrival.
//!
//! Every feature speaks by how rare its value is among the known behaviours, and by how often its layer
//! changes for reasons other than the server. Features that repeat each other (seven patterns of reserved
//! bits, one answer) share one voice.

mod protocols;
mod rank;
mod weigh;

use std::collections::BTreeMap;

pub use rank::identify;

use crate::features::{Feature, Kind, Layer};
use crate::observation::Observation;
use crate::probe::ProbeId;

/// What to leave out of a comparison.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mask {
    /// Ignore everything in which a server names itself.
    pub banners: bool,
}

/// What a target was observed to do, by probe; the baseline in full.
pub type Observations = BTreeMap<ProbeId, Observation>;

/// Who answers, as far as that can be said.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Every known product, the most likely first; probabilities and [`Answer::unknown`] sum to one.
    pub candidates: Vec<Candidate>,
    /// The probability that it is a server that the database does not know, 0 to 1.
    pub unknown: f64,
    /// What speaks for the first candidate against the second, the strongest first.
    pub evidence: Vec<Evidence>,
    /// How many features were compared with the first candidate.
    pub compared: usize,
    /// The protocols that the application speaks over WebSocket, as far as they were asked for.
    pub protocols: Vec<&'static str>,
}

/// A product and how likely it is the one.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The product's id.
    pub product: String,
    /// The WebSocket implementation inside it.
    pub engine: String,
    /// The framework around the engine.
    pub framework: Option<String>,
    /// The versions of the product that fit best, oldest first.
    pub versions: Vec<String>,
    /// 0 to 1.
    pub probability: f64,
    /// The share of compared weight that matches, 0 to 100, as the original tool counted.
    pub match_percent: f64,
    /// Products that answer the default probes in the same way.
    pub twins: Vec<String>,
}

/// A feature that told the first candidate from the second.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// The feature observed.
    pub feature: Feature,
    /// The observation it was part of, in the notation.
    pub observation: String,
    /// For the first candidate (positive) or the second (negative), in bits.
    pub bits: f64,
}

impl Answer {
    /// Below this share of matching weight the first candidate is not believed.
    pub const LEAST_MATCH: f64 = 60.0;

    /// Whether the target is better explained by a server that is not in the database.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.candidates.first().is_none_or(|first| self.unknown >= 0.5 || first.match_percent < Self::LEAST_MATCH)
    }

    /// All products that are as likely as the first: more than one only where nothing observed tells them apart.
    #[must_use]
    pub fn first(&self) -> &[Candidate] {
        self.place(0)
    }

    /// The candidates of the next place after [`Answer::first`].
    #[must_use]
    pub fn second(&self) -> &[Candidate] {
        self.place(self.first().len())
    }

    fn place(&self, start: usize) -> &[Candidate] {
        let rest = &self.candidates[start..];
        let Some(best) = rest.first() else { return rest };
        let tied = rest.iter().take_while(|other| {
            (other.probability - best.probability).abs() <= 1e-9 * best.probability
                && (other.match_percent - best.match_percent).abs() < 1e-9
        });
        &rest[..tied.count()]
    }
}

/// How often a fact of a layer changes though the server does not: another application, a proxy, a setting.
const fn change_rate(layer: Layer) -> f64 {
    match layer {
        Layer::Engine => 0.02,
        Layer::Edge => 0.12,
        Layer::Banner => 0.12,
        Layer::App => 0.45,
    }
}

/// The kinds that a mask lets pass.
const fn is_compared(kind: Kind, mask: Mask) -> bool {
    !(mask.banners && matches!(kind, Kind::Banner))
}

#[cfg(test)]
mod tests;
