//! Observations in numbers: each distinct one is encoded once, since servers answer many probes alike.

use std::borrow::Cow;

use enum_map::EnumMap;
use fnv::FnvHashMap;

use super::ids::{DuplicateGroup, ValueId};
use super::proxy::model::Rewrite;
use crate::database::{Lines, hash};
use crate::features::{Kind, by_kind};
use crate::observation::Observation;

/// The value that an observation has of one kind.
#[derive(Clone, Debug, Default)]
pub(super) struct EncodedValue {
    /// The value, if it has one.
    pub(super) value: Option<Cow<'static, str>>,
    pub(super) id: ValueId,
    /// The hash of the value as it is compared with what proxies write ([`Rewrite::key`]).
    pub(super) key: u64,
    pub(super) duplicate_group: DuplicateGroup,
}

/// The values of one observation.
pub(super) type EncodedObservation = EnumMap<Kind, EncodedValue>;

/// Encodes observations.
pub(super) struct Encoder<'a> {
    lines: &'a Lines,
    places: FnvHashMap<&'a Observation, usize>,
    /// Values that the database does not have.
    unseen: FnvHashMap<String, ValueId>,
    groups: FnvHashMap<(Kind, ValueId), DuplicateGroup>,
    /// The distinct observations, by place.
    pub(super) distinct: Vec<EncodedObservation>,
}

impl<'a> Encoder<'a> {
    pub(super) fn new(lines: &'a Lines) -> Self {
        let (places, unseen, groups) = Default::default();
        Self { lines, places, unseen, groups, distinct: Vec::new() }
    }

    /// The place of an observation among the distinct ones.
    pub(super) fn place(&mut self, observation: &'a Observation) -> usize {
        let next = self.distinct.len();
        let place = *self.places.entry(observation).or_insert(next);
        if place == next {
            let encoded = self.encode(observation);
            self.distinct.push(encoded);
        }
        place
    }

    /// How many groups of duplicates there are.
    pub(super) fn groups(&self) -> usize {
        self.groups.len()
    }

    fn encode(&mut self, observation: &Observation) -> EncodedObservation {
        let mut encoded: EncodedObservation =
            by_kind(observation).map(|_, value| EncodedValue { value, ..EncodedValue::default() });
        for (kind, side) in &mut encoded {
            side.key = hash(&Rewrite::key(kind, side.value.as_deref()));
            side.id = side.value.as_deref().map_or(ValueId::ABSENT, |value| self.id(value));
            let next = DuplicateGroup::nth(self.groups.len());
            side.duplicate_group = *self.groups.entry((kind, side.id)).or_insert(next);
        }
        encoded
    }

    fn id(&mut self, value: &str) -> ValueId {
        self.lines.value(value).map(ValueId::new).unwrap_or_else(|| {
            let next = ValueId::new(self.lines.values() + u32::try_from(self.unseen.len()).unwrap_or(0));
            *self.unseen.entry(value.to_owned()).or_insert(next)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_seen_again_has_its_place_and_what_says_the_same_is_a_duplicate() {
        let lines = Lines::new(["close 1002 | fin"].into_iter().collect());
        let observations =
            ["close 1002 | fin", "close 1007 | fin", "close 1002 | fin"].map(|line| line.parse().unwrap());
        let mut encoder = Encoder::new(&lines);
        let places = observations.each_ref().map(|observation| encoder.place(observation));
        assert_eq!(places, [0, 1, 0]);
        let [known, unseen] = &encoder.distinct[..] else { panic!("{places:?}") };
        let (end, code) = (Kind::End, Kind::CloseCode);
        assert_eq!(known[end].duplicate_group, unseen[end].duplicate_group);
        assert_ne!(known[code].duplicate_group, unseen[code].duplicate_group);
        let first_unseen = ValueId::new(lines.values());
        assert!(known[code].id < first_unseen && unseen[code].id >= first_unseen);
    }
}
