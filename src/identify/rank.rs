//! From weights to a ranking.

use std::collections::BTreeMap;

use super::calibration::Calibration;
use super::index::Index;
use super::protocols::protocols;
use super::ranges::ranges;
use super::weigh::{Scales, Sum};
use super::{Answer, Candidate, EngineShare, Evidence, Mask, Observations};
use crate::database::{Behaviour, Database};
use crate::features::Feature;

/// How many pieces of evidence are kept.
const MOST_EVIDENCE: usize = 64;

/// A database made ready for many identifications.
#[derive(Debug)]
pub struct Matcher<'a> {
    pub(super) database: &'a Database,
    pub(super) index: Index,
    pub(super) numbers: Calibration,
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
        Self::calibrated(database, Calibration::measured().clone())
    }

    /// One with other numbers.
    #[must_use]
    pub fn calibrated(database: &'a Database, numbers: Calibration) -> Self {
        Self { database, index: Index::new(database), numbers }
    }

    /// Ranks all known products by how well they explain what was observed.
    #[must_use]
    pub fn identify(&self, observations: &Observations, mask: Mask) -> Answer {
        let scales = self.weigh(observations, mask);
        let best = self.best_of_products(&scales);
        let mut answer = Answer { protocols: protocols(observations), ..Answer::none() };
        let Some(first) = best.first().copied().filter(|first| scales.sums[*first].compared > 0.0) else {
            return answer;
        };
        let shares = self.shares(&scales.sums, &best);
        answer.disagreement = scales.disagreement(first);
        answer.unknown = self.numbers.unknown(answer.disagreement);
        let known = 1.0 - answer.unknown;
        let candidates = best.iter().zip(&shares);
        answer.candidates =
            candidates.map(|(index, share)| self.candidate(&scales.sums, *index, known * share)).collect();
        answer.engines = engines(&answer.candidates);
        answer.compared = scales.facts.iter().filter(|fact| fact.is_known_of(number(first))).count();
        if let Some(second) = best.get(1) {
            answer.evidence = self.evidence(&scales, observations, (first, *second));
        }
        answer
    }

    /// The behaviours of the database.
    #[must_use]
    pub fn behaviours(&self) -> &'a [Behaviour] {
        &self.database.behaviours
    }

    /// How many bits speak for each behaviour of the database, in its order, before they are tempered, and the weight that was
    /// compared.
    #[must_use]
    pub fn bits(&self, observations: &Observations, mask: Mask) -> (Vec<f64>, f64) {
        let scales = self.weigh(observations, mask);
        (scales.sums.iter().map(|sum| sum.bits).collect(), compared(&scales.sums))
    }

    /// What one bit counts.
    pub(super) fn temper(&self, sums: &[Sum]) -> f64 {
        self.numbers.temper(compared(sums))
    }

    pub(super) fn weigh(&self, observations: &Observations, mask: Mask) -> Scales<'_> {
        Scales::new(observations, (self.database, &self.index), &self.numbers, mask)
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

    fn candidate(&self, sums: &[Sum], index: usize, probability: f64) -> Candidate {
        let behaviour = &self.database.behaviours[index];
        let mine = |other: &usize| self.index.products[*other] == self.index.products[index];
        let all: Vec<usize> = (0..sums.len()).filter(mine).collect();
        let worst = sums[index].bits - self.numbers.range_bits / self.temper(sums);
        let fits = |other: &usize| sums[*other].bits >= worst;
        let versions = |chosen: &mut dyn Iterator<Item = &usize>| {
            let mut versions: Vec<String> =
                chosen.flat_map(|other| self.database.behaviours[*other].versions.iter().cloned()).collect();
            versions.sort_by(|one, other| crate::database::version_order(one, other));
            versions
        };
        let fitting = versions(&mut all.iter().filter(|other| fits(other)));
        Candidate {
            product: behaviour.product.clone(),
            engine: behaviour.engine.clone(),
            framework: behaviour.framework.clone(),
            ranges: ranges(&fitting, &versions(&mut all.iter())),
            versions: fitting,
            probability,
            match_percent: sums[index].match_percent(),
            twins: behaviour.twins.clone(),
        }
    }

    /// What told the first from the second, the strongest first.
    fn evidence(&self, scales: &Scales<'_>, observations: &Observations, pair: (usize, usize)) -> Vec<Evidence> {
        let (first, second, temper) = (number(pair.0), number(pair.1), self.temper(&scales.sums));
        let known = scales.facts.iter().filter(|fact| fact.is_known_of(first) && fact.is_known_of(second));
        let mut evidence: Vec<Evidence> = known
            .map(|fact| Evidence {
                feature: Feature {
                    probe: fact.key.0,
                    kind: fact.key.1,
                    value: fact.value.clone().unwrap_or_else(|| "(none)".to_owned()),
                },
                observation: observations.get(&fact.key.0).map(ToString::to_string).unwrap_or_default(),
                bits: temper * (fact.bits(fact.share(&self.index, first)) - fact.bits(fact.share(&self.index, second))),
            })
            .filter(|evidence| evidence.bits.abs() > 0.05)
            .collect();
        evidence.sort_by(|one, other| {
            other.bits.abs().total_cmp(&one.bits.abs()).then_with(|| one.feature.cmp(&other.feature))
        });
        evidence.truncate(MOST_EVIDENCE);
        evidence
    }
}

/// The most weight that was compared with any behaviour.
fn compared(sums: &[Sum]) -> f64 {
    sums.iter().map(|sum| sum.compared).fold(0.0, f64::max)
}

/// A behaviour's number as an index has it.
fn number(behaviour: usize) -> u32 {
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
