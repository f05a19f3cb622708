//! Behaviours against each other, and against recordings that they were derived from.

use super::derive::{self, Scope};
use super::difference::Comparison;
use super::model::{Behaviour, Database};
use super::recording::Recording;
use crate::probe::ProbeId;

impl Database {
    /// Groups of behaviours that no fact of `scope` tells apart, each of several products.
    #[must_use]
    pub fn alike(&self, scope: Scope) -> Vec<Vec<&Behaviour>> {
        let groups = derive::alike(&self.behaviours, &self.lines, scope);
        groups.into_iter().map(|group| group.into_iter().map(|index| &self.behaviours[index]).collect()).collect()
    }

    /// All probes in whose answers two behaviours differ in a fact of `scope` by more than chance, in order.
    #[must_use]
    pub fn differences(&self, one: &Behaviour, other: &Behaviour, scope: Scope) -> Vec<ProbeId> {
        let wanted = |probe, kind| scope.counts(probe, kind);
        Comparison { one, other, lines: &self.lines, wanted }.differences()
    }

    /// The database as if one run of a recording had not been made.
    #[must_use]
    pub fn without_run(&self, recording: &Recording, run: u32) -> Self {
        let mut rest = self.clone();
        let mine =
            |known: &&mut Behaviour| known.product == recording.product && known.versions.contains(&recording.version);
        for known in rest.behaviours.iter_mut().filter(mine) {
            derive::take_run(known, recording, run, &self.lines);
        }
        rest
    }
}
