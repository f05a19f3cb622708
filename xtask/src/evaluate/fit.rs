//! The rates of change under which what was seen is likeliest: expectation and maximisation over the latent rate of each part and the latent
//! behaviour.

use enum_map::EnumMap;
use stews::identify::{Bits, ByRate, Calibration, Part, RATES, Spread};

/// How often the spreads are fitted anew to what they make likely.
const ROUNDS: usize = 12;

/// So much weight is given to every rate beforehand: what some hundred servers show is no more than that.
const PSEUDO_WEIGHT: f64 = 0.002;

/// An engine whose facts change more often than this is another engine, whatever it is called: two products that are said to stand on one
/// engine and differ so far do not share what is compared here.
const MOST_ENGINE_CHANGE: f64 = 0.2;

/// What is left for the rates above.
const BEYOND: f64 = 1e-4;

/// The most behaviours that are kept of a target whose engine is not known: those that it is most like.
pub const MOST_LIKE: usize = 24;

/// The hypothesis that holds of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// Its product is recorded.
    Recorded,
    /// Its engine is recorded under another front alone.
    OtherFront,
    /// Its engine is not recorded.
    Unknown,
}

/// What a target's observations say of the behaviours that it may be like.
pub struct Sample {
    truth: Truth,
    /// How much it counts.
    pub weight: f64,
    /// For each behaviour and part, the likelihood at each rate relative to the greatest, and the natural logarithm of that.
    behaviours: Vec<EnumMap<Part, Option<(ByRate, f64)>>>,
}

impl Sample {
    /// What `bits` say, as far as bits count where so much was compared.
    pub fn new(truth: Truth, bits: &[Bits], numbers: &Calibration) -> Self {
        let most = |part: Part| bits.iter().map(|bits| bits.weights[part]).fold(0.0, f64::max);
        let temper: EnumMap<Part, f64> = EnumMap::from_fn(|part| numbers.temper[part].bit(most(part)));
        let relative = |part: Part, bits: &ByRate| {
            let top = bits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let likelihoods = bits.map(|bits| (temper[part] * (bits - top)).exp2());
            bits.iter().any(|bits| *bits != 0.0).then_some((likelihoods, temper[part] * top * std::f64::consts::LN_2))
        };
        let behaviours = bits.iter().map(|bits| EnumMap::from_fn(|part| relative(part, &bits.parts[part])));
        let mut sample = Self { truth, weight: 1.0, behaviours: behaviours.collect() };
        if truth == Truth::Unknown {
            sample.keep_most_like(&numbers.unknown);
        }
        sample
    }

    fn keep_most_like(&mut self, spread: &Spread) {
        let mut order: Vec<(f64, usize)> = self
            .log_likelihoods(spread)
            .into_iter()
            .enumerate()
            .map(|(place, likelihood)| (likelihood, place))
            .collect();
        order.sort_by(|one, other| other.0.total_cmp(&one.0));
        self.behaviours = order.iter().take(MOST_LIKE).map(|(_, place)| self.behaviours[*place]).collect();
    }

    fn log_likelihoods(&self, spread: &Spread) -> Vec<f64> {
        let part = |(part, told): (Part, &Option<(ByRate, f64)>)| {
            told.as_ref().map_or(0.0, |(likelihoods, top)| top + dot(likelihoods, &spread[part]).ln())
        };
        self.behaviours.iter().map(|behaviour| behaviour.iter().map(part).sum()).collect()
    }

    /// Adds how likely each rate is for this sample.
    fn add_expected(&self, spread: &Spread, expected: &mut Spread) {
        let likelihoods = self.log_likelihoods(spread);
        let top = likelihoods.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let all: f64 = likelihoods.iter().map(|likelihood| (likelihood - top).exp()).sum();
        for (behaviour, likelihood) in self.behaviours.iter().zip(&likelihoods) {
            let share = self.weight * (likelihood - top).exp() / all;
            for (part, told) in behaviour {
                let Some((likelihoods, _)) = told else { continue };
                let whole = dot(likelihoods, &spread[part]);
                for ((expected, likelihood), prior) in expected[part].iter_mut().zip(likelihoods).zip(&spread[part]) {
                    *expected += share * likelihood * prior / whole;
                }
            }
        }
    }
}

fn dot(one: &ByRate, other: &ByRate) -> f64 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}

/// The spread under which the samples of a hypothesis are likeliest.
pub fn fit_spread(samples: &[Sample], truth: Truth) -> Spread {
    let mine: Vec<&Sample> = samples.iter().filter(|sample| sample.truth == truth).collect();
    let even = [(RATES.len() as f64).recip(); RATES.len()];
    let mut spread: Spread = EnumMap::from_fn(|_| even);
    let all: f64 = mine.iter().map(|sample| sample.weight).sum();
    for _ in 0..ROUNDS {
        let mut expected: Spread = EnumMap::from_fn(|_| [PSEUDO_WEIGHT * all; RATES.len()]);
        mine.iter().for_each(|sample| sample.add_expected(&spread, &mut expected));
        spread = expected.map(|_, rates| {
            let sum: f64 = rates.iter().sum();
            if sum > 0.0 { rates.map(|rate| rate / sum) } else { even }
        });
    }
    // Last, so that what belongs beyond does not gather at the limit.
    if truth != Truth::Unknown {
        cut(&mut spread[Part::Engine]);
    }
    spread
}

/// Leaves hardly anything to rates at which an engine is another.
fn cut(rates: &mut ByRate) {
    for (share, rate) in rates.iter_mut().zip(RATES) {
        *share = if rate > MOST_ENGINE_CHANGE { BEYOND } else { share.max(BEYOND) };
    }
    let sum: f64 = rates.iter().sum();
    rates.iter_mut().for_each(|share| *share /= sum);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is told where so many of a hundred facts differ.
    fn told(differ: f64) -> Sample {
        let likelihoods = RATES.map(|rate| differ * rate.log2() + (100.0 - differ) * (1.0 - rate).log2());
        let top = likelihoods.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let part = |part| (part == Part::Engine).then_some((likelihoods.map(|bits| (bits - top).exp2()), 0.0));
        Sample { truth: Truth::Recorded, weight: 1.0, behaviours: vec![EnumMap::from_fn(part)] }
    }

    #[test]
    fn the_rates_that_were_seen_become_the_likely_ones() {
        let samples = |truth| [1.0, 2.0, 60.0].map(|differ| Sample { truth, ..told(differ) });
        let known = fit_spread(&samples(Truth::Recorded), Truth::Recorded)[Part::Engine];
        let beyond: f64 = known.iter().zip(RATES).filter(|(_, rate)| *rate > 0.2).map(|(share, _)| share).sum();
        assert!(beyond < 0.01, "{known:?}");
        let spread = fit_spread(&samples(Truth::Unknown), Truth::Unknown);
        let engine = spread[Part::Engine];
        let low: f64 = engine.iter().zip(RATES).filter(|(_, rate)| *rate < 0.05).map(|(share, _)| share).sum();
        let high: f64 =
            engine.iter().zip(RATES).filter(|(_, rate)| (0.4..0.9).contains(rate)).map(|(share, _)| share).sum();
        assert!((low - 2.0 / 3.0).abs() < 0.05 && (high - 1.0 / 3.0).abs() < 0.05, "{engine:?}");
        assert!((engine.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    }
}
