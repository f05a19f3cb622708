//! Running sums of what features say of behaviours.

/// What all features together say of one behaviour.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Score {
    /// The weighted log-likelihood ratio in bits, against a server that shows each value as often as any.
    pub(super) bits: f64,
    /// [`Score::bits`] but for those of banners: what the server says of itself.
    pub(super) bits_without_banners: f64,
    /// The weight of what was compared.
    pub(super) compared: f64,
    /// How much of [`Score::compared`] matches.
    pub(super) agreed: f64,
    /// The weight of what was compared and tells servers apart.
    pub(super) discriminating_weight: f64,
    /// How much of [`Score::discriminating_weight`] matches.
    pub(super) discriminating_agreed: f64,
}

/// A running sum of log-likelihoods, in bits: the fields of [`Score`] with these names.
#[derive(Clone, Copy, Default)]
pub(super) struct LogLikelihood {
    pub(super) bits: f64,
    pub(super) bits_without_banners: f64,
    pub(super) agreed: f64,
    pub(super) discriminating_agreed: f64,
}

/// The weight of features, and of those that tell servers apart.
#[derive(Clone, Copy, Default)]
pub(super) struct Weight {
    pub(super) all: f64,
    pub(super) discriminating: f64,
}

impl Score {
    pub(super) const fn add(&mut self, other: &Self) {
        self.bits += other.bits;
        self.bits_without_banners += other.bits_without_banners;
        self.compared += other.compared;
        self.agreed += other.agreed;
        self.discriminating_weight += other.discriminating_weight;
        self.discriminating_agreed += other.discriminating_agreed;
    }

    /// The share of the compared weight that matches, in percent.
    pub(super) fn match_percent(&self) -> f64 {
        if self.compared > 0.0 { 100.0 * self.agreed / self.compared } else { 0.0 }
    }
}

impl LogLikelihood {
    pub(super) const fn add(&mut self, other: &Self) {
        self.bits += other.bits;
        self.bits_without_banners += other.bits_without_banners;
        self.agreed += other.agreed;
        self.discriminating_agreed += other.discriminating_agreed;
    }

    pub(super) const fn less(mut self, other: &Self) -> Self {
        self.bits -= other.bits;
        self.bits_without_banners -= other.bits_without_banners;
        self.agreed -= other.agreed;
        self.discriminating_agreed -= other.discriminating_agreed;
        self
    }

    /// The score where features of this weight were compared.
    pub(super) const fn score(self, compared: Weight) -> Score {
        let Self { bits, bits_without_banners, agreed, discriminating_agreed } = self;
        let Weight { all: compared, discriminating: discriminating_weight } = compared;
        Score { bits, bits_without_banners, compared, agreed, discriminating_weight, discriminating_agreed }
    }
}

impl Weight {
    pub(super) const fn plus(self, other: Self) -> Self {
        Self { all: self.all + other.all, discriminating: self.discriminating + other.discriminating }
    }

    pub(super) const fn less(self, other: Self) -> Self {
        Self { all: self.all - other.all, discriminating: self.discriminating - other.discriminating }
    }
}
