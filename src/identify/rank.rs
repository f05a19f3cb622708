//! From weights to a ranking.

use std::collections::BTreeMap;

use super::protocols::protocols;
use super::weigh::Scales;
use super::{Answer, Candidate, Evidence, Mask, Observations};
use crate::database::Database;
use crate::features::Feature;

/// How far features are trusted to speak independently of each other, 0 to 1; the rest of their bits is ignored.
const INDEPENDENCE: f64 = 0.25;

/// The prior share of servers that no database knows.
const UNKNOWN_PRIOR: f64 = 0.1;

/// How many pieces of evidence are kept.
const MOST_EVIDENCE: usize = 64;

/// A behaviour's sums.
struct Score {
    /// Bits against "unknown".
    bits: f64,
    match_percent: f64,
}

/// Ranks all known products by how well they explain what was observed.
#[must_use]
pub fn identify(observations: &Observations, database: &Database, mask: Mask) -> Answer {
    let scales = Scales::new(observations, database, mask);
    let scores: Vec<Score> = (0..scales.behaviours().len()).map(|behaviour| score(&scales, behaviour)).collect();
    let best = best_of_products(&scales, &scores);
    let (candidates, unknown) = candidates(&scales, &scores, &best);
    let compared = best.first().map_or(0, |behaviour| scales.facts(*behaviour).count());
    let evidence = match best[..] {
        [first, second, ..] => evidence(&scales, observations, (first, second)),
        _ => Vec::new(),
    };
    Answer { candidates, unknown, evidence, compared, protocols: protocols(observations) }
}

fn score(scales: &Scales<'_>, behaviour: usize) -> Score {
    let (mut bits, mut agreed, mut total) = (0.0, 0.0, 0.0);
    for fact in scales.facts(behaviour) {
        bits += fact.bits(behaviour) - fact.unknown_bits();
        agreed += fact.weight * fact.agreement(behaviour);
        total += fact.weight;
    }
    Score { bits: INDEPENDENCE * bits, match_percent: if total > 0.0 { 100.0 * agreed / total } else { 0.0 } }
}

/// The best behaviour of each product, the best product first; names decide only the order of equals.
fn best_of_products(scales: &Scales<'_>, scores: &[Score]) -> Vec<usize> {
    let mut best: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, behaviour) in scales.behaviours().iter().enumerate() {
        let known = best.entry(&behaviour.product).or_insert(index);
        if scores[index].bits > scores[*known].bits {
            *known = index;
        }
    }
    let mut order: Vec<usize> = best.into_values().collect();
    order.sort_by(|one, other| scores[*other].bits.total_cmp(&scores[*one].bits));
    order
}

fn candidates(scales: &Scales<'_>, scores: &[Score], best: &[usize]) -> (Vec<Candidate>, f64) {
    if best.is_empty() || scales.facts(best[0]).next().is_none() {
        return (Vec::new(), 1.0);
    }
    let prior = (1.0 - UNKNOWN_PRIOR) / best.len() as f64;
    // Relative to the best, so that no power of two overflows.
    let top = scores[best[0]].bits.max(0.0);
    let weights: Vec<f64> = best.iter().map(|index| prior * (scores[*index].bits - top).exp2()).collect();
    let unknown = UNKNOWN_PRIOR * (-top).exp2();
    let sum = unknown + weights.iter().sum::<f64>();
    let candidates = best.iter().zip(&weights).map(|(index, weight)| candidate(scales, scores, *index, weight / sum));
    (candidates.collect(), unknown / sum)
}

fn candidate(scales: &Scales<'_>, scores: &[Score], index: usize, probability: f64) -> Candidate {
    let behaviour = &scales.behaviours()[index];
    // Several behaviours of the product may fit equally well, where what told them apart was not asked.
    let mut versions: Vec<String> = Vec::new();
    for (other, score) in scales.behaviours().iter().zip(scores) {
        if other.product == behaviour.product && (score.bits - scores[index].bits).abs() < 1e-9 {
            versions.extend(other.versions.iter().cloned());
        }
    }
    versions.sort_by(|one, other| crate::database::version_order(one, other));
    Candidate {
        product: behaviour.product.clone(),
        engine: behaviour.engine.clone(),
        framework: behaviour.framework.clone(),
        versions,
        probability,
        match_percent: scores[index].match_percent,
        twins: behaviour.twins.clone(),
    }
}

/// What told the first from the second, the strongest first.
fn evidence(scales: &Scales<'_>, observations: &Observations, (first, second): (usize, usize)) -> Vec<Evidence> {
    let mut evidence: Vec<Evidence> = scales
        .facts(first)
        .filter(|fact| fact.is_known_of(second))
        .map(|fact| Evidence {
            feature: Feature {
                probe: fact.key.0,
                kind: fact.key.1,
                value: fact.value.clone().unwrap_or_else(|| "(none)".to_owned()),
            },
            observation: observations.get(&fact.key.0).map(ToString::to_string).unwrap_or_default(),
            bits: INDEPENDENCE * (fact.bits(first) - fact.bits(second)),
        })
        .filter(|evidence| evidence.bits.abs() > 0.05)
        .collect();
    evidence.sort_by(|one, other| {
        other.bits.abs().total_cmp(&one.bits.abs()).then_with(|| one.feature.cmp(&other.feature))
    });
    evidence.truncate(MOST_EVIDENCE);
    evidence
}
