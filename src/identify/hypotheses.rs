//! The hypotheses about a target, composed of its parts: a known engine under its recorded front, a known engine under another front, and
//! an engine that is not in the database.
//!
//! Each part has a rate of change of its own, one number for all facts of the part: what is as recorded changes hardly, what was swapped for
//! something else changes nearly always. The rate is not known, so that the likelihood of a hypothesis is the mean over all rates, each as
//! likely as it was measured to be under that hypothesis (a mixture with a latent rate). Whatever is not as recorded is as common as with any
//! server:
//!
//! P(fact | recorded value, rate) = (1 − rate) · P(fact | recorded value) + rate · P(fact)

use enum_map::EnumMap;

use super::calibration::{Calibration, Spread};
use super::ids::BehaviourId;
use super::index::Index;
use super::part::{ByRate, Part};
use super::score::Score;

/// An engine is not less likely unknown than it was at first before so much of what it decides was compared, by weight: one probe has up to
/// four such facts.
pub(super) const ENOUGH_ENGINE_EVIDENCE: f64 = 6.0;

/// The natural log-likelihood ratios of a behaviour under each hypothesis, against a server that shows each value as often as any.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fit {
    /// Its engine, under its front.
    pub(super) recorded: f64,
    /// Its engine, under another front.
    pub(super) other_front: f64,
    /// Another engine, which resembles it as far as engines resemble each other.
    pub(super) unknown: f64,
}

/// What is believed of one product.
#[derive(Clone, Copy, Debug)]
pub(super) struct ProductShare {
    /// The behaviour that explains most.
    pub(super) behaviour: BehaviourId,
    /// The probability that it is this product.
    pub(super) recorded: f64,
    /// The probability that it is the engine as in this product, under another front.
    pub(super) other_front: f64,
}

/// What is believed of a target.
#[derive(Clone, Debug, Default)]
pub(super) struct Posterior {
    /// By product; only those that were compared.
    pub(super) products: Vec<ProductShare>,
    /// The probability that its engine is not in the database.
    pub(super) unknown: f64,
    /// By behaviour, the probability that it is this one, whatever its front.
    pub(super) behaviours: Vec<BehaviourShare>,
}

/// What is believed of one behaviour.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct BehaviourShare {
    /// The probability of this behaviour with its front.
    pub(super) recorded: f64,
    /// The probability of this behaviour under another front.
    pub(super) other_front: f64,
}

impl BehaviourShare {
    /// The probability of this behaviour, whatever the front.
    fn all(self) -> f64 {
        self.recorded + self.other_front
    }
}

impl ProductShare {
    /// The probability that it is the engine as in this product, whatever the front.
    pub(super) fn all(&self) -> f64 {
        self.recorded + self.other_front
    }
}

/// What one bit of each part counts where these are the scores.
pub(super) fn tempers(scores: &[Score], calibration: &Calibration) -> EnumMap<Part, f64> {
    let most = |part: Part| scores.iter().map(|score| score.weights[part]).fold(0.0, f64::max);
    EnumMap::from_fn(|part| calibration.temper[part].bit(most(part)))
}

/// The likelihoods of all behaviours under each hypothesis.
pub(super) fn fits(scores: &[Score], calibration: &Calibration) -> Vec<Fit> {
    let temper = tempers(scores, calibration);
    scores.iter().map(|score| Fit::new(score, &temper, calibration)).collect()
}

impl Fit {
    fn new(score: &Score, temper: &EnumMap<Part, f64>, calibration: &Calibration) -> Self {
        let mut fit = Self { recorded: 0.0, other_front: 0.0, unknown: 0.0 };
        for (part, bits) in &score.parts {
            if bits.iter().all(|bits| *bits == 0.0) {
                continue;
            }
            // Relative to the greatest, so that no power of two overflows.
            let top = bits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let relative = bits.map(|bits| (temper[part] * (bits - top)).exp2());
            let base = temper[part] * top * std::f64::consts::LN_2;
            let mean = |spread: &Spread| base + dot(&relative, &spread[part]).ln();
            fit.recorded += mean(&calibration.recorded);
            fit.other_front += mean(&calibration.other_front);
            fit.unknown += mean(&calibration.unknown);
        }
        fit
    }
}

fn dot(one: &ByRate, other: &ByRate) -> f64 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}

impl Posterior {
    /// The behaviour that explains most of each product, the likeliest product first; names decide only the order of equals.
    pub(super) fn order(&self) -> Vec<ProductShare> {
        let mut order = self.products.clone();
        order.sort_by(|one, other| other.all().total_cmp(&one.all()));
        order
    }

    /// What is believed where these are the scores; products are equally likely at first, each by the behaviour that explains most.
    pub(super) fn new(scores: &[Score], index: &Index<'_>, calibration: &Calibration) -> Self {
        let fits = fits(scores, calibration);
        let best = best_of_products(scores, &fits, index);
        if best.is_empty() {
            return Self { unknown: 1.0, ..Self::default() };
        }
        let known = 1.0 - calibration.unknown_prior;
        let each = (best.len() as f64).recip();
        let priors = Priors {
            recorded: (each * known * (1.0 - calibration.other_front_prior)).ln(),
            other_front: (each * known * calibration.other_front_prior).ln(),
            unknown: (each * calibration.unknown_prior).ln(),
        };
        let top = best.iter().map(|best| best.most(priors)).fold(f64::NEG_INFINITY, f64::max);
        let mut products: Vec<ProductShare> = best.iter().map(|best| best.share(priors, top)).collect();
        let mut unknown: f64 = best.iter().map(|best| (best.fit.unknown + priors.unknown - top).exp()).sum();
        let all = products.iter().map(ProductShare::all).sum::<f64>() + unknown;
        unknown /= all;
        let heard = scores.iter().map(|score| score.engine_compared).fold(0.0, f64::max);
        let believed = if heard < ENOUGH_ENGINE_EVIDENCE { unknown.max(calibration.unknown_prior) } else { unknown };
        let scale = if unknown < 1.0 { (1.0 - believed) / (1.0 - unknown) / all } else { 0.0 };
        for product in &mut products {
            product.recorded *= scale;
            product.other_front *= scale;
        }
        let behaviours = behaviour_shares(&fits, &products, index, scores);
        Self { products, unknown: believed, behaviours }
    }

    /// The probability of a behaviour, whatever its front.
    pub(super) fn of_behaviour(&self, behaviour: BehaviourId) -> f64 {
        self.behaviours[behaviour.index()].all()
    }

    /// What is believed where one of several has these probabilities of being right.
    pub(super) fn mix(mut all: Vec<(f64, Self)>) -> Self {
        let Some((share, mut mixed)) = all.pop() else { return Self { unknown: 1.0, ..Self::default() } };
        mixed.scale(share);
        for (share, mut one) in all {
            one.scale(share);
            mixed.unknown += one.unknown;
            for (product, other) in mixed.products.iter_mut().zip(&one.products) {
                if other.all() > product.all() {
                    product.behaviour = other.behaviour;
                }
                product.recorded += other.recorded;
                product.other_front += other.other_front;
            }
            for (behaviour, other) in mixed.behaviours.iter_mut().zip(&one.behaviours) {
                behaviour.recorded += other.recorded;
                behaviour.other_front += other.other_front;
            }
        }
        mixed
    }

    fn scale(&mut self, share: f64) {
        self.unknown *= share;
        for product in &mut self.products {
            product.recorded *= share;
            product.other_front *= share;
        }
        for behaviour in &mut self.behaviours {
            behaviour.recorded *= share;
            behaviour.other_front *= share;
        }
    }
}

/// The natural logarithms of the prior probabilities of one product under each hypothesis.
#[derive(Clone, Copy)]
struct Priors {
    recorded: f64,
    other_front: f64,
    unknown: f64,
}

/// The behaviour of a product that explains most, and the best likelihood of any under each hypothesis.
#[derive(Clone, Copy)]
struct BestFit {
    behaviour: BehaviourId,
    /// Of the one that explains most, its bits, which decide between equals.
    bits: f64,
    fit: Fit,
}

impl BestFit {
    fn most(&self, priors: Priors) -> f64 {
        let known = (self.fit.recorded + priors.recorded).max(self.fit.other_front + priors.other_front);
        known.max(self.fit.unknown + priors.unknown)
    }

    fn share(&self, priors: Priors, top: f64) -> ProductShare {
        ProductShare {
            behaviour: self.behaviour,
            recorded: (self.fit.recorded + priors.recorded - top).exp(),
            other_front: (self.fit.other_front + priors.other_front - top).exp(),
        }
    }
}

/// The best of each product of which anything was compared, in the order of products.
fn best_of_products(scores: &[Score], fits: &[Fit], index: &Index<'_>) -> Vec<BestFit> {
    let mut best: Vec<Option<BestFit>> = vec![None; index.product_count];
    for (behaviour, (product, (score, fit))) in index.products.iter().zip(scores.iter().zip(fits)).enumerate() {
        if score.compared <= 0.0 {
            continue;
        }
        let new = BestFit { behaviour: BehaviourId::nth(behaviour), bits: score.bits, fit: *fit };
        let known = best[product.index()].get_or_insert(new);
        let explains = |one: &BestFit| (one.fit.recorded.max(one.fit.other_front), one.bits);
        if explains(&new) > explains(known) {
            (known.behaviour, known.bits) = (new.behaviour, new.bits);
        }
        known.fit = Fit {
            recorded: known.fit.recorded.max(fit.recorded),
            other_front: known.fit.other_front.max(fit.other_front),
            unknown: known.fit.unknown.max(fit.unknown),
        };
    }
    best.into_iter().flatten().collect()
}

/// What each product has, shared out among its behaviours by how well they explain what was observed.
fn behaviour_shares(
    fits: &[Fit],
    products: &[ProductShare],
    index: &Index<'_>,
    scores: &[Score],
) -> Vec<BehaviourShare> {
    const NONE: BehaviourShare = BehaviourShare { recorded: f64::NEG_INFINITY, other_front: f64::NEG_INFINITY };
    let compared = || (0..fits.len()).filter(|behaviour| scores[*behaviour].compared > 0.0);
    let product = |behaviour: usize| index.products[behaviour].index();
    // The greatest of each product first, so that no power overflows.
    let mut top = vec![NONE; index.product_count];
    for behaviour in compared() {
        let (top, fit) = (&mut top[product(behaviour)], &fits[behaviour]);
        *top = BehaviourShare {
            recorded: top.recorded.max(fit.recorded),
            other_front: top.other_front.max(fit.other_front),
        };
    }
    let relative = |behaviour: usize| BehaviourShare {
        recorded: (fits[behaviour].recorded - top[product(behaviour)].recorded).exp(),
        other_front: (fits[behaviour].other_front - top[product(behaviour)].other_front).exp(),
    };
    let mut sums = vec![BehaviourShare::default(); index.product_count];
    for behaviour in compared() {
        let (sum, one) = (&mut sums[product(behaviour)], relative(behaviour));
        sum.recorded += one.recorded;
        sum.other_front += one.other_front;
    }
    let mut shares = vec![BehaviourShare::default(); fits.len()];
    let mut of_product = vec![BehaviourShare::default(); index.product_count];
    for share in products {
        let ProductShare { behaviour, recorded, other_front } = *share;
        of_product[index.product_of(behaviour).index()] = BehaviourShare { recorded, other_front };
    }
    for behaviour in compared() {
        let (mine, sum, one) = (of_product[product(behaviour)], sums[product(behaviour)], relative(behaviour));
        shares[behaviour] = BehaviourShare {
            recorded: mine.recorded * one.recorded / sum.recorded,
            other_front: mine.other_front * one.other_front / sum.other_front,
        };
    }
    shares
}
