//! What was chosen before: targets that answer alike are asked the same next.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::sync::{Mutex, PoisonError};

use fnv::FnvHashMap;

use super::answer::Observations;
use super::policy::Policy;
use crate::probe::Probe;

/// So many choices are remembered at most: a few megabytes.
const MOST: usize = 1 << 16;

/// Choices of what to ask next, by what was known when they were made.
#[derive(Debug, Default)]
pub(super) struct Memo {
    choices: Mutex<FnvHashMap<u64, Vec<&'static Probe>>>,
}

impl Memo {
    /// What was chosen before where the same was known, or what is chosen now.
    pub(super) fn get_or_choose(
        &self,
        observations: &Observations,
        available: &[&'static Probe],
        policy: &Policy,
        choose: impl FnOnce() -> Vec<&'static Probe>,
    ) -> Vec<&'static Probe> {
        let key = key(observations, available, policy);
        let known = |key: &u64| self.choices.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned();
        if let Some(chosen) = known(&key) {
            return chosen;
        }
        let chosen = choose();
        let mut choices = self.choices.lock().unwrap_or_else(PoisonError::into_inner);
        if choices.len() >= MOST {
            choices.clear();
        }
        choices.insert(key, chosen.clone());
        chosen
    }
}

/// Two of these are the same by chance once in 2^64; then a target is asked something that tells less.
fn key(observations: &Observations, available: &[&'static Probe], policy: &Policy) -> u64 {
    let mut hash = DefaultHasher::new();
    observations.hash(&mut hash);
    available.iter().for_each(|probe| probe.id.hash(&mut hash));
    let Policy { most, batch, sure, least_engine_evidence, least_gain, least_gain_sure } = *policy;
    (most, batch).hash(&mut hash);
    [sure, least_engine_evidence, least_gain, least_gain_sure].map(f64::to_bits).hash(&mut hash);
    hash.finish()
}
