//! Unusual answers to legal handshakes that were usual when the target was looked at alone: each is discarded once, and its probe played again.

use std::collections::BTreeMap;

use super::outcome::same_baseline;
use crate::observation::Reply;
use crate::probe::ProbeId;

/// A target that turned us away so often, and was as usual each time when it was looked at, has a limit of so many connections in a time, and
/// is left alone.
const MOST_TURNED_AWAY: usize = 3;

/// After so many other unusual answers the target is taken to have changed.
const MOST_UNUSUAL: usize = 16;

/// What was answered in an unusual way.
#[derive(Debug, Default)]
pub(super) struct Doubts {
    last: BTreeMap<ProbeId, Reply>,
    turned_away: usize,
    unusual: usize,
}

impl Doubts {
    /// Whether a probe is played again for what it was answered before.
    pub(super) fn has(&self, probe: ProbeId) -> bool {
        self.last.contains_key(&probe)
    }

    /// Takes note of an answer; whether it is to be doubted, and so is not what this probe was answered before.
    pub(super) fn cast(&mut self, probe: ProbeId, reply: &Reply) -> bool {
        if reply.turns_away() {
            self.turned_away += 1;
        } else {
            self.unusual += 1;
        }
        let before = self.last.insert(probe, reply.clone());
        reply.turns_away() || !before.is_some_and(|before| same_baseline(&before, reply))
    }

    /// Takes note of a probe without an answer to a legal handshake of its own; whether that is the first time.
    pub(super) fn cast_once(&mut self, probe: ProbeId, reply: Reply) -> bool {
        self.last.insert(probe, reply).is_none()
    }

    /// Whether the target ever turned us away.
    pub(super) const fn is_turned_away(&self) -> bool {
        self.turned_away > 0
    }

    /// Whether the target turned us away too often.
    pub(super) const fn is_sent_away(&self) -> bool {
        self.turned_away > MOST_TURNED_AWAY
    }

    /// Whether it was unusual too often.
    pub(super) const fn is_another(&self) -> bool {
        self.unusual > MOST_UNUSUAL
    }
}
