//! The ladder of declared lengths, climbed by bisection: which rung to try next.

use crate::observation::{End, Observation};
use crate::probe::Probe;

/// Rungs in ascending order, and those among which the lowest refused one still is.
#[derive(Debug)]
pub(super) struct Ladder {
    rungs: Vec<&'static Probe>,
    low: usize,
    high: usize,
}

impl Ladder {
    pub(super) fn new(mut rungs: Vec<&'static Probe>) -> Self {
        rungs.sort_by_key(|probe| probe.declared_bytes());
        Self { low: 0, high: rungs.len(), rungs }
    }

    /// The rung in the middle of those left, unless the limit is known.
    pub(super) fn next(&self) -> Option<&'static Probe> {
        (self.low < self.high).then(|| self.rungs[self.middle()])
    }

    /// Takes the answer to [`Ladder::next`] into account; without one there is no way on.
    pub(super) fn answered(&mut self, observation: Option<&Observation>) {
        match observation {
            Some(seen) if is_refusal(seen) => self.high = self.middle(),
            Some(_) => self.low = self.middle() + 1,
            None => self.high = self.low,
        }
    }

    fn middle(&self) -> usize {
        usize::midpoint(self.low, self.high)
    }
}

/// Whether a server did anything but wait for the payload.
fn is_refusal(observation: &Observation) -> bool {
    observation.close().is_some() || !matches!(observation.end, End::Silent | End::Alive)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::ALL;

    fn rungs() -> Vec<&'static Probe> {
        ALL.iter().copied().filter(|probe| probe.is_rung()).collect()
    }

    /// Climbs against a server that refuses from a rung on; the rungs tried, and the lowest refused.
    fn climb(limit: usize) -> (usize, Option<u64>) {
        let rungs = rungs();
        let refused_from = rungs.get(limit).map_or(u64::MAX, |probe| probe.declared_bytes());
        let mut ladder = Ladder::new(rungs);
        let (mut tried, mut lowest) = (0, None);
        while let Some(probe) = ladder.next() {
            let refused = probe.declared_bytes() >= refused_from;
            let line = if refused { "close 1009 | fin" } else { "| silent" };
            ladder.answered(Some(&line.parse().unwrap()));
            tried += 1;
            if refused {
                lowest = Some(lowest.map_or(probe.declared_bytes(), |known: u64| known.min(probe.declared_bytes())));
            }
        }
        (tried, lowest)
    }

    #[test]
    fn a_handful_of_rungs_finds_any_limit() {
        let rungs = rungs();
        assert!(rungs.len() > 10);
        for limit in 0..=rungs.len() {
            let (tried, lowest) = climb(limit);
            assert!(tried <= 5, "{tried} rungs for the limit {limit}");
            assert_eq!(lowest, rungs.get(limit).map(|probe| probe.declared_bytes()), "{limit}");
        }
    }

    #[test]
    fn without_an_answer_there_is_no_way_on() {
        let mut ladder = Ladder::new(rungs());
        ladder.answered(None);
        assert!(ladder.next().is_none());
    }
}
