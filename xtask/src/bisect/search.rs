//! Which releases of a line to try next, so that both sides of every change of behaviour become neighbours.

use std::ops::Range;

/// What is known of a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing: it can be tried.
    Untried,
    /// It cannot be built or run here.
    Refused,
    /// How it behaves.
    Seen,
}

/// A release line: the states of its releases, the oldest first, and which of those that were seen differ.
pub struct Line<'a> {
    /// The states.
    pub states: &'a [State],
    /// Whether two that were seen behave otherwise, by their places.
    pub differ: &'a dyn Fn(usize, usize) -> bool,
}

impl Line<'_> {
    /// The releases to try now, by their places: both ends, and the middle of each interval between two that differ. None if nothing is
    /// left: all that differ are neighbours but for releases that cannot be built.
    pub fn next(&self) -> Vec<usize> {
        let seen = self.seen();
        let (Some(first), Some(last)) = (seen.first().copied(), seen.last().copied()) else {
            return self.first_try().into_iter().collect();
        };
        let ends = [self.towards_oldest(first), self.towards_newest(last)];
        let between = seen.windows(2).filter(|pair| (self.differ)(pair[0], pair[1]));
        let middles = between.filter_map(|pair| self.middle(pair[0] + 1..pair[1]));
        ends.into_iter().flatten().chain(middles).collect()
    }

    /// About how many tries are left, if each interval that is open now holds one change.
    pub fn left(&self) -> u32 {
        let seen = self.seen();
        let (Some(first), Some(last)) = (seen.first().copied(), seen.last().copied()) else {
            return u32::from(self.first_try().is_some());
        };
        let halvings = |open: Range<usize>| usize::BITS - self.untried(open).len().leading_zeros();
        let ends = u32::from(self.towards_oldest(first).is_some()) + u32::from(self.towards_newest(last).is_some());
        let between = seen.windows(2).filter(|pair| (self.differ)(pair[0], pair[1]));
        ends + between.map(|pair| halvings(pair[0] + 1..pair[1])).sum::<u32>()
    }

    /// Those worth a recording: the ends of what was seen, and both sides of every change.
    pub fn telling(&self) -> Vec<usize> {
        let seen = self.seen();
        let mut telling: Vec<usize> = seen.first().into_iter().chain(seen.last()).copied().collect();
        telling.extend(seen.windows(2).filter(|pair| (self.differ)(pair[0], pair[1])).flatten());
        telling.sort_unstable();
        telling.dedup();
        telling
    }

    /// Those that behave neither like the one seen before nor like the one seen after them.
    pub fn unlike_both(&self) -> Vec<usize> {
        let unlike = |three: &&[usize]| (self.differ)(three[0], three[1]) && (self.differ)(three[1], three[2]);
        self.seen().windows(3).filter(unlike).map(|three| three[1]).collect()
    }

    fn seen(&self) -> Vec<usize> {
        (0..self.states.len()).filter(|place| self.states[*place] == State::Seen).collect()
    }

    fn untried(&self, within: Range<usize>) -> Vec<usize> {
        within.filter(|place| self.states[*place] == State::Untried).collect()
    }

    fn middle(&self, within: Range<usize>) -> Option<usize> {
        let untried = self.untried(within);
        untried.get(untried.len() / 2).copied()
    }

    /// Where nothing of a line was seen: the newest, the oldest, one between; after those it counts as one that cannot be built.
    fn first_try(&self) -> Option<usize> {
        let last = self.states.len().checked_sub(1)?;
        [last, 0, last / 2].into_iter().find(|place| self.states[*place] == State::Untried)
    }

    /// The oldest release; where that is refused, one halfway to it from the first that was seen.
    fn towards_oldest(&self, first: usize) -> Option<usize> {
        match self.states[..first].iter().rposition(|state| *state == State::Refused) {
            Some(refused) => self.middle(refused + 1..first),
            None => (first > 0).then_some(0),
        }
    }

    /// The newest release; where that is refused, one halfway to it from the last that was seen.
    fn towards_newest(&self, last: usize) -> Option<usize> {
        match self.states[last..].iter().position(|state| *state == State::Refused) {
            Some(refused) => self.middle(last + 1..last + refused),
            None => (last + 1 < self.states.len()).then(|| self.states.len() - 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_that_is_like_neither_neighbour_is_told() {
        let differ = |one: usize, other: usize| one == 1 || other == 1;
        assert_eq!(Line { states: &[State::Seen; 4], differ: &differ }.unlike_both(), [1]);
    }

    /// Tries what is asked for until nothing is left: the states in the end, and how many tries it took.
    fn search(truth: &[Option<u8>], recorded: &[usize]) -> (Vec<State>, usize) {
        let mut states = vec![State::Untried; truth.len()];
        recorded.iter().for_each(|place| states[*place] = State::Seen);
        let differ = |one: usize, other: usize| truth[one] != truth[other];
        for tries in 0.. {
            let next = Line { states: &states, differ: &differ }.next();
            let Some(place) = next.first().copied() else { return (states, tries) };
            assert_eq!(states[place], State::Untried);
            states[place] = if truth[place].is_some() { State::Seen } else { State::Refused };
        }
        unreachable!()
    }

    #[test]
    fn one_change_among_many_releases_is_found_in_few_tries() {
        let truth: Vec<Option<u8>> = (0..1000).map(|place| Some(u8::from(place >= 613))).collect();
        let (states, tries) = search(&truth, &[0, 999]);
        assert_eq!((states[612], states[613]), (State::Seen, State::Seen));
        assert!(tries <= 10, "{tries}");
    }

    #[test]
    fn a_line_of_which_nothing_can_be_built_is_given_up() {
        let (_, tries) = search(&[None; 40], &[]);
        assert_eq!(tries, 3);
    }

    #[test]
    fn where_the_oldest_cannot_be_built_the_first_that_can_is_found() {
        let truth: Vec<Option<u8>> = (0..64).map(|place| (place >= 20).then_some(0)).collect();
        let (states, tries) = search(&truth, &[63]);
        assert_eq!((states[19], states[20]), (State::Refused, State::Seen));
        assert!(tries <= 8, "{tries}");
    }

    proptest! {
        #[test]
        fn in_the_end_what_differs_has_only_refused_releases_between(
            truth in prop::collection::vec(prop::option::weighted(0.9, 0_u8..3), 1..60),
        ) {
            let recorded: Vec<usize> = truth.iter().position(Option::is_some).into_iter().collect();
            let (states, _) = search(&truth, &recorded);
            let seen: Vec<usize> = (0..truth.len()).filter(|place| states[*place] == State::Seen).collect();
            for pair in seen.windows(2).filter(|pair| truth[pair[0]] != truth[pair[1]]) {
                prop_assert!(states[pair[0] + 1..pair[1]].iter().all(|state| *state == State::Refused));
            }
        }
    }
}
