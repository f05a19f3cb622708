//! From weights to a ranking.

use std::borrow::Cow;
use std::collections::BTreeMap;

use fnv::FnvHashMap;

use super::banner::{Banner, banners};
use super::calibration::Calibration;
use super::contradiction::{Contradiction, contradictions};
use super::edge::Edge;
use super::fact::Fact;
use super::fronts::{Front, Owns};
use super::index::Index;
use super::passage::Passages;
use super::protocols::protocols;
use super::ranges::ranges;
use super::weigh::{Scales, Sum};
use super::{Answer, Candidate, EdgeShare, EngineShare, Evidence, Mask, Observations};
use crate::database::{Behaviour, Database};
use crate::features::Feature;
use crate::observation::Observation;
use crate::probe::ProbeId;

/// How many proxies are considered at most.
const MOST_EDGES: usize = 3;

/// A proxy is not considered for which so many bits speak, of what it would have answered itself.
const HOPELESS: f64 = -15.0;

/// How much a bit counts by which a server behind a proxy explains more than one without.
const EDGE_TRUST: f64 = 0.5;

/// How many pieces of evidence are kept.
const MOST_EVIDENCE: usize = 64;

/// A database made ready for many identifications.
#[derive(Debug)]
pub struct Matcher<'a> {
    pub(super) database: &'a Database,
    pub(super) index: Index<'a>,
    pub(super) numbers: Cow<'a, Calibration>,
    pub(super) owns: Owns,
    /// What each of the proxies makes of facts.
    passages: Vec<Passages>,
}

/// How many bits speak for a behaviour, before they are tempered.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bits {
    /// By all facts.
    pub all: f64,
    /// By all but what the server says of itself.
    pub unsaid: f64,
}

/// Ranks all known products by how well they explain what was observed. For more than one target, [`Matcher`] is quicker.
#[must_use]
pub fn identify(observations: &Observations, database: &Database, mask: Mask) -> Answer {
    Matcher::new(database).identify(observations, mask)
}

impl<'a> Matcher<'a> {
    /// One with the measured numbers.
    #[must_use]
    pub fn new(database: &'a Database) -> Self {
        Self::of(database, Cow::Borrowed(Calibration::measured()))
    }

    /// One with other numbers.
    #[must_use]
    pub fn calibrated(database: &'a Database, numbers: Calibration) -> Self {
        Self::of(database, Cow::Owned(numbers))
    }

    fn of(database: &'a Database, numbers: Cow<'a, Calibration>) -> Self {
        let owns = Owns::new(&numbers.edges);
        let passages = numbers.edges.iter().map(Passages::new).collect();
        Self { database, index: Index::new(database), owns, passages, numbers }
    }

    /// Ranks all known products by how well they explain what was observed.
    #[must_use]
    pub fn identify(&self, observations: &Observations, mask: Mask) -> Answer {
        let (scales, edge) = self.weigh_behind(observations, mask);
        let edge = edge.map(|(edge, probability)| EdgeShare { product: edge.product.clone(), probability });
        Answer { edge, ..self.answer(&scales, observations) }
    }

    /// What weighed facts amount to.
    pub(super) fn answer(&self, scales: &Scales<'_>, observations: &Observations) -> Answer {
        let best = self.best_of_products(scales);
        let mut answer = Answer { protocols: protocols(observations), ..Answer::none() };
        let Some(first) = best.first().copied().filter(|first| scales.sums[*first].compared > 0.0) else {
            return answer;
        };
        let shares = self.shares(&scales.sums, &best);
        answer.disagreement = scales.disagreement(first);
        answer.unknown = self.numbers.unknown(answer.disagreement);
        let known = 1.0 - answer.unknown;
        let spread = self.numbers.range_bits / self.temper(&scales.sums);
        let candidates = best.iter().zip(&shares);
        answer.candidates =
            candidates.map(|(index, share)| self.candidate(&scales.sums, *index, spread, known * share)).collect();
        answer.engines = engines(&answer.candidates);
        answer.compared = scales.facts.iter().filter(|fact| fact.is_known_of(number(first))).count();
        if let Some(second) = best.get(1) {
            answer.evidence = self.evidence(scales, observations, (first, *second));
        }
        answer
    }

    /// What a target says of itself, set against the candidates that an answer names first.
    #[must_use]
    pub fn banners(&self, observations: &Observations, answer: &Answer) -> Vec<Banner> {
        banners(observations, self.database, answer.first())
    }

    /// Where a target answered otherwise when it was asked again.
    #[must_use]
    pub fn contradictions(
        &self,
        observations: &Observations,
        again: &[(ProbeId, Observation)],
        answer: &Answer,
    ) -> Vec<Contradiction> {
        contradictions(observations, again, answer, self.database)
    }

    /// The behaviours of the database.
    #[must_use]
    pub fn behaviours(&self) -> &'a [Behaviour] {
        &self.database.behaviours
    }

    /// How many bits speak for each behaviour of the database, in its order, before they are tempered, and the weight that was
    /// compared.
    #[must_use]
    pub fn bits(&self, observations: &Observations, mask: Mask) -> (Vec<Bits>, f64) {
        let (scales, _) = self.weigh_behind(observations, mask);
        let bits = scales.sums.iter().map(|sum| Bits { all: sum.bits, unsaid: sum.unsaid });
        (bits.collect(), compared(&scales.sums))
    }

    /// What one bit counts.
    pub(super) fn temper(&self, sums: &[Sum]) -> f64 {
        self.numbers.temper(compared(sums))
    }

    pub(super) fn weigh(&self, observations: &Observations, mask: Mask) -> Scales<'_> {
        Scales::new(observations, (self.database, &self.index), &self.numbers, mask)
    }

    /// The same with what a proxy in front is known to rewrite discounted, where one explains more than that there is none; that proxy, and
    /// how likely it is.
    pub(super) fn weigh_behind(&self, observations: &Observations, mask: Mask) -> (Scales<'_>, Option<(&Edge, f64)>) {
        let mut scales = self.weigh(observations, mask);
        let fronts = self.owns.fronts(&self.numbers.edges, observations, |probe| scales.common(probe));
        let likely = self.likely_edges(&scales, &fronts);
        let (prior, each) = (self.numbers.edge_prior, self.numbers.edges.len() as f64);
        let none = (1.0 - prior).log2();
        let direct = most(&scales.sums);
        let passing =
            |place: usize| self.passages[place].with(&self.numbers.edges[place], &fronts[place], self.database.lines());
        let tried = likely.into_iter().map(|place| {
            let sums = scales.sums_through(passing(place));
            let bits = EDGE_TRUST * (most(&sums) - direct) + fronts[place].against() + (prior / each).log2();
            (bits, place, sums)
        });
        let tried: Vec<(f64, usize, Vec<Sum>)> = tried.collect();
        let top = tried.iter().map(|(bits, ..)| *bits).fold(none, f64::max);
        let sum: f64 = tried.iter().map(|(bits, ..)| *bits).chain([none]).map(|bits| (bits - top).exp2()).sum();
        let best = tried.into_iter().find(|(bits, ..)| *bits >= top && *bits > none);
        let Some((_, place, sums)) = best else { return (scales, None) };
        scales.through(passing(place), sums);
        (scales, Some((&self.numbers.edges[place], sum.recip())))
    }

    /// The places of the few proxies for which anything speaks at all, the likeliest first.
    fn likely_edges(&self, direct: &Scales<'_>, fronts: &[Front]) -> Vec<usize> {
        let rewritable = direct.rewritable();
        let possible = (0..).zip(&self.passages).zip(fronts).filter(|(_, front)| front.bits() > HOPELESS);
        let bits = possible.map(|((place, passages), front)| {
            (front.bits() + Scales::rewritten_bits(&rewritable, passages, front), place)
        });
        let mut likely: Vec<(f64, usize)> = bits.filter(|(bits, _)| *bits > 0.0).collect();
        likely.sort_by(|one, other| other.0.total_cmp(&one.0));
        likely.into_iter().take(MOST_EDGES).map(|(_, place)| place).collect()
    }

    /// The best behaviour of each product, the best product first; names decide only the order of equals.
    pub(super) fn best_of_products(&self, scales: &Scales<'_>) -> Vec<usize> {
        let mut best: Vec<Option<usize>> = vec![None; self.index.product_count];
        for (behaviour, product) in self.index.products.iter().enumerate() {
            let known = &mut best[*product as usize];
            if known.is_none_or(|known| scales.sums[behaviour].bits > scales.sums[known].bits) {
                *known = Some(behaviour);
            }
        }
        let mut order: Vec<usize> = best.into_iter().flatten().collect();
        order.sort_by(|one, other| scales.sums[*other].bits.total_cmp(&scales.sums[*one].bits));
        order
    }

    /// How likely each of some behaviours is if it is one of them, all being equally likely at first.
    pub(super) fn shares(&self, sums: &[Sum], behaviours: &[usize]) -> Vec<f64> {
        let temper = self.temper(sums);
        let bits = |behaviour: &usize| temper * sums[*behaviour].bits;
        // Relative to the best, so that no power of two overflows.
        let top = behaviours.iter().map(bits).fold(f64::NEG_INFINITY, f64::max);
        let weights: Vec<f64> = behaviours.iter().map(|behaviour| (bits(behaviour) - top).exp2()).collect();
        let sum: f64 = weights.iter().sum();
        weights.into_iter().map(|weight| weight / sum).collect()
    }

    /// A product of which the versions fit that are at most `spread` bits below the best.
    fn candidate(&self, sums: &[Sum], index: usize, spread: f64, probability: f64) -> Candidate {
        let behaviour = &self.database.behaviours[index];
        let all = &self.index.versions[self.index.products[index] as usize];
        // What a server says of itself is shown apart: a version is what behaves like it.
        let best = all.iter().map(|(_, other)| sums[*other].unsaid).fold(f64::NEG_INFINITY, f64::max);
        let fits = |(_, other): &&(&str, usize)| sums[*other].unsaid >= best - spread;
        let fitting: Vec<&str> = all.iter().filter(fits).map(|(version, _)| *version).collect();
        let all: Vec<&str> = all.iter().map(|(version, _)| *version).collect();
        Candidate {
            product: behaviour.product.clone(),
            engine: behaviour.engine.clone(),
            framework: behaviour.framework.clone(),
            ranges: ranges(&fitting, &all),
            versions: fitting.into_iter().map(str::to_owned).collect(),
            probability,
            match_percent: sums[index].match_percent(),
            twins: behaviour.twins.clone(),
        }
    }

    /// What told the first from the second, the strongest first.
    fn evidence(&self, scales: &Scales<'_>, observations: &Observations, pair: (usize, usize)) -> Vec<Evidence> {
        let (first, second, temper) = (number(pair.0), number(pair.1), self.temper(&scales.sums));
        let known = scales.facts.iter().filter(|fact| fact.is_known_of(first) && fact.is_known_of(second));
        let mut told: Vec<(f64, &Fact<'_>)> =
            known.map(|fact| (temper * (fact.bits(first) - fact.bits(second)), fact)).collect();
        told.retain(|(bits, _)| bits.abs() > 0.05);
        // Facts come in the order of their probes and kinds, and the sort keeps that of equals.
        told.sort_by(|one, other| other.0.abs().total_cmp(&one.0.abs()));
        told.truncate(MOST_EVIDENCE);
        // Many probes are answered alike.
        let mut written: FnvHashMap<usize, String> = FnvHashMap::default();
        let mut write = |fact: &Fact<'_>| {
            let write = || observations.get(&fact.key.0).map(ToString::to_string).unwrap_or_default();
            written.entry(fact.place).or_insert_with(write).clone()
        };
        let evidence = |(bits, fact): (f64, &Fact<'_>)| Evidence {
            feature: Feature {
                probe: fact.key.0,
                kind: fact.key.1,
                value: scales.value(fact).unwrap_or("(none)").to_owned(),
            },
            observation: write(fact),
            bits,
        };
        told.into_iter().map(evidence).collect()
    }
}

/// The most bits that speak for any behaviour.
fn most(sums: &[Sum]) -> f64 {
    sums.iter().map(|sum| sum.bits).fold(f64::NEG_INFINITY, f64::max)
}

/// The most weight that was compared with any behaviour.
fn compared(sums: &[Sum]) -> f64 {
    sums.iter().map(|sum| sum.compared).fold(0.0, f64::max)
}

/// A behaviour's number as an index has it.
pub(super) fn number(behaviour: usize) -> u32 {
    u32::try_from(behaviour).unwrap_or(u32::MAX)
}

/// The probabilities of engines, the most likely first.
fn engines(candidates: &[Candidate]) -> Vec<EngineShare> {
    let mut sums: BTreeMap<&str, f64> = BTreeMap::new();
    for candidate in candidates {
        *sums.entry(&candidate.engine).or_default() += candidate.probability;
    }
    let mut engines: Vec<EngineShare> =
        sums.into_iter().map(|(engine, probability)| EngineShare { engine: engine.to_owned(), probability }).collect();
    engines.sort_by(|one, other| other.probability.total_cmp(&one.probability));
    engines
}
