//! What to ask next: the probes with the greatest expected information gain about the servers that are still possible, for what they
//! cost.

use super::answer::{Mask, Observations};
use super::columns::{AnswerClass, UNSEEN_ANSWER};
use super::hypotheses::BehaviourShare;
use super::ids::{BehaviourId, EngineId, ProductId};
use super::information::{argmax, entropy};
use super::matcher::{FoundProxy, Matcher, Weighed};
use super::policy::Policy;
use crate::probe::{Probe, Risk};

/// How much a bit about products on one engine is worth, against one about engines.
const PRODUCT_GAIN_WEIGHT: f64 = 0.6;

/// How much a bit about versions of one product is worth, against one about engines.
const VERSION_GAIN_WEIGHT: f64 = 0.3;

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

/// What could be gained in a cell of less probability is not counted.
const MIN_CELL: f64 = 1e-4;

/// Hypotheses that no probe chosen so far tells apart.
#[derive(Clone, Debug, Default)]
struct HypothesisCell {
    /// Behaviours, those of one engine and of one product together.
    known: Vec<CellBehaviour>,
    /// The probability that an unknown server is here.
    unknown: f64,
}

/// A behaviour in a cell.
#[derive(Clone, Copy, Debug)]
struct CellBehaviour {
    behaviour: BehaviourId,
    engine: EngineId,
    product: ProductId,
    /// The probability of it under its own front.
    recorded: f64,
    /// The probability of it under another front.
    other_front: f64,
}

/// The mass of each outcome of a probe within a group of hypotheses; a group has few outcomes.
#[derive(Default)]
struct OutcomeMasses {
    masses: Vec<(u32, f64)>,
    all: f64,
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
            let worths: Vec<f64> = left.iter().map(worth).collect();
            let Some((place, gain)) = best(&left, &worths, least, chosen.is_empty()) else { break };
            debug_assert!(gain.is_finite());
            let probe = left.remove(place);
            cells = cells.iter().flat_map(|cell| self.split(cell, probe)).collect();
            chosen.push(probe);
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

    /// The expected information gain of a probe in bits: all of those about the engine and whether it is known, and a part of those about
    /// products and versions.
    fn gain(&self, cells: &[HypothesisCell], probe: &Probe) -> f64 {
        cells.iter().map(|cell| self.gain_in(cell, probe)).sum()
    }

    fn gain_in(&self, cell: &HypothesisCell, probe: &Probe) -> f64 {
        let Some(classes) = self.index.answer_classes(self.database, probe.id) else { return 0.0 };
        let mut known = OutcomeMasses::default();
        let (mut of_engines, mut of_products) = (0.0, 0.0);
        for engine in cell.known.chunk_by(|one, other| one.engine == other.engine) {
            let mut of_engine = OutcomeMasses::default();
            for product in engine.chunk_by(|one, other| one.product == other.product) {
                let mut of_product = OutcomeMasses::default();
                for one in product {
                    // Who was not asked says nothing.
                    let Some(class) = classes.class_of(one.behaviour) else { continue };
                    of_product.add(class, one.telling(probe));
                }
                of_products += of_product.entropy();
                of_product.masses.iter().for_each(|(class, mass)| of_engine.add(*class, *mass));
            }
            of_engines += of_engine.entropy();
            of_engine.masses.iter().for_each(|(class, mass)| known.add(*class, *mass));
        }
        if known.masses.is_empty() {
            return 0.0;
        }
        // Of an unknown server only how common answers are is known.
        let (all, unknown) = (known.all + cell.unknown, cell.unknown);
        let of_unknown = unknown * classes.background_entropy();
        // The outcomes that no behaviour here has, all at once: their entropy is that of the unknown server's answers but for the others.
        let mut rest = 1.0;
        let mut of_rest = classes.background_entropy();
        let mut of_outcomes = 0.0;
        for (class, mass) in &known.masses {
            let share = classes.answered_by_unknown(*class);
            rest -= share;
            of_rest -= entropy(share, 1.0);
            of_outcomes += entropy(mass + unknown * share, all);
        }
        if unknown > 0.0 {
            of_outcomes += unknown * (of_rest + rest.max(0.0) * (all / unknown).log2());
        }
        let gain = of_outcomes
            - of_unknown
            - (1.0 - PRODUCT_GAIN_WEIGHT) * of_engines
            - (PRODUCT_GAIN_WEIGHT - VERSION_GAIN_WEIGHT) * of_products;
        debug_assert!(gain > -1e-9, "{gain}: information is lost by no answer");
        gain.max(0.0)
    }

    fn cost(&self, cells: &[HypothesisCell], probe: &Probe) -> f64 {
        let Some(classes) = self.index.answer_classes(self.database, probe.id) else { return 1.0 };
        let mut silent = 0.0;
        for one in cells.iter().flat_map(|cell| &cell.known) {
            let class = classes.class_of(one.behaviour);
            silent += if class.is_some_and(|class| classes.is_silent(class)) { one.all() } else { 0.0 };
        }
        1.0 + SILENCE_COST * silent + risk(probe)
    }

    /// The cells into which the answers to a probe split a cell. What a behaviour was not asked is no answer of its own: it is in the cell of
    /// each answer, as likely as that answer is by those that were asked and by how common it is among unknown servers.
    fn split(&self, cell: &HypothesisCell, probe: &Probe) -> Vec<HypothesisCell> {
        let whole = || vec![cell.clone()];
        let Some(classes) = self.index.answer_classes(self.database, probe.id) else { return whole() };
        let mut parts: Vec<HypothesisCell> = classes.classes().iter().map(|class| cell.unknown_of(class)).collect();
        let mut silent: Vec<CellBehaviour> = Vec::new();
        for one in &cell.known {
            let Some(class) = classes.class_of(one.behaviour) else {
                silent.push(*one);
                continue;
            };
            if probe.opens_legally() {
                parts[class as usize].known.push(*one);
            } else {
                // Under another front, a handshake that is not legal is that front's to answer.
                parts[class as usize].known.push(CellBehaviour { other_front: 0.0, ..*one });
                silent.push(CellBehaviour { recorded: 0.0, ..*one });
            }
        }
        if parts.iter().all(|part| part.known.is_empty()) {
            return whole();
        }
        silent.retain(|one| one.all() > 0.0);
        let masses: Vec<f64> = parts.iter().map(HypothesisCell::mass).collect();
        let all: f64 = masses.iter().sum();
        for (part, mass) in parts.iter_mut().zip(masses).filter(|(_, mass)| *mass > 0.0) {
            part.known.extend(silent.iter().map(|one| one.scaled(mass / all)));
            part.known.retain(|one| one.all() > 0.0);
            part.known.sort_by_key(CellBehaviour::order);
        }
        // Where only an unknown server is left no probe tells anything more, so that its cells are left out; with them goes that it answers
        // as nobody does.
        parts.retain(|part| !part.known.is_empty() && part.mass() > MIN_CELL);
        parts
    }
}

impl CellBehaviour {
    /// The probability of it, whatever the front.
    fn all(&self) -> f64 {
        self.recorded + self.other_front
    }

    /// The probability of it as far as the answer to a probe tells anything: under another front, a handshake that is not legal is that
    /// front's to answer.
    fn telling(&self, probe: &Probe) -> f64 {
        if probe.opens_legally() { self.all() } else { self.recorded }
    }

    fn scaled(&self, factor: f64) -> Self {
        Self { recorded: self.recorded * factor, other_front: self.other_front * factor, ..*self }
    }

    /// By engine, product and behaviour.
    const fn order(&self) -> (EngineId, ProductId, BehaviourId) {
        (self.engine, self.product, self.behaviour)
    }
}

impl OutcomeMasses {
    fn add(&mut self, class: u32, mass: f64) {
        self.all += mass;
        match self.masses.iter_mut().find(|(known, _)| *known == class) {
            Some((_, sum)) => *sum += mass,
            None => self.masses.push((class, mass)),
        }
    }

    /// The entropy of the outcome in bits, times the mass of the group.
    fn entropy(&self) -> f64 {
        if self.masses.len() < 2 {
            return 0.0;
        }
        self.masses.iter().map(|(_, mass)| entropy(*mass, self.all)).sum()
    }
}

impl HypothesisCell {
    /// The cell of an answer before any behaviour is in it: the unknown server, as far as it answers so.
    fn unknown_of(&self, class: &AnswerClass) -> Self {
        Self { unknown: self.unknown * (1.0 - UNSEEN_ANSWER) * class.background, ..Self::default() }
    }

    /// The probability of all that is in it.
    fn mass(&self) -> f64 {
        self.unknown + self.known.iter().map(CellBehaviour::all).sum::<f64>()
    }
}

/// The place of the probe that is worth most, at least `least`, and how much. A message is for the application, which may expect another
/// and die of it: where one `may_speak`, it is chosen if nothing else tells enough.
fn best(probes: &[&'static Probe], worths: &[f64], least: f64, may_speak: bool) -> Option<(usize, f64)> {
    let of = |speaks: bool| {
        let kept = probes.iter().zip(worths);
        let kept = kept.map(|(probe, worth)| if probe.speaks_to_application() == speaks { *worth } else { 0.0 });
        argmax(kept).filter(|(_, worth)| *worth >= least)
    };
    of(false).or_else(|| may_speak.then(|| of(true)).flatten())
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
