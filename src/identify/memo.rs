//! What was made of targets before: those that answer alike are asked the same next, and get the same answer.

use std::collections::VecDeque;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fnv::FnvHashMap;

use super::answer::{Answer, Observations};
use super::policy::Policy;
use crate::probe::Probe;

/// So many choices are remembered at most: a few megabytes.
const MOST: usize = 1 << 16;

/// So many of the last judgements are remembered: some megabytes, since each has all candidates.
const LAST: usize = 64;

/// A judgement whose evidence comes to more bytes is not remembered: hardly another target will answer like one that sends so much.
const LONG: usize = 64 << 10;

/// What is made of observations.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// Who answers.
    pub answer: Answer,
    /// The few probes with the strongest evidence, to be asked again.
    pub ask_again: Vec<&'static Probe>,
}

impl Judgement {
    /// Whether its evidence is too long to be remembered.
    fn is_long(&self) -> bool {
        let length = self.answer.evidence.iter().map(|one| one.observation.len() + one.feature.value.len());
        length.sum::<usize>() > LONG
    }
}

/// Choices of what to ask next, by what was known when they were made, and the last judgements.
#[derive(Debug, Default)]
pub(super) struct Memo {
    choices: Mutex<FnvHashMap<u64, Vec<&'static Probe>>>,
    judged: Mutex<VecDeque<Judged>>,
}

/// What was made of observations, which are known by a hash: there may be a megabyte of them.
#[derive(Debug)]
struct Judged {
    hash: [u64; 2],
    judgement: Arc<Judgement>,
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
        let known = locked(&self.choices).get(&key).cloned();
        if let Some(chosen) = known {
            return chosen;
        }
        let chosen = choose();
        let mut choices = locked(&self.choices);
        if choices.len() >= MOST {
            choices.clear();
        }
        choices.insert(key, chosen.clone());
        chosen
    }

    /// What was made of the same observations before, or what is made of them now.
    pub(super) fn get_or_judge(
        &self,
        observations: &Observations,
        judge: impl FnOnce() -> Judgement,
    ) -> Arc<Judgement> {
        let hash = hash_of(observations);
        let known = locked(&self.judged).iter().find(|one| one.hash == hash).map(|one| one.judgement.clone());
        if let Some(known) = known {
            return known;
        }
        let judgement = Arc::new(judge());
        if !judgement.is_long() {
            let mut last = locked(&self.judged);
            last.truncate(LAST - 1);
            last.push_front(Judged { hash, judgement: judgement.clone() });
        }
        judgement
    }

    /// Forgets everything.
    pub(super) fn forget(&self) {
        locked(&self.choices).clear();
        locked(&self.judged).clear();
    }
}

/// Two of these are the same by chance once in 2^128: an answer is never that of another target.
fn hash_of(observations: &Observations) -> [u64; 2] {
    [0_u8, 1].map(|salt| {
        let mut hash = DefaultHasher::new();
        (salt, observations).hash(&mut hash);
        hash.finish()
    })
}

/// What a mutex holds. Whoever panicked meanwhile left it whole: everything is put in at once.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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
