//! What is identified, and the answer.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::hypotheses::ENOUGH_ENGINE_EVIDENCE;
use super::ranges::VersionRange;
use crate::features::{Feature, Kind, Layer};
use crate::observation::Observation;
use crate::probe::ProbeId;

/// What to leave out of a comparison.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mask {
    /// Ignore everything in which a server names itself.
    pub banners: bool,
}

impl Mask {
    /// Whether features of a kind are compared.
    pub(super) const fn lets_through(self, kind: Kind) -> bool {
        !(self.banners && matches!(kind.layer(), Layer::Banner))
    }
}

/// What a target was observed to do, by probe; the baseline in full.
pub type Observations = BTreeMap<ProbeId, Observation>;

/// Who answers, as far as that can be said.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Answer {
    /// Every known product, the most likely first; probabilities and [`Answer::unknown`] sum to one.
    pub candidates: Vec<Candidate>,
    /// The probabilities of [`Answer::candidates`] summed up by engine, the most likely first.
    pub engines: Vec<EngineShare>,
    /// The reverse proxy that stands in front, if one is likelier than none.
    pub proxy: Option<ProxyCandidate>,
    /// The probability that it is a server that the database does not know, 0 to 1.
    pub unknown: f64,
    /// How much of what the engine decides was compared with the first candidate, and how much of that is otherwise.
    pub engine_evidence: EngineEvidence,
    /// The evidence for the first candidate against the second, the strongest first.
    pub evidence: Vec<Evidence>,
    /// How many features were compared with the first candidate.
    pub compared: usize,
    /// The protocols that the application speaks over WebSocket, as far as they were asked for.
    pub protocols: Vec<&'static str>,
}

/// What was compared of what the engine decides, by weight: duplicates weigh less.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct EngineEvidence {
    /// The weight that was compared.
    pub compared: f64,
    /// The weight that is otherwise.
    pub mismatched: f64,
}

/// A product and how likely it is the one.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Candidate {
    /// The product's id.
    pub product: String,
    /// The WebSocket implementation inside it.
    pub engine: String,
    /// The framework around the engine.
    pub framework: Option<String>,
    /// The recorded versions of the product that fit, oldest first.
    pub versions: Vec<String>,
    /// The releases that, by what is recorded, may behave like [`Candidate::versions`], by release line.
    pub ranges: Vec<VersionRange>,
    /// How many versions of the product are recorded.
    pub recorded: usize,
    /// The probability that the target's engine is the one in this product, whatever the front, 0 to 1.
    pub probability: f64,
    /// The part of [`Candidate::probability`] under which the front is this product's too.
    pub with_its_front: f64,
    /// The probability that the version is in [`Candidate::ranges`] if it is this product, 0 to 1.
    pub in_ranges: f64,
    /// The share of compared weight that matches, 0 to 100, as the original tool counted.
    pub match_percent: f64,
    /// Products that answer the default probes in the same way.
    pub twins: Vec<String>,
}

/// A reverse proxy and how likely it stands in front.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ProxyCandidate {
    /// The proxy's product id.
    pub product: String,
    /// 0 to 1.
    pub probability: f64,
}

/// An engine and how likely it is the one.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct EngineShare {
    /// The WebSocket implementation.
    pub engine: String,
    /// 0 to 1.
    pub probability: f64,
}

/// A feature that tells the first candidate from the second.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Evidence {
    /// The feature observed.
    pub feature: Feature,
    /// The observation it was part of, in the notation; one that shows several features is there once.
    pub observation: Arc<str>,
    /// The tempered log-likelihood ratio in bits: positive for the first candidate, negative for the second.
    pub bits: f64,
}

impl Answer {
    /// The answer where nothing can be compared.
    pub(crate) const fn none() -> Self {
        Self {
            candidates: Vec::new(),
            engines: Vec::new(),
            proxy: None,
            unknown: 1.0,
            engine_evidence: EngineEvidence { compared: 0.0, mismatched: 0.0 },
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

    /// The probability of the engines that are named first: of several where nothing observed tells them apart.
    #[must_use]
    pub fn confidence(&self) -> f64 {
        let named: BTreeSet<&str> = self.first().iter().map(|candidate| candidate.engine.as_str()).collect();
        let shares = self.engines.iter().filter(|share| named.contains(share.engine.as_str()));
        shares.map(|share| share.probability).sum()
    }

    /// Whether one engine is sure enough to be told, by enough of what it decided itself. Several that nothing observed tells apart count as
    /// one.
    #[must_use]
    pub fn is_identified(&self) -> bool {
        self.engine_evidence.compared >= ENOUGH_ENGINE_EVIDENCE && self.confidence() >= Self::IDENTIFIED
    }

    /// The least probability with which an engine is identified.
    pub const IDENTIFIED: f64 = 0.9;

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
        &rest[..rest.iter().take_while(|other| other.is_tied_with(best)).count()]
    }
}

/// Evidence of less than this Bayes factor is not worth more than a bare mention (Jeffreys, Theory of Probability, 1961, appendix B: 10^½).
const BARE_MENTION: f64 = 3.162;

impl Candidate {
    /// The one release that its versions come to, where they come to one and all releases are listed.
    #[must_use]
    pub fn only_release(&self) -> Option<&str> {
        match &self.ranges[..] {
            [only] if only.line().is_listed() && only.at_least().is_some() && only.before().is_some() => {
                only.first().filter(|first| Some(*first) == only.last())
            }
            _ => None,
        }
    }

    /// Whether nothing that was observed tells it from a likelier one: all is equal, or no default probe tells the two apart and they differ
    /// by what comes of chance between runs.
    fn is_tied_with(&self, best: &Self) -> bool {
        let is_equal = (self.probability - best.probability).abs() <= 1e-9 * best.probability
            && (self.match_percent - best.match_percent).abs() < 1e-9;
        let are_twins = best.twins.contains(&self.product) && self.twins.contains(&best.product);
        is_equal || are_twins && self.probability * BARE_MENTION >= best.probability
    }
}
