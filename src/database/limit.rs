//! The limit of declared lengths. Its ladder is climbed by bisection, so that of two servers with different limits no rung may have been asked
//! of both; what tells them apart is that one refused a length which the other, or a greater one, was waiting for.

use super::model::Behaviour;
use super::observation_table::Lines;
use crate::observation::{End, Observation};
use crate::probe::{Probe, ProbeId, find};

/// What all runs said of a limit.
#[derive(Clone, Copy, Debug, Default)]
struct Bounds {
    /// The greatest length that was waited for.
    taken: u64,
    /// The least that was refused, and the rung that showed it.
    refused: Option<(u64, ProbeId)>,
}

/// The rung that one refused though the other took it or a greater one.
pub(super) fn contradicting_rung(one: &Behaviour, other: &Behaviour, lines: &Lines) -> Option<ProbeId> {
    let (one, other) = (Bounds::of(one, lines), Bounds::of(other, lines));
    one.contradicts(other).or_else(|| other.contradicts(one))
}

impl Bounds {
    fn of(known: &Behaviour, lines: &Lines) -> Self {
        let rungs = known.probes().filter_map(|id| find(id).ok()).filter(|probe| probe.is_rung());
        rungs.fold(Self::default(), |bounds, rung| bounds.with(rung, known, lines))
    }

    fn with(mut self, rung: &Probe, known: &Behaviour, lines: &Lines) -> Self {
        let refusals = || known.seen(rung.id).iter().map(|seen| is_refusal(lines.text(seen.line)));
        let length = rung.declared_bytes();
        if refusals().all(|refused| refused) {
            let lower = self.refused.is_none_or(|(least, _)| length < least);
            self.refused = if lower { Some((length, rung.id)) } else { self.refused };
        } else if refusals().all(|refused| !refused) {
            self.taken = self.taken.max(length);
        }
        self
    }

    fn contradicts(self, other: Self) -> Option<ProbeId> {
        self.refused.filter(|(least, _)| *least <= other.taken).map(|(_, rung)| rung)
    }
}

/// Whether a server did anything but wait for the payload.
fn is_refusal(line: &str) -> bool {
    let waits = |seen: Observation| seen.close().is_none() && matches!(seen.end, End::Silent | End::Alive);
    !line.parse().is_ok_and(waits)
}
