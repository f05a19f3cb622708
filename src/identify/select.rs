//! What to ask next: the probes with the greatest expected information gain about the servers that are still possible, for what they
//! cost.

use std::collections::BTreeMap;

use super::answer::{Mask, Observations};
use super::calibration::Calibration;
use super::columns::AnswerClass;
use super::ids::{BehaviourId, ProductId};
use super::information::{argmax, entropy};
use super::matcher::{FoundProxy, Matcher};
use crate::probe::{Probe, Risk};

/// How a target is asked step by step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Policy {
    /// The most probes in all, the baseline among them.
    pub most: usize,
    /// How many are chosen at a time: more cost fewer round trips, and some of them tell less.
    pub batch: usize,
    /// The answer stands once its probability is this high: only versions are in question then.
    pub sure: f64,
    /// A probe whose expected information gain is less than this many bits is not played.
    pub least_gain: f64,
    /// Once the answer stands, a probe whose expected information gain is less than this many bits is not played.
    pub least_gain_sure: f64,
}

impl Policy {
    /// One that plays whatever can tell anything.
    #[must_use]
    pub fn eager() -> Self {
        Self { least_gain: 1e-9, least_gain_sure: 1e-9, ..Self::default() }
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self { most: 12, batch: 2, sure: 0.99, least_gain: 0.02, least_gain_sure: 0.35 }
    }
}

/// How much a bit about versions of one product is worth, against one about products.
const VERSION_GAIN_WEIGHT: f64 = 0.4;

/// What a probe costs in time where silence is its answer, against one that is answered at once.
const SILENCE_COST: f64 = 4.0;

/// What breaking a rule costs, against an ordinary connection.
const MALFORMED_COST: f64 = 0.25;

/// A probe is a proxy probe if the information in its answer about which proxy stands in front is so many bits.
const MIN_PROXY_BITS: f64 = 1.0;

/// How many proxy probes are played: most servers look like themselves behind one.
const PROXY_PROBES: usize = 1;

/// How many proxy probes are played once P(unknown) ≥ [`UNKNOWN_THRESHOLD`]: perhaps it is a proxy that makes the server look so.
const PROXY_PROBES_OF_UNKNOWN: usize = 3;

/// See [`PROXY_PROBES_OF_UNKNOWN`].
const UNKNOWN_THRESHOLD: f64 = 0.3;

/// No proxy probe is played where the probability of a proxy is so high.
const PROXY_STANDS: f64 = 0.99;

/// A behaviour whose probability is lower is not counted.
const MIN_PROBABILITY: f64 = 1e-6;

/// Hypotheses that no probe chosen so far tells apart.
#[derive(Clone, Debug, Default)]
struct HypothesisCell {
    /// Behaviours, each with its probability.
    known: Vec<(BehaviourId, f64)>,
    /// The probability that an unknown server is here.
    unknown: f64,
}

/// How likely an outcome of a probe is within a cell.
#[derive(Default)]
struct OutcomeMass {
    all: f64,
    /// By product.
    products: BTreeMap<ProductId, f64>,
}

/// What is known before the next probe.
struct Posterior<'m> {
    /// All hypotheses with their probabilities.
    cell: HypothesisCell,
    /// Whether the answer stands and only versions are in question.
    is_sure: bool,
    proxy: Option<FoundProxy<'m>>,
}

impl Matcher<'_> {
    /// The probes of `available` to play next, best first; none once the answer stands or nothing can tell more.
    #[must_use]
    pub fn next(
        &self,
        observations: &Observations,
        available: &[&'static Probe],
        policy: &Policy,
    ) -> Vec<&'static Probe> {
        let mut left: Vec<&'static Probe> =
            available.iter().copied().filter(|probe| !observations.contains_key(&probe.id)).collect();
        let Posterior { cell, is_sure, proxy } = self.posterior(observations, policy);
        let least = if is_sure { policy.least_gain_sure } else { policy.least_gain };
        let mut cells = vec![cell];
        let mut chosen = Vec::new();
        let room = policy.batch.min(policy.most.saturating_sub(observations.len()));
        // A proxy that was found by what it rewrites may still be another that rewrites alike.
        if room > 0 && proxy.is_none_or(|proxy| proxy.probability < PROXY_STANDS) {
            let is_doubtful = proxy.is_none() && cells[0].unknown >= UNKNOWN_THRESHOLD;
            let most = if is_doubtful { PROXY_PROBES_OF_UNKNOWN } else { PROXY_PROBES };
            chosen.extend(self.proxy_probe(observations, &mut left, most));
        }
        while chosen.len() < room {
            let passes = |probe: &Probe| proxy.map_or(1.0, |proxy| proxy.proxy.passes(probe));
            let worth = |probe: &&'static Probe| passes(probe) * self.gain(&cells, probe) / self.cost(&cells, probe);
            let Some((place, gain)) = argmax(left.iter().map(worth)).filter(|(_, gain)| *gain >= least) else { break };
            debug_assert!(gain.is_finite());
            let probe = left.remove(place);
            cells = cells.iter().flat_map(|cell| self.split(cell, probe)).collect();
            chosen.push(probe);
        }
        chosen
    }

    /// The posterior of all behaviours, of an unknown server, and of a proxy in front.
    fn posterior(&self, observations: &Observations, policy: &Policy) -> Posterior<'_> {
        let (likelihoods, proxy) = self.score_with_best_proxy(observations, Mask::default());
        let best = self.best_of_products(&likelihoods);
        let Some(first) = best.first() else {
            return Posterior { cell: HypothesisCell::default(), is_sure: true, proxy };
        };
        let unknown = self.calibration.unknown(likelihoods.mismatch(*first));
        let all: Vec<BehaviourId> = (0..likelihoods.scores.len()).map(BehaviourId::nth).collect();
        let shares = self.shares(&likelihoods.scores, &all);
        let mut products = vec![0.0; self.index.product_count];
        for (product, share) in self.index.products.iter().zip(&shares) {
            products[product.index()] += share * (1.0 - unknown);
        }
        let is_sure = products.iter().any(|share| *share >= policy.sure);
        let known = all.into_iter().zip(&shares).map(|(behaviour, share)| (behaviour, share * (1.0 - unknown)));
        let known = known.filter(|(_, share)| *share > MIN_PROBABILITY).collect();
        Posterior { cell: HypothesisCell { known, unknown }, is_sure, proxy }
    }

    /// The proxy probe that tells most for what it costs, where fewer than `most` were played.
    fn proxy_probe(
        &self,
        observations: &Observations,
        left: &mut Vec<&'static Probe>,
        most: usize,
    ) -> Option<&'static Probe> {
        let bits = |probe| self.local_responses.information(probe);
        if observations.keys().filter(|probe| bits(**probe) >= MIN_PROXY_BITS).count() >= most {
            return None;
        }
        let proxy_probes = left.iter().enumerate().filter(|(_, probe)| bits(probe.id) >= MIN_PROXY_BITS);
        let (places, worth): (Vec<usize>, Vec<f64>) =
            proxy_probes.map(|(place, probe)| (place, bits(probe.id) / (1.0 + risk(probe)))).unzip();
        let (place, _) = argmax(worth.into_iter())?;
        Some(left.remove(places[place]))
    }

    /// The expected information gain of a probe in bits: all of those about which product it is, and a part of those about its version.
    fn gain(&self, cells: &[HypothesisCell], probe: &Probe) -> f64 {
        cells.iter().map(|cell| self.gain_in(cell, probe)).sum()
    }

    fn gain_in(&self, cell: &HypothesisCell, probe: &Probe) -> f64 {
        let Some(classes) = self.index.answer_classes(self.database, probe.id) else { return 0.0 };
        let mut outcomes: BTreeMap<u32, OutcomeMass> = BTreeMap::new();
        let mut total = cell.unknown;
        for (behaviour, share) in &cell.known {
            // Who was not asked says nothing.
            let Some(class) = classes.class_of(*behaviour) else { continue };
            let outcome = outcomes.entry(class).or_default();
            outcome.all += share;
            *outcome.products.entry(self.index.product_of(*behaviour)).or_default() += share;
            total += share;
        }
        let mut products: BTreeMap<ProductId, f64> = BTreeMap::new();
        outcomes.values().flat_map(|outcome| &outcome.products).for_each(|(product, mass)| {
            *products.entry(*product).or_default() += mass;
        });
        // Of an unknown server only how common answers are is known.
        let unseen = cell.unknown * Calibration::UNSEEN_VALUE;
        let mut of_unknown = entropy(unseen, cell.unknown);
        let mut of_outcomes = entropy(unseen, total);
        for class in classes.classes() {
            let mass = cell.unknown * (1.0 - Calibration::UNSEEN_VALUE) * class.background;
            of_unknown += entropy(mass, cell.unknown);
            let known = outcomes.get(&class.number).map_or(0.0, |outcome| outcome.all);
            of_outcomes += entropy(mass + known, total);
        }
        let of_versions: f64 = outcomes
            .values()
            .flat_map(|outcome| &outcome.products)
            .map(|(product, mass)| entropy(*mass, products[product]))
            .sum();
        let gain = of_outcomes - of_unknown - (1.0 - VERSION_GAIN_WEIGHT) * of_versions;
        debug_assert!(gain > -1e-9, "{gain}: information is lost by no answer");
        gain.max(0.0)
    }

    fn cost(&self, cells: &[HypothesisCell], probe: &Probe) -> f64 {
        let Some(classes) = self.index.answer_classes(self.database, probe.id) else { return 1.0 };
        let mut silent = 0.0;
        for (behaviour, share) in cells.iter().flat_map(|cell| &cell.known) {
            let class = classes.class_of(*behaviour);
            silent += if class.is_some_and(|class| classes.is_silent(class)) { *share } else { 0.0 };
        }
        1.0 + SILENCE_COST * silent + risk(probe)
    }

    /// The cells into which the answers to a probe split a cell. What a behaviour was not asked is no answer of its own: it is in the cell of
    /// each answer, as likely as that answer is by those that were asked and by how common it is among unknown servers.
    fn split(&self, cell: &HypothesisCell, probe: &Probe) -> Vec<HypothesisCell> {
        let whole = || vec![cell.clone()];
        let Some(classes) = self.index.answer_classes(self.database, probe.id) else { return whole() };
        let mut parts: Vec<HypothesisCell> = classes.classes().iter().map(|class| cell.unknown_of(class)).collect();
        let mut unasked = Vec::new();
        for (behaviour, share) in &cell.known {
            match classes.class_of(*behaviour) {
                Some(class) => parts[class as usize].known.push((*behaviour, *share)),
                None => unasked.push((*behaviour, *share)),
            }
        }
        if unasked.len() == cell.known.len() {
            return whole();
        }
        let masses: Vec<f64> = parts.iter().map(HypothesisCell::mass).collect();
        let all: f64 = masses.iter().sum();
        for (part, mass) in parts.iter_mut().zip(masses).filter(|(_, mass)| *mass > 0.0) {
            part.known.extend(unasked.iter().map(|(behaviour, share)| (*behaviour, share * mass / all)));
        }
        // Where only an unknown server is left no probe tells anything more, so that its cells are left out; with them goes that it answers
        // as nobody does ([`Calibration::UNSEEN_VALUE`]).
        parts.retain(|part| !part.known.is_empty());
        parts
    }
}

impl HypothesisCell {
    /// The cell of an answer before any behaviour is in it: the unknown server, as far as it answers so.
    fn unknown_of(&self, class: &AnswerClass) -> Self {
        Self { known: Vec::new(), unknown: self.unknown * (1.0 - Calibration::UNSEEN_VALUE) * class.background }
    }

    /// The probability of all that is in it.
    fn mass(&self) -> f64 {
        self.unknown + self.known.iter().map(|(_, share)| share).sum::<f64>()
    }
}

/// What the risk of a probe adds to its cost.
const fn risk(probe: &Probe) -> f64 {
    match probe.risk {
        Risk::Polite => 0.0,
        _ => MALFORMED_COST,
    }
}

#[cfg(test)]
mod tests;
