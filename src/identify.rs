//! From observations and a database to an answer. Pure: no I/O, no clock, no order of arrival.
//!
//! Every feature speaks by how rare its value is among the known behaviours, and by how often its kind changes for reasons other
//! than the server, which is measured ([`Calibration`]). Features that repeat each other (seven patterns of reserved bits, one
//! answer) share one voice. Whether the server is known at all is judged apart, by how much of what tells servers apart disagrees
//! with the best of the known.

mod banner;
mod calibration;
mod choose;
mod contradiction;
mod edge;
mod explain;
mod fact;
mod fronts;
mod index;
mod passage;
mod protocols;
mod ranges;
mod rank;
mod refused;
mod shown;
mod sides;
mod weigh;

use std::collections::BTreeMap;

pub use banner::{Banner, Verdict};
pub use calibration::{Calibration, Disagreement, Spread, Spreads};
pub use choose::Policy;
pub use contradiction::Contradiction;
pub use edge::{Edge, Own, Rewrite, Turn, key};
pub use explain::{Deciding, Explanation, Named, ProbeEvidence};
pub use ranges::VersionRange;
pub use rank::{Bits, Matcher, identify};

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
    /// The same summed up by engine, the most likely first.
    pub engines: Vec<EngineShare>,
    /// The proxy that stands in front, if it is likelier than that none does.
    pub edge: Option<EdgeShare>,
    /// The probability that it is a server that the database does not know, 0 to 1.
    pub unknown: f64,
    /// How much of what tells servers apart disagrees with the first candidate.
    pub disagreement: Disagreement,
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
    /// The recorded versions of the product that fit, oldest first.
    pub versions: Vec<String>,
    /// The same as ranges.
    pub ranges: Vec<VersionRange>,
    /// 0 to 1.
    pub probability: f64,
    /// The share of compared weight that matches, 0 to 100, as the original tool counted.
    pub match_percent: f64,
    /// Products that answer the default probes in the same way.
    pub twins: Vec<String>,
}

/// A proxy in front and how likely it is there.
#[derive(Clone, Debug, PartialEq)]
pub struct EdgeShare {
    /// The proxy's product id.
    pub product: String,
    /// 0 to 1.
    pub probability: f64,
}

/// An engine and how likely it is the one.
#[derive(Clone, Debug, PartialEq)]
pub struct EngineShare {
    /// The WebSocket implementation.
    pub engine: String,
    /// 0 to 1.
    pub probability: f64,
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
    /// The answer where nothing can be compared.
    pub(crate) const fn none() -> Self {
        Self {
            candidates: Vec::new(),
            engines: Vec::new(),
            edge: None,
            unknown: 1.0,
            disagreement: Disagreement::NONE,
            evidence: Vec::new(),
            compared: 0,
            protocols: Vec::new(),
        }
    }

    /// Whether the target is better explained by a server that is not in the database.
    #[must_use]
    pub const fn is_unknown(&self) -> bool {
        self.unknown >= 0.5
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

/// The kinds that a mask lets pass.
const fn is_compared(kind: Kind, mask: Mask) -> bool {
    !(mask.banners && matches!(kind.layer(), Layer::Banner))
}

#[cfg(test)]
mod tests;
