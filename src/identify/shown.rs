//! What was observed, in numbers: each distinct observation is worked out once, since servers answer many probes alike.

use std::borrow::Cow;

use fnv::FnvHashMap;

use super::edge::Rewrite;
use crate::database::{ABSENT, Lines, hash};
use crate::features::{Kind, by_kind};
use crate::observation::Observation;

/// One side of an observation.
#[derive(Clone, Debug, Default)]
pub(super) struct Shown {
    /// The value, if it has one.
    pub(super) value: Option<Cow<'static, str>>,
    /// The number of the value; one that the database does not have has a number beyond its own.
    pub(super) number: u32,
    /// The hash of the value as it is compared with what proxies write.
    pub(super) key: u64,
    /// The same for all sides of one kind and number, counted from 0.
    pub(super) voice: u32,
}

/// All sides of one observation, in the order of [`Kind::ALL`].
pub(super) type Sides = [Shown; Kind::COUNT];

/// What some observations show.
pub(super) struct Seen<'a> {
    lines: &'a Lines,
    places: FnvHashMap<&'a Observation, usize>,
    strange: FnvHashMap<String, u32>,
    voices: FnvHashMap<(Kind, u32), u32>,
    /// By place.
    pub(super) distinct: Vec<Sides>,
}

impl<'a> Seen<'a> {
    pub(super) fn new(lines: &'a Lines) -> Self {
        let (places, strange, voices) = Default::default();
        Self { lines, places, strange, voices, distinct: Vec::new() }
    }

    /// The place of what an observation shows.
    pub(super) fn place(&mut self, observation: &'a Observation) -> usize {
        let next = self.distinct.len();
        let place = *self.places.entry(observation).or_insert(next);
        if place == next {
            let sides = self.sides(observation);
            self.distinct.push(sides);
        }
        place
    }

    /// How many voices there are.
    pub(super) fn voices(&self) -> usize {
        self.voices.len()
    }

    fn sides(&mut self, observation: &Observation) -> Sides {
        let mut sides: Sides = by_kind(observation).map(|value| Shown { value, ..Shown::default() });
        for (kind, side) in Kind::ALL.into_iter().zip(&mut sides) {
            side.key = hash(&Rewrite::key(kind, side.value.as_deref()));
            side.number = side.value.as_deref().map_or(ABSENT, |value| self.number(value));
            let next = u32::try_from(self.voices.len()).unwrap_or(u32::MAX);
            side.voice = *self.voices.entry((kind, side.number)).or_insert(next);
        }
        sides
    }

    fn number(&mut self, value: &str) -> u32 {
        self.lines.value(value).unwrap_or_else(|| {
            let next = self.lines.values() + u32::try_from(self.strange.len()).unwrap_or(0);
            *self.strange.entry(value.to_owned()).or_insert(next)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_seen_again_has_its_place_and_what_says_the_same_one_voice() {
        let lines = Lines::new(["close 1002 | fin"].into_iter().collect());
        let observations =
            ["close 1002 | fin", "close 1007 | fin", "close 1002 | fin"].map(|line| line.parse().unwrap());
        let mut seen = Seen::new(&lines);
        let places = observations.each_ref().map(|observation| seen.place(observation));
        assert_eq!(places, [0, 1, 0]);
        let [known, strange] = &seen.distinct[..] else { panic!("{places:?}") };
        let (end, code) = (Kind::End as usize, Kind::CloseCode as usize);
        assert_eq!(known[end].voice, strange[end].voice);
        assert_ne!(known[code].voice, strange[code].voice);
        assert!(known[code].number < lines.values() && strange[code].number >= lines.values());
    }
}
