//! The columns of a probe: its distinct lines side by side, and of each kind the distinct values, and which of them each line shows.

use enum_map::EnumMap;

use super::ids::{LineId, ValueId};
use crate::database::{ABSENT, Database, Facts};
use crate::features::Kind;

/// A line, by its place among the distinct lines of a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LineSlot(u16);

/// A value, by its place among the distinct values of one kind that the lines of a probe show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ValueSlot(u16);

/// What is recorded of a behaviour's answer to a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Recorded {
    /// It was not asked.
    Never,
    /// One line in all runs.
    Always(LineSlot),
    /// Not always the same: the place among the mixed answers to the probe.
    Mixed(u16),
}

// There is one for each probe and behaviour, and the scores are summed over all of them.
const _: () = assert!(size_of::<Recorded>() == 4);

/// One of several lines with which a behaviour answered a probe.
#[derive(Clone, Copy, Debug)]
pub(super) struct LineShare {
    pub(super) line: LineSlot,
    /// In what share of runs.
    pub(super) share: f64,
}

/// What the lines of a probe show of one kind; empty where none shows anything of it.
#[derive(Debug, Default)]
pub(super) struct ValueColumn {
    /// The distinct values.
    pub(super) values: Vec<ValueId>,
    /// Which of these each line shows.
    pub(super) of_line: Vec<ValueSlot>,
}

/// A value, and where a column has it.
#[derive(Clone, Copy, Debug)]
pub(super) struct ColumnValue<'a> {
    pub(super) column: &'a ValueColumn,
    /// None where no line shows the value.
    pub(super) slot: Option<ValueSlot>,
}

impl LineSlot {
    /// The slot at a place.
    pub(super) const fn new(place: u16) -> Self {
        Self(place)
    }

    /// The place.
    pub(super) fn index(self) -> usize {
        usize::from(self.0)
    }
}

impl ValueSlot {
    /// The place.
    pub(super) fn index(self) -> usize {
        usize::from(self.0)
    }
}

impl ValueColumn {
    /// Where the column has a value.
    pub(super) fn find(&self, value: ValueId) -> ColumnValue<'_> {
        let slot = (0..).zip(&self.values).find(|(_, known)| **known == value).map(|(place, _)| ValueSlot(place));
        ColumnValue { column: self, slot }
    }

    /// The values with their slots.
    pub(super) fn slots(&self) -> impl Iterator<Item = ValueSlot> {
        (0..).zip(&self.values).map(|(place, _)| ValueSlot(place))
    }

    /// Filters one item for each line down to those of the lines that show the value in a slot.
    pub(super) fn lines_showing<T>(&self, slot: ValueSlot, lines: impl Iterator<Item = T>) -> impl Iterator<Item = T> {
        lines.zip(&self.of_line).filter(move |(_, shown)| **shown == slot).map(|(line, _)| line)
    }
}

impl ColumnValue<'_> {
    /// Whether any line shows the value.
    pub(super) const fn is_shown(self) -> bool {
        self.slot.is_some()
    }

    /// Filters one item for each line down to those of the lines that show the value.
    pub(super) fn lines<T>(self, lines: impl Iterator<Item = T>) -> impl Iterator<Item = T> {
        lines.zip(&self.column.of_line).filter(move |(_, shown)| Some(**shown) == self.slot).map(|(line, _)| line)
    }

    /// In what share of runs the value was shown.
    pub(super) fn share_of(self, shares: &[LineShare]) -> f64 {
        let shows = |line: LineSlot| self.is_shown() && self.column.of_line.get(line.index()).copied() == self.slot;
        shares.iter().filter(|one| shows(one.line)).map(|one| one.share).sum()
    }
}

/// What lines show, by kind.
pub(super) fn columns(database: &Database, lines: &[LineId], slots: &mut DenseIds) -> EnumMap<Kind, ValueColumn> {
    let facts: Vec<&Facts> = lines.iter().map(|line| database.lines().facts(line.get())).collect();
    EnumMap::from_fn(|kind| {
        if facts.iter().all(|facts| facts[kind] == ABSENT) {
            return ValueColumn::default();
        }
        slots.clear();
        let of_line = facts.iter().map(|facts| ValueSlot(slots.slot(facts[kind]))).collect();
        ValueColumn { of_line, values: slots.ids().map(ValueId::new).collect() }
    })
}

/// Numbers ids from 0 in the order in which they are met.
pub(super) struct DenseIds {
    slots: Vec<u16>,
    met: Vec<u32>,
}

impl DenseIds {
    /// The slot of an id that was not met.
    const NONE: u16 = u16::MAX;

    /// For ids below a limit.
    pub(super) fn new(limit: usize) -> Self {
        Self { slots: vec![Self::NONE; limit], met: Vec::new() }
    }

    /// Forgets all that were met.
    pub(super) fn clear(&mut self) {
        self.met.drain(..).for_each(|id| self.slots[id as usize] = Self::NONE);
    }

    /// The slot of an id; the last one is shared by all that come after it, which takes more lines than servers are known.
    pub(super) fn slot(&mut self, id: u32) -> u16 {
        let slot = &mut self.slots[id as usize];
        if *slot == Self::NONE {
            *slot = u16::try_from(self.met.len()).unwrap_or(Self::NONE).min(Self::NONE - 1);
            self.met.push(id);
        }
        *slot
    }

    /// The ids that were met, by their slots.
    pub(super) fn ids(&self) -> impl Iterator<Item = u32> + '_ {
        self.met.iter().copied()
    }
}

/// The answers to one probe that differ in nothing that tells servers apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct AnswerClass {
    /// How common it is among products.
    pub(super) background: f64,
    /// Whether it takes a quiet period to see it.
    pub(super) silent: bool,
}

/// The share of unknown servers that are taken to answer as no known one does.
pub(super) const UNSEEN_ANSWER: f64 = 0.35;

/// The kinds that make classes: what tells servers apart, and not their applications.
pub(super) const fn makes_classes(kind: Kind) -> bool {
    kind.properties().makes_classes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_numbered_in_the_order_in_which_they_are_met() {
        let mut ids = DenseIds::new(10);
        assert_eq!([7, 3, 7, 9].map(|id| ids.slot(id)), [0, 1, 0, 2]);
        assert_eq!(ids.ids().collect::<Vec<_>>(), [7, 3, 9]);
        ids.clear();
        assert_eq!(ids.slot(9), 0);
    }

    #[test]
    fn a_value_has_the_lines_and_the_runs_that_show_it() {
        let column = ValueColumn {
            values: [ValueId::new(5), ValueId::new(8)].into(),
            of_line: [ValueSlot(0), ValueSlot(1), ValueSlot(0)].into(),
        };
        let lines = |value: u32| column.find(ValueId::new(value)).lines("abc".chars()).collect::<String>();
        assert_eq!((lines(5), lines(8), lines(6)), ("ac".into(), "b".into(), String::new()));
        let shares = [(0, 0.5), (1, 0.25), (2, 0.25)].map(|(line, share)| LineShare { line: LineSlot(line), share });
        let share = |value: u32| column.find(ValueId::new(value)).share_of(&shares);
        assert!((share(5) - 0.75).abs() < 1e-12 && (share(6)).abs() < 1e-12);
    }
}
