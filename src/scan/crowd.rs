//! How many connections at a time a target bears: fewer where answers were unusual that are usual when it is asked alone.

use std::time::Duration;

/// The least time between a connection and the next once a target was seen to bear few: it has to notice that the one before has ended.
const BREATH: Duration = Duration::from_millis(20);

/// By how much that grows where it does not do.
const LONGER: u32 = 4;

/// So long it waits at most.
const LONGEST: Duration = Duration::from_secs(1);

/// How many round trips that lasts at least.
const ROUND_TRIPS: u32 = 2;

/// The first unusual answer may be chance; with the second, company is taken to be the reason.
const CHANCE: usize = 1;

/// How many connections at a time a target bears.
#[derive(Debug)]
pub(super) struct Crowd {
    most: usize,
    unusual: usize,
    breath: Duration,
}

impl Crowd {
    /// One that takes so many, as far as is known.
    pub(super) const fn new(most: usize) -> Self {
        Self { most, unusual: 0, breath: Duration::ZERO }
    }

    /// How many at a time, where the user wants no more than `wanted`.
    pub(super) fn at_most(&self, wanted: usize) -> usize {
        self.most.min(wanted).max(1)
    }

    /// Whether it is asked one at a time.
    pub(super) const fn is_alone(&self) -> bool {
        self.most <= 1
    }

    /// How long is waited between a connection and the next.
    pub(super) const fn breath(&self) -> Duration {
        self.breath
    }

    /// How long is waited after others were closed, before the target is looked at alone.
    pub(super) fn pause(&self, round_trip: Duration) -> Duration {
        (round_trip * ROUND_TRIPS).clamp(BREATH, LONGEST).max(self.breath)
    }

    /// Half as many as before, since this machine has room for no more.
    pub(super) const fn halve(&mut self) {
        self.most = if self.most > 1 { self.most / 2 } else { 1 };
    }

    /// An answer was unusual, and usual when the target was asked alone: after the second, half as many, then one. Whether they are fewer now.
    pub(super) const fn was_unusual(&mut self) -> bool {
        self.unusual += 1;
        let before = self.most;
        match self.unusual.saturating_sub(CHANCE) {
            0 => {}
            1 => self.halve(),
            _ => self.most = 1,
        }
        self.most < before
    }

    /// The target has no room for company: one at a time from now on, with more time between them each time that this is found.
    pub(super) fn was_too_much(&mut self, round_trip: Duration) {
        self.most = 1;
        let longer = if self.breath.is_zero() { round_trip.max(BREATH) } else { self.breath * LONGER };
        self.breath = longer.min(LONGEST);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn company_gets_smaller_after_the_second_unusual_answer() {
        let mut crowd = Crowd::new(8);
        let seen: Vec<_> = (0..4).map(|_| (crowd.was_unusual(), crowd.at_most(8))).collect();
        assert_eq!(seen, [(false, 8), (true, 4), (true, 1), (false, 1)]);
        assert_eq!((crowd.at_most(0), crowd.breath()), (1, Duration::ZERO));
    }
}
