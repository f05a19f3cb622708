//! Every distinct observation once, and what it amounts to in numbers that are quick to compare.

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use crate::features::{Kind, facts};
use crate::observation::Observation;

/// What an observation says of each [`Kind`]: the number of a value, or [`ABSENT`].
pub(crate) type Facts = [u32; Kind::COUNT];

/// The number of the value of a fact that an observation does not have.
pub(crate) const ABSENT: u32 = 0;

/// Distinct observations in the text notation, sorted, and their facts, which are worked out when first asked for.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    texts: Vec<String>,
    compiled: OnceLock<Compiled>,
}

/// Values by number, and the facts of each line.
#[derive(Debug, Default)]
struct Compiled {
    values: HashMap<String, u32>,
    facts: Vec<Facts>,
}

impl Lines {
    /// Lines that are sorted and distinct.
    pub(super) fn new(texts: Vec<String>) -> Self {
        Self { texts, compiled: OnceLock::new() }
    }

    /// All texts, by number.
    pub(super) fn texts(&self) -> &[String] {
        &self.texts
    }

    /// A line's text.
    pub(crate) fn text(&self, line: u32) -> &str {
        self.texts.get(line as usize).map_or("", String::as_str)
    }

    /// The number of a text.
    pub(super) fn find(&self, text: &str) -> Option<u32> {
        let place = self.texts.binary_search_by(|known| known.as_str().cmp(text)).ok()?;
        u32::try_from(place).ok()
    }

    /// A line's facts.
    pub(crate) fn facts(&self, line: u32) -> &Facts {
        const NONE: Facts = [ABSENT; Kind::COUNT];
        self.compiled().facts.get(line as usize).unwrap_or(&NONE)
    }

    /// The number of a value, if any line has it.
    pub(crate) fn value(&self, value: &str) -> Option<u32> {
        self.compiled().values.get(value).copied()
    }

    /// How many numbers of values there are: none reaches it.
    pub(crate) fn values(&self) -> u32 {
        u32::try_from(self.compiled().values.len() + 1).unwrap_or(u32::MAX)
    }

    fn compiled(&self) -> &Compiled {
        self.compiled.get_or_init(|| {
            let mut values = HashMap::new();
            let facts = self.texts.iter().map(|text| compile(text, &mut values)).collect();
            Compiled { values, facts }
        })
    }
}

/// A line that does not read has no facts; a check of the recordings refuses it.
fn compile(text: &str, values: &mut HashMap<String, u32>) -> Facts {
    let mut numbers = [ABSENT; Kind::COUNT];
    let Ok(observation) = text.parse::<Observation>() else { return numbers };
    for (kind, value) in facts(&observation) {
        let next = u32::try_from(values.len() + 1).unwrap_or(u32::MAX);
        numbers[kind as usize] = *values.entry(value).or_insert(next);
    }
    numbers
}

/// Sorted, distinct texts.
pub(super) fn distinct<'a>(texts: impl Iterator<Item = &'a String>) -> Vec<String> {
    let sorted: BTreeMap<&String, ()> = texts.map(|text| (text, ())).collect();
    sorted.into_keys().cloned().collect()
}
