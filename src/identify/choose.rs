//! What to ask next: the probes whose answers are expected to tell most about the servers that are still in question, for what
//! they cost.

use std::collections::BTreeMap;

use super::edge::Edge;
use super::rank::Matcher;
use super::weigh::NOVELTY;
use super::{Mask, Observations};
use crate::features::Kind;
use crate::probe::{Probe, Risk};

/// How a target is asked step by step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Policy {
    /// The most probes in all, the baseline among them.
    pub most: usize,
    /// How many are chosen at a time: more cost fewer round trips, and some of them tell less.
    pub batch: usize,
    /// The answer stands once its probability is this high, and only versions are in question.
    pub sure: f64,
    /// A probe that is expected to tell less than this many bits is not played.
    pub least_gain: f64,
    /// The same once the answer stands.
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

/// How much telling versions of one product apart is worth, against telling products apart.
const VERSIONS: f64 = 0.4;

/// What a probe costs in time where silence is its answer, against one that is answered at once.
const SILENCE: f64 = 4.0;

/// A probe tells of proxies if its answer is expected to tell so many bits about which of them stands in front.
const EDGE_BITS: f64 = 1.0;

/// How many such probes are played to look for a proxy: most servers look like themselves behind one.
const EDGE_PROBES: usize = 1;

/// The same where the server is unknown with at least the probability [`DOUBT`]: perhaps it is a proxy that makes it look so.
const MOST_EDGE_PROBES: usize = 3;

/// No such probe is played where a proxy is found that is at least so likely.
const SURE_EDGE: f64 = 0.99;

/// See [`MOST_EDGE_PROBES`].
const DOUBT: f64 = 0.3;

/// What breaking a rule costs, against an ordinary connection.
const MALFORMED: f64 = 0.25;

/// Hypotheses that are not told apart by what was chosen so far.
#[derive(Clone, Debug, Default)]
struct Cell {
    /// Behaviours, each with its probability.
    known: Vec<(u32, f64)>,
    /// The probability that an unknown server is here.
    unknown: f64,
}

/// Sums of a probe's outcomes within a cell.
#[derive(Default)]
struct Outcome {
    mass: f64,
    /// The mass of each product.
    products: BTreeMap<u32, f64>,
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
        let (cell, sure, edge) = self.in_question(observations, policy);
        let least = if sure { policy.least_gain_sure } else { policy.least_gain };
        let mut cells = vec![cell];
        let mut chosen = Vec::new();
        let room = policy.batch.min(policy.most.saturating_sub(observations.len()));
        // A proxy that was found by what it rewrites may still be another that rewrites alike.
        if room > 0 && edge.is_none_or(|(_, probability)| probability < SURE_EDGE) {
            let most = if edge.is_none() && cells[0].unknown >= DOUBT { MOST_EDGE_PROBES } else { EDGE_PROBES };
            chosen.extend(self.edge_probe(observations, &mut left, most));
        }
        while chosen.len() < room {
            let passes = |probe: &Probe| edge.map_or(1.0, |(edge, _)| edge.passes(probe));
            let worth = |probe: &&'static Probe| passes(probe) * self.gain(&cells, probe) / self.cost(&cells, probe);
            let Some((place, gain)) = best(left.iter().map(worth)).filter(|(_, gain)| *gain >= least) else { break };
            debug_assert!(gain.is_finite());
            let probe = left.remove(place);
            cells = cells.iter().flat_map(|cell| self.split(cell, probe)).collect();
            chosen.push(probe);
        }
        chosen
    }

    /// All hypotheses with their probabilities, whether only versions are in question, and the proxy in front with its own.
    fn in_question(&self, observations: &Observations, policy: &Policy) -> (Cell, bool, Option<(&Edge, f64)>) {
        let (scales, edge) = self.weigh_behind(observations, Mask::default());
        let best = self.best_of_products(&scales);
        let Some(first) = best.first() else { return (Cell::default(), true, edge) };
        let unknown = self.numbers.unknown(scales.disagreement(*first));
        let all: Vec<usize> = (0..scales.sums.len()).collect();
        let shares = self.shares(&scales.sums, &all);
        let mut products = vec![0.0; self.index.product_count];
        for (behaviour, share) in shares.iter().enumerate() {
            products[self.index.products[behaviour] as usize] += share * (1.0 - unknown);
        }
        let sure = products.iter().any(|share| *share >= policy.sure);
        let known = (0..).zip(&shares).map(|(behaviour, share)| (behaviour, share * (1.0 - unknown)));
        (Cell { known: known.filter(|(_, share)| *share > 1e-6).collect(), unknown }, sure, edge)
    }

    /// The probe whose answer tells most about which proxy stands in front, where fewer than `most` of these were played.
    fn edge_probe(
        &self,
        observations: &Observations,
        left: &mut Vec<&'static Probe>,
        most: usize,
    ) -> Option<&'static Probe> {
        if observations.keys().filter(|probe| self.owns.tells(**probe) >= EDGE_BITS).count() >= most {
            return None;
        }
        let telling = left.iter().enumerate().filter(|(_, probe)| self.owns.tells(probe.id) >= EDGE_BITS);
        let (places, worth): (Vec<usize>, Vec<f64>) =
            telling.map(|(place, probe)| (place, self.owns.tells(probe.id) / (1.0 + risk(probe)))).unzip();
        let (place, _) = best(worth.into_iter())?;
        Some(left.remove(places[place]))
    }

    /// How many bits a probe is expected to tell: all of those about which product it is, and a part of those about its version.
    fn gain(&self, cells: &[Cell], probe: &Probe) -> f64 {
        cells.iter().map(|cell| self.gain_in(cell, probe)).sum()
    }

    fn gain_in(&self, cell: &Cell, probe: &Probe) -> f64 {
        let Some(probed) = self.index.classed(self.database, probe.id) else { return 0.0 };
        let mut outcomes: BTreeMap<u32, Outcome> = BTreeMap::new();
        let mut total = cell.unknown;
        for (behaviour, share) in &cell.known {
            // Who was not asked says nothing.
            let Some(class) = probed.class_of(*behaviour) else { continue };
            let outcome = outcomes.entry(class).or_default();
            outcome.mass += share;
            *outcome.products.entry(self.index.products[*behaviour as usize]).or_default() += share;
            total += share;
        }
        let mut products: BTreeMap<u32, f64> = BTreeMap::new();
        outcomes.values().flat_map(|outcome| &outcome.products).for_each(|(product, mass)| {
            *products.entry(*product).or_default() += mass;
        });
        // Of an unknown server only how common answers are is known.
        let mut of_unknown = entropy(cell.unknown * NOVELTY, cell.unknown);
        let mut of_outcomes = entropy(cell.unknown * NOVELTY, total);
        for class in probed.classes() {
            let mass = cell.unknown * (1.0 - NOVELTY) * class.background;
            of_unknown += entropy(mass, cell.unknown);
            let known = outcomes.get(&class.number).map_or(0.0, |outcome| outcome.mass);
            of_outcomes += entropy(mass + known, total);
        }
        let of_versions: f64 = outcomes
            .values()
            .flat_map(|outcome| &outcome.products)
            .map(|(product, mass)| entropy(*mass, products[product]))
            .sum();
        (of_outcomes - of_unknown - (1.0 - VERSIONS) * of_versions).max(0.0)
    }

    fn cost(&self, cells: &[Cell], probe: &Probe) -> f64 {
        let Some(probed) = self.index.classed(self.database, probe.id) else { return 1.0 };
        let mut silent = 0.0;
        for (behaviour, share) in cells.iter().flat_map(|cell| &cell.known) {
            let class = probed.class_of(*behaviour);
            silent += if class.is_some_and(|class| probed.is_silent(class)) { *share } else { 0.0 };
        }
        1.0 + SILENCE * silent + risk(probe)
    }

    /// A cell by the answers to a probe.
    fn split(&self, cell: &Cell, probe: &Probe) -> Vec<Cell> {
        let Some(probed) = self.index.classed(self.database, probe.id) else { return vec![cell.clone()] };
        let mut parts: BTreeMap<Option<u32>, Cell> = BTreeMap::new();
        for (behaviour, share) in &cell.known {
            parts.entry(probed.class_of(*behaviour)).or_default().known.push((*behaviour, *share));
        }
        for class in probed.classes() {
            if let Some(part) = parts.get_mut(&Some(class.number)) {
                part.unknown = cell.unknown * (1.0 - NOVELTY) * class.background;
            }
        }
        parts.into_values().collect()
    }
}

/// A part's share of the entropy of a whole, in bits, by the mass of both.
pub(super) fn entropy(part: f64, whole: f64) -> f64 {
    if part > 0.0 && whole > part { -part * (part / whole).log2() } else { 0.0 }
}

/// What the risk of a probe adds to its cost.
const fn risk(probe: &Probe) -> f64 {
    match probe.risk {
        Risk::Polite => 0.0,
        _ => MALFORMED,
    }
}

/// The first of the greatest.
fn best(values: impl Iterator<Item = f64>) -> Option<(usize, f64)> {
    values.enumerate().fold(None, |best, (place, value)| match best {
        Some((_, greatest)) if value <= greatest => best,
        _ => Some((place, value)),
    })
}

/// What is known of how a class of answers is taken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Class {
    /// Its number among the classes of its probe.
    pub(super) number: u32,
    /// How common it is among products.
    pub(super) background: f64,
    /// Whether it takes a quiet period to see it.
    pub(super) silent: bool,
}

/// The kinds that make classes: what tells servers apart, and not their applications.
pub(super) const fn makes_classes(kind: Kind) -> bool {
    kind.properties().makes_classes
}
