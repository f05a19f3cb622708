//! How far a target is asked step by step.

/// How a target is asked step by step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Policy {
    /// The most probes in all, the baseline among them.
    pub most: usize,
    /// How many are chosen at a time: more cost fewer round trips, and some of them tell less.
    pub batch: usize,
    /// The answer stands once the probability of its engine is this high: only products and versions are in question then.
    pub sure: f64,
    /// The answer does not stand before so much of what the engine decides was compared, by weight: a handshake alone proves no engine.
    pub least_engine_evidence: f64,
    /// A probe whose expected information gain is less than this many bits is not played.
    pub least_gain: f64,
    /// Once the answer stands, a probe whose expected information gain is less than this many bits is not played.
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
        Self { most: 20, batch: 3, sure: 0.98, least_engine_evidence: 10.0, least_gain: 0.02, least_gain_sure: 0.35 }
    }
}
