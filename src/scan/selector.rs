//! What a target is asked next is decided by whoever knows what the answers mean.

use std::collections::BTreeMap;

use crate::observation::Observation;
use crate::probe::{Probe, ProbeId};

/// Decides what a target is asked next.
pub trait ProbeSelector: Sync {
    /// Some of the probes of [`Options::probes`](super::Options::probes), by what was observed and confirmed so far; none ends the scan.
    fn next(&self, observed: &BTreeMap<ProbeId, Observation>) -> Vec<&'static Probe>;
}

impl<F> ProbeSelector for F
where
    F: Fn(&BTreeMap<ProbeId, Observation>) -> Vec<&'static Probe> + Sync,
{
    fn next(&self, observed: &BTreeMap<ProbeId, Observation>) -> Vec<&'static Probe> {
        self(observed)
    }
}
