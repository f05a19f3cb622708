//! The chunks that a worker has in hand.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_nats::jetstream::message::Acker;

use super::super::chunk::Chunk;
use crate::fleet::Asked;

/// The chunks in hand; clones are one.
#[derive(Clone, Default)]
pub(super) struct Hand(Arc<Mutex<BTreeMap<u64, Held>>>);

struct Held {
    chunk: Chunk,
    /// Names of targets that are not done, by key.
    left: HashMap<u64, String>,
    left_alone: u64,
    acker: Arc<Acker>,
}

/// A chunk that leaves the hand.
pub(super) struct Leaving {
    /// With the targets that are not done.
    pub(super) chunk: Chunk,
    pub(super) acker: Arc<Acker>,
}

impl Hand {
    fn held(&self) -> MutexGuard<'_, BTreeMap<u64, Held>> {
        // Nothing is left half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a chunk into the hand; whether its targets are to be looked at. One that is there already was given out again, since nothing was heard of it
    /// for too long.
    pub(super) fn take(&self, chunk: Chunk, targets: &[Asked], acker: Acker) -> bool {
        let mut held = self.held();
        let acker = Arc::new(acker);
        if let Some(there) = held.get_mut(&chunk.number) {
            there.acker = acker;
            return false;
        }
        let left = targets.iter().map(|asked| (asked.key(), asked.name())).collect();
        held.insert(chunk.number, Held { left_alone: chunk.left_alone, chunk, left, acker });
        true
    }

    /// A target is done, or is to be left alone; the chunks that are done with it, which stay in hand till they are [let go](Self::let_go).
    pub(super) fn done(&self, key: u64, is_left_alone: bool) -> Vec<Leaving> {
        let mut leaving = Vec::new();
        for held in self.held().values_mut() {
            if held.left.remove(&key).is_some() {
                held.left_alone += u64::from(is_left_alone);
                leaving.extend(held.left.is_empty().then(|| held.leaving()));
            }
        }
        leaving
    }

    /// A chunk, where none of its targets is left.
    pub(super) fn if_done(&self, number: u64) -> Option<Leaving> {
        self.held().get(&number).filter(|held| held.left.is_empty()).map(Held::leaving)
    }

    /// A chunk is done and acknowledged.
    pub(super) fn let_go(&self, number: u64) {
        self.held().remove(&number);
    }

    /// The buckets that chunks in hand are of.
    pub(super) fn buckets(&self) -> BTreeSet<u64> {
        self.held().values().map(|held| held.chunk.bucket).collect()
    }

    /// How many targets are not done.
    pub(super) fn targets_left(&self) -> usize {
        self.held().values().map(|held| held.left.len()).sum()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.held().is_empty()
    }

    /// What tells the server that chunks are under way.
    pub(super) fn ackers(&self) -> Vec<Arc<Acker>> {
        self.held().values().map(|held| held.acker.clone()).collect()
    }

    /// Empties the hand.
    pub(super) fn give_all(&self) -> Vec<Leaving> {
        std::mem::take(&mut *self.held()).values().map(Held::leaving).collect()
    }
}

impl Held {
    fn leaving(&self) -> Leaving {
        let mut targets: Vec<String> = self.left.values().cloned().collect();
        targets.sort_unstable();
        let chunk = Chunk { left_alone: self.left_alone, targets, ..self.chunk.clone() };
        Leaving { chunk, acker: self.acker.clone() }
    }
}
