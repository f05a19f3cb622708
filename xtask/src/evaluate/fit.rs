//! Numbers under which what was seen is likeliest.

use stews::identify::{BetaBinomial, Mismatch, MismatchModel};

/// The least that a share is taken to vary, and the most that it is taken not to: what some hundred runs show is no more than that.
const ALPHA: (f64, f64) = (0.005, 100.0);

/// How well a product explains some observations.
pub struct ProductScore {
    /// The bits of its best behaviour.
    pub bits: f64,
    /// Whether its engine is the true one.
    pub right: bool,
}

/// How well all products explain some observations of a run.
pub struct ScoreProfile {
    /// The score of each product.
    pub products: Vec<ProductScore>,
    /// The weight that was compared.
    pub compared: f64,
    /// How many bits the true version is behind the best of its product.
    pub version_behind: Option<f64>,
}

/// The mismatch of runs of one sort with what is known.
pub fn fit_mismatch(runs: &[Mismatch], start: MismatchModel) -> MismatchModel {
    let shares = |share: fn(&Mismatch) -> (f64, f64)| runs.iter().map(share).collect::<Vec<_>>();
    let mismatched = shares(|seen| (seen.mismatched, seen.compared));
    let unseen_baseline = shares(|seen| (seen.unseen_baseline, seen.baseline));
    MismatchModel {
        mismatched: fit_shares(&mismatched, start.mismatched),
        unseen_baseline: fit_shares(&unseen_baseline, start.unseen_baseline),
    }
}

/// The beta distribution under which what was seen is likeliest.
fn fit_shares(seen: &[(f64, f64)], start: BetaBinomial) -> BetaBinomial {
    let likelihood = |at: [f64; 2]| {
        let spread = BetaBinomial { alpha: at[0].exp(), beta: at[1].exp() };
        seen.iter().map(|(part, whole)| spread.log_likelihood(*part, *whole)).sum::<f64>()
    };
    let best = climb(likelihood, [start.alpha.ln(), start.beta.ln()]);
    // What was never seen in a thousand runs may still be.
    let [alpha, beta] = best.map(f64::exp);
    let much = (alpha / ALPHA.1).max(1.0);
    BetaBinomial { alpha: (alpha / much).max(ALPHA.0), beta: beta / much }
}

/// The highest place of a smooth hill, by steps along each side that are halved where none leads up.
fn climb(height: impl Fn([f64; 2]) -> f64, start: [f64; 2]) -> [f64; 2] {
    let (mut at, mut best, mut step) = (start, height(start), 1.0);
    while step > 1e-4 {
        let sides = [[step, 0.0], [-step, 0.0], [0.0, step], [0.0, -step]];
        let better = sides.iter().map(|side| [at[0] + side[0], at[1] + side[1]]).find(|next| height(*next) > best);
        match better {
            Some(next) => (at, best) = (next, height(next)),
            None => step /= 2.0,
        }
    }
    at
}

/// Independence and saturation under which the true engines are likeliest.
pub fn fit_trust(all: &[&ScoreProfile]) -> (f64, f64) {
    let temper = |at: [f64; 2], compared: f64| at[0].exp() * compared.max(1.0).powf(-at[1]);
    let likelihood =
        |at: [f64; 2]| all.iter().map(|one| engine_log_probability(one, temper(at, one.compared))).sum::<f64>();
    let best = climb(likelihood, [0.0, 0.5]);
    (best[0].exp(), best[1])
}

/// The logarithm of the probability of the true engine where a bit counts so much.
fn engine_log_probability(profile: &ScoreProfile, temper: f64) -> f64 {
    let top = profile.products.iter().map(|one| one.bits).fold(f64::NEG_INFINITY, f64::max);
    let weight = |right_only: bool| {
        let products = profile.products.iter().filter(|one| one.right || !right_only);
        products.map(|one| (temper * (one.bits - top)).exp2()).sum::<f64>()
    };
    // No single run decides: a true engine that seems impossible costs twenty bits.
    (weight(true) / weight(false)).log2().max(-20.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use stews::identify::Calibration;

    #[test]
    fn a_hill_is_climbed() {
        let top = climb(|[x, y]| -(x - 1.5).powi(2) - 3.0 * (y + 0.25).powi(2), [0.0, 0.0]);
        assert!((top[0] - 1.5).abs() < 1e-3 && (top[1] + 0.25).abs() < 1e-3, "{top:?}");
    }

    #[test]
    fn shares_that_scatter_little_fit_a_narrow_spread() {
        let seen = |share: f64| (100.0 * share, 100.0);
        let start = BetaBinomial { alpha: 1.0, beta: 1.0 };
        let spread = fit_shares(&[0.28, 0.3, 0.31, 0.3, 0.32].map(seen), start);
        assert!((spread.alpha / (spread.alpha + spread.beta) - 0.3).abs() < 0.02, "{spread:?}");
        let wide = fit_shares(&[0.05, 0.6, 0.3, 0.1, 0.45].map(seen), start);
        assert!(wide.alpha + wide.beta < spread.alpha + spread.beta, "{wide:?} {spread:?}");
    }

    #[test]
    fn where_bits_name_the_right_engine_they_are_trusted() {
        let outline = |right: f64, compared: f64| ScoreProfile {
            products: vec![
                ProductScore { bits: right, right: true },
                ProductScore { bits: 10.0 - right, right: false },
            ],
            compared,
            version_behind: None,
        };
        let temper = |all: &[&ScoreProfile], compared: f64| {
            let (independence, saturation) = fit_trust(all);
            Calibration { independence, saturation, ..Calibration::cautious() }.temper(compared)
        };
        let (right, wrong) = (outline(10.0, 1.0), outline(0.0, 100.0));
        let both = [&right, &right, &right, &wrong, &wrong];
        assert!(temper(&both, 1.0) > 0.5, "few facts were right");
        assert!(temper(&both, 100.0) < 0.1, "many were wrong");
    }
}
