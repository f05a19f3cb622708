//! What to ask next: the probes with the greatest expected information gain about the servers that are still possible, for what they
//! cost.

use super::answer::{Mask, Observations};
use super::cells::{CellBehaviour, HypothesisCell, Scratch};
use super::hypotheses::BehaviourShare;
use super::ids::BehaviourId;
use super::information::argmax;
use super::matcher::{FoundProxy, Matcher, Weighed};
use super::policy::Policy;
use crate::probe::{Probe, Risk};

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
const MIN_PROBABILITY: f64 = 1e-4;

/// What a probe is worth: its expected information gain in bits for what it costs.
///
/// What was gained by others is not gained again, so that a probe is hardly ever worth more once they were chosen (submodularity, which the gain has but
/// for a few hundredths of a bit). What it was worth before is therefore a bound, and only probes whose bound is the greatest are worked out anew (the
/// accelerated greedy algorithm of Minoux, 1978).
#[derive(Clone, Copy)]
struct Worth {
    value: f64,
    /// Whether the application gets a message.
    speaks: bool,
    /// Whether it was worked out with all that were chosen so far.
    is_now: bool,
}

impl Worth {
    fn now(probe: &Probe, value: f64) -> Self {
        Self { value, speaks: probe.speaks_to_application(), is_now: true }
    }
}

/// What is known before the next probe.
struct Known<'m> {
    /// All hypotheses with their probabilities.
    cell: HypothesisCell,
    /// Whether the answer stands and only products and versions are in question.
    is_sure: bool,
    proxy: Option<FoundProxy<'m>>,
}

impl Matcher<'_> {
    /// The probes of `available` to play next, best first; none once the answer stands or nothing can tell more. A pure function of its
    /// arguments: what was worked out once is remembered for the next target that answers alike.
    #[must_use]
    pub fn next(
        &self,
        observations: &Observations,
        available: &[&'static Probe],
        policy: &Policy,
    ) -> Vec<&'static Probe> {
        self.memo.get_or_choose(observations, available, policy, || self.choose(observations, available, policy))
    }

    fn choose(
        &self,
        observations: &Observations,
        available: &[&'static Probe],
        policy: &Policy,
    ) -> Vec<&'static Probe> {
        let mut left: Vec<&'static Probe> =
            available.iter().copied().filter(|probe| !observations.contains_key(&probe.id)).collect();
        let Known { cell, is_sure, proxy } = self.known(observations, policy);
        let least = if is_sure { policy.least_gain_sure } else { policy.least_gain };
        let mut chosen = Vec::new();
        let room = policy.batch.min(policy.most.saturating_sub(observations.len()));
        // A proxy that was found by what it rewrites may still be another that rewrites alike.
        if room > 0 && proxy.is_none_or(|proxy| proxy.probability < PROXY_STANDS) {
            let is_doubtful = proxy.is_none() && cell.unknown >= UNKNOWN_THRESHOLD;
            let most = if is_doubtful { PROXY_PROBES_OF_UNKNOWN } else { PROXY_PROBES };
            chosen.extend(self.proxy_probe(observations, &mut left, most));
        }
        let passes = |probe: &Probe| proxy.map_or(1.0, |proxy| proxy.proxy.passes(probe));
        let (mut cells, mut scratch) = (vec![cell], Scratch::default());
        let mut worth =
            |cells: &[HypothesisCell], probe| passes(probe) * self.gain_for_cost(cells, probe, &mut scratch);
        let mut worths: Vec<Worth> = left.iter().map(|probe| Worth::now(probe, worth(&cells, probe))).collect();
        while chosen.len() < room {
            let Some(place) = best(&worths, least, chosen.is_empty()) else { break };
            if !worths[place].is_now {
                worths[place] = Worth { value: worth(&cells, left[place]), is_now: true, ..worths[place] };
                continue;
            }
            worths.remove(place);
            let probe = left.remove(place);
            chosen.push(probe);
            if chosen.len() < room {
                cells = self.split(cells, probe);
                worths.iter_mut().for_each(|worth| worth.is_now = false);
            }
        }
        chosen
    }

    /// The posterior of all behaviours, of an unknown server, and of a proxy in front.
    fn known(&self, observations: &Observations, policy: &Policy) -> Known<'_> {
        let Weighed { posterior, proxy, likelihoods } = self.weigh(observations, Mask::default());
        let Some(first) = posterior.order().first().map(|first| first.behaviour) else {
            return Known { cell: HypothesisCell::default(), is_sure: true, proxy };
        };
        let mut engines = vec![0.0; self.index.engine_count];
        for product in &posterior.products {
            engines[self.index.engine_of(product.behaviour).index()] += product.all();
        }
        let heard = likelihoods.engine_evidence(first).compared;
        let is_sure = heard >= policy.least_engine_evidence && engines.iter().any(|share| *share >= policy.sure);
        let of_behaviour = |(place, share): (usize, &BehaviourShare)| {
            let behaviour = BehaviourId::nth(place);
            let (engine, product) = (self.index.engine_of(behaviour), self.index.product_of(behaviour));
            let BehaviourShare { recorded, other_front } = *share;
            CellBehaviour { behaviour, engine, product, recorded, other_front }
        };
        let mut known: Vec<CellBehaviour> = posterior.behaviours.iter().enumerate().map(of_behaviour).collect();
        known.retain(|one| one.all() > MIN_PROBABILITY);
        known.sort_by_key(CellBehaviour::order);
        let cell = HypothesisCell { known, unknown: posterior.unknown };
        Known { cell, is_sure, proxy }
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

    /// The expected information gain of a probe over all cells, in bits, for what it costs.
    fn gain_for_cost(&self, cells: &[HypothesisCell], probe: &Probe, scratch: &mut Scratch) -> f64 {
        let Some(classes) = self.index.answer_classes(probe.id) else { return 0.0 };
        let gain: f64 = cells.iter().map(|cell| cell.gain(probe, classes, scratch)).sum();
        let silent: f64 = cells.iter().map(|cell| cell.silent(classes)).sum();
        gain / (1.0 + SILENCE_COST * silent + risk(probe))
    }

    /// The cells into which the answers to a probe split cells.
    fn split(&self, cells: Vec<HypothesisCell>, probe: &Probe) -> Vec<HypothesisCell> {
        let Some(classes) = self.index.answer_classes(probe.id) else { return cells };
        cells.iter().flat_map(|cell| cell.split(probe, classes)).collect()
    }
}

/// The place of the probe that is worth most, at least `least`. A message is for the application, which may expect another and die of it: where
/// one `may_speak`, it is chosen if nothing else tells enough.
fn best(worths: &[Worth], least: f64, may_speak: bool) -> Option<usize> {
    let of = |speaks: bool| {
        let kept = worths.iter().map(|worth| if worth.speaks == speaks { worth.value } else { 0.0 });
        argmax(kept).filter(|(_, worth)| *worth >= least)
    };
    let (place, _) = of(false).or_else(|| may_speak.then(|| of(true)).flatten())?;
    Some(place)
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
