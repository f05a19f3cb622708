//! Every distinct observation once, and what it amounts to in numbers that are quick to compare.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::hash::Hasher as _;

use enum_map::EnumMap;
use fnv::FnvHasher;

use crate::features::{Kind, by_kind};
use crate::observation::Observation;
use crate::observation::noted::Noted;

/// What an observation says of each [`Kind`]: the number of a value, or [`ABSENT`].
pub(crate) type Facts = EnumMap<Kind, u32>;

/// Those of an observation that says nothing.
pub(crate) const NO_FACTS: Facts = EnumMap::from_array([ABSENT; Kind::COUNT]);

/// The number of the value of a fact that an observation does not have.
pub(crate) const ABSENT: u32 = 0;

/// Many texts one behind the other in one piece of memory: thousands of small ones take longer to get than to fill.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Texts {
    all: String,
    /// Where each text ends.
    ends: Vec<usize>,
}

impl Texts {
    /// None yet, with room for so many of the usual length.
    pub(super) fn with_room(texts: usize) -> Self {
        const USUAL: usize = 256;
        Self { all: String::with_capacity(texts * USUAL), ends: Vec::with_capacity(texts) }
    }

    /// How many there are.
    pub(crate) const fn len(&self) -> usize {
        self.ends.len()
    }

    /// A text by its place.
    pub(super) fn get(&self, place: usize) -> Option<&str> {
        let start = place.checked_sub(1).map_or(0, |before| self.ends.get(before).copied().unwrap_or(0));
        self.all.get(start..*self.ends.get(place)?)
    }

    /// All of them, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).filter_map(|place| self.get(place))
    }

    /// One more, which begins with so many bytes of the last; `None` if that has no such part.
    pub(super) fn push(&mut self, shared: usize, rest: &str) -> Option<()> {
        let end = self.all.len();
        let start = self.len().checked_sub(2).map_or(0, |before| self.ends[before]);
        let part = start..start.checked_add(shared)?;
        if part.end > end || !self.all.is_char_boundary(part.end) {
            return None;
        }
        self.all.extend_from_within(part);
        self.all.push_str(rest);
        self.ends.push(self.all.len());
        Some(())
    }

    /// Those that stand in one text, with a letter between them.
    pub(super) fn separated(text: &str, between: u8) -> Self {
        let count = text.bytes().filter(|byte| *byte == between).count() + 1;
        let mut all = Self { all: String::with_capacity(text.len()), ends: Vec::with_capacity(count) };
        for one in text.split(char::from(between)) {
            all.all.push_str(one);
            all.ends.push(all.all.len());
        }
        all
    }

    /// The place of a text among sorted ones.
    fn find(&self, text: &str) -> Option<usize> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low.midpoint(high);
            match self.get(middle)?.cmp(text) {
                Ordering::Less => low = middle + 1,
                Ordering::Equal => return Some(middle),
                Ordering::Greater => high = middle,
            }
        }
        None
    }
}

impl<T: AsRef<str>> FromIterator<T> for Texts {
    fn from_iter<I: IntoIterator<Item = T>>(texts: I) -> Self {
        let mut all = Self::default();
        for text in texts {
            // Nothing is shared, so nothing can be lacking.
            let _ = all.push(0, text.as_ref());
        }
        all
    }
}

/// Distinct observations in the text notation, sorted, and their facts.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Lines {
    texts: Texts,
    facts: Vec<Facts>,
    /// The hashes of all values, sorted; a value's number is its place, counted from one. The values themselves can be told from
    /// the lines, and nothing needs them.
    values: Vec<u64>,
}

impl Lines {
    /// Lines that are sorted and distinct, with their facts worked out.
    pub(crate) fn new(texts: Texts) -> Self {
        let hashed: Vec<EnumMap<Kind, Option<u64>>> = texts.iter().map(hashed_facts).collect();
        let values: BTreeSet<u64> = hashed.iter().flat_map(EnumMap::values).flatten().copied().collect();
        let values: Vec<u64> = values.into_iter().collect();
        let number = |hash: Option<u64>| hash.map_or(ABSENT, |hash| number(&values, hash).unwrap_or(ABSENT));
        let facts = hashed.into_iter().map(|hashes| hashes.map(|_, hash| number(hash))).collect();
        Self { texts, facts, values }
    }

    /// Lines as they were stored; `None` where they contradict each other.
    pub(super) fn stored(texts: Texts, facts: Vec<Facts>, values: Vec<u64>) -> Option<Self> {
        let (sorted, numbered) = (values.is_sorted_by(|one, other| one < other), values.len());
        let known = facts.iter().flat_map(EnumMap::values).all(|number| *number as usize <= numbered);
        (sorted && known && facts.len() == texts.len()).then_some(Self { texts, facts, values })
    }

    /// All texts, by number.
    pub(crate) const fn texts(&self) -> &Texts {
        &self.texts
    }

    /// The hashes of all values, sorted.
    pub(super) fn hashes(&self) -> &[u64] {
        &self.values
    }

    /// A line's text.
    pub(crate) fn text(&self, line: u32) -> &str {
        self.texts.get(line as usize).unwrap_or_default()
    }

    /// The number of a text.
    pub(super) fn find(&self, text: &str) -> Option<u32> {
        u32::try_from(self.texts.find(text)?).ok()
    }

    /// A line's facts.
    pub(crate) fn facts(&self, line: u32) -> &Facts {
        self.facts.get(line as usize).unwrap_or(&NO_FACTS)
    }

    /// The number of a value, if any line has it.
    pub(crate) fn value(&self, value: &str) -> Option<u32> {
        number(&self.values, hash(value))
    }

    /// How many numbers of values there are: none reaches it.
    pub(crate) fn values(&self) -> u32 {
        u32::try_from(self.values.len() + 1).unwrap_or(u32::MAX)
    }
}

fn number(values: &[u64], hash: u64) -> Option<u32> {
    let place = values.binary_search(&hash).ok()?;
    u32::try_from(place + 1).ok()
}

/// The FNV-1a hash of a value: equal on every machine and in every version, since it is stored. Two of a million values have the same by a chance of
/// one in forty million.
pub(crate) fn hash(value: &str) -> u64 {
    let mut hasher = FnvHasher::default();
    hasher.write(value.as_bytes());
    hasher.finish()
}

/// A line that does not read has no facts; a check of the recordings refuses it.
fn hashed_facts(text: &str) -> EnumMap<Kind, Option<u64>> {
    let Ok(observation) = text.parse::<Observation>() else { return EnumMap::default() };
    by_kind(&observation).map(|_, value| value.map(|value| hash(&value)))
}

/// Sorted, distinct texts.
pub(super) fn distinct<'a>(lines: impl Iterator<Item = &'a Noted>) -> Texts {
    let sorted: BTreeSet<&str> = lines.map(Noted::as_str).collect();
    sorted.into_iter().collect()
}
