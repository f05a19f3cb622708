//! Running sums of what features say of behaviours.

use enum_map::EnumMap;

use super::part::{ByRate, Part, RATES};

/// What all features together say of one behaviour.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Score {
    /// The weighted log-likelihood ratio in bits, against a server that shows each value as often as any, where facts of each kind change as
    /// often as measured.
    pub(super) bits: f64,
    /// [`Score::bits`] but for those of banners: what the server says of itself.
    pub(super) bits_without_banners: f64,
    /// The weight of what was compared but for banners.
    pub(super) compared: f64,
    /// How much of [`Score::compared`] matches.
    pub(super) agreed: f64,
    /// By part, the weighted log-likelihood ratio in bits at each of [`RATES`].
    pub(super) parts: EnumMap<Part, ByRate>,
    /// By part, the weight of what was compared; what most servers show weighs less.
    pub(super) weights: EnumMap<Part, f64>,
    /// The weight of what the engine decides, however common.
    pub(super) engine_compared: f64,
    /// How much of [`Score::engine_compared`] matches.
    pub(super) engine_agreed: f64,
}

/// A running sum of log-likelihoods, in bits: the fields of [`Score`] with these names.
#[derive(Clone, Copy, Default)]
pub(super) struct LogLikelihood {
    pub(super) bits: f64,
    pub(super) bits_without_banners: f64,
    pub(super) agreed: f64,
    pub(super) parts: EnumMap<Part, ByRate>,
    pub(super) engine_agreed: f64,
}

/// The weight of features: of all, and by part.
#[derive(Clone, Copy, Default)]
pub(super) struct Weight {
    pub(super) all: f64,
    pub(super) engine: f64,
    pub(super) parts: EnumMap<Part, f64>,
}

impl Score {
    /// Adds what was compared apart.
    pub(super) fn add(&mut self, other: &Self) {
        self.bits += other.bits;
        self.bits_without_banners += other.bits_without_banners;
        self.compared += other.compared;
        self.agreed += other.agreed;
        self.engine_compared += other.engine_compared;
        self.engine_agreed += other.engine_agreed;
        for (part, bits) in &other.parts {
            add_rates(&mut self.parts[part], bits, 1.0);
            self.weights[part] += other.weights[part];
        }
    }

    /// How much of [`Score::compared`] does not match.
    pub(super) fn disagreed(&self) -> f64 {
        (self.compared - self.agreed).max(0.0)
    }

    /// The share of the compared weight that matches, in percent.
    pub(super) fn match_percent(&self) -> f64 {
        if self.compared > 0.0 { 100.0 * self.agreed / self.compared } else { 0.0 }
    }
}

impl LogLikelihood {
    /// Adds another `times` as much as it is, in the parts where it says anything.
    pub(super) fn add(&mut self, other: &Self, times: f64, parts: &[Part]) {
        self.bits += times * other.bits;
        self.bits_without_banners += times * other.bits_without_banners;
        self.agreed += times * other.agreed;
        self.engine_agreed += times * other.engine_agreed;
        for part in parts {
            add_rates(&mut self.parts[*part], &other.parts[*part], times);
        }
    }

    /// The score where features of this weight were compared.
    pub(super) const fn score(self, compared: Weight) -> Score {
        let Self { bits, bits_without_banners, agreed, parts, engine_agreed } = self;
        let Weight { all: compared, engine: engine_compared, parts: weights } = compared;
        Score { bits, bits_without_banners, compared, agreed, parts, weights, engine_compared, engine_agreed }
    }
}

impl Weight {
    /// Adds another `times` as much as it is.
    pub(super) fn add(&mut self, other: &Self, times: f64) {
        self.all += times * other.all;
        self.engine += times * other.engine;
        for (part, weight) in &other.parts {
            self.parts[part] += times * weight;
        }
    }
}

fn add_rates(sum: &mut ByRate, bits: &ByRate, times: f64) {
    for (sum, bits) in sum.iter_mut().zip(bits) {
        *sum += times * bits;
    }
}

/// By rate of change, the log-likelihood ratio in bits of a value that a behaviour shows `ratio` times as likely as any server, where a value
/// that was changed is as likely as with any.
pub(super) fn bits_by_rate(ratio: f64, weight: f64) -> ByRate {
    RATES.map(|rate| weight * ((1.0 - rate) * ratio + rate).log2())
}
