//! What the answers to a probe show, side by side: of each kind the distinct values, and which of them each line shows.

use super::index::{Answered, UNASKED};
use crate::database::{ABSENT, Database, Facts};
use crate::features::Kind;

/// What the lines of a probe show of one kind; empty where none shows anything of it.
#[derive(Debug, Default)]
pub(super) struct Side {
    /// The numbers of the distinct values.
    pub(super) values: Vec<u32>,
    /// Which of these each line shows.
    pub(super) of_line: Vec<Answered>,
}

/// Which lines of a probe show a value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shows<'a> {
    pub(super) side: &'a Side,
    /// The place of the value among those of the side; none where nobody shows it.
    pub(super) place: Option<Answered>,
}

impl Side {
    /// Which of the lines show a value.
    pub(super) fn shows(&self, number: u32) -> Shows<'_> {
        let place = (0..).zip(&self.values).find(|(_, value)| **value == number).map(|(place, _)| place);
        Shows { side: self, place }
    }
}

impl Shows<'_> {
    fn at(self, place: Answered) -> bool {
        self.side.of_line.get(usize::from(place)).copied() == self.place && self.place.is_some()
    }

    /// Whether any line does.
    pub(super) const fn any(self) -> bool {
        self.place.is_some()
    }

    /// Of some things, one for each line, those of the lines that show the value of the side at a place.
    pub(super) fn of_value<T>(self, place: Answered, lines: impl Iterator<Item = T>) -> impl Iterator<Item = T> {
        lines.zip(&self.side.of_line).filter(move |(_, known)| **known == place).map(|(line, _)| line)
    }

    /// The same of the lines that show this value.
    pub(super) fn of<T>(self, lines: impl Iterator<Item = T>) -> impl Iterator<Item = T> {
        // Nothing shows a place that no side has.
        self.of_value(self.place.unwrap_or(UNASKED), lines)
    }
}

/// What lines show, by kind.
pub(super) fn sides(database: &Database, lines: &[u32], places: &mut Places) -> [Side; Kind::COUNT] {
    let facts: Vec<&Facts> = lines.iter().map(|line| database.lines().facts(*line)).collect();
    Kind::ALL.map(|kind| {
        if facts.iter().all(|facts| facts[kind as usize] == ABSENT) {
            return Side::default();
        }
        places.clear();
        let of_line = facts.iter().map(|facts| places.of(facts[kind as usize])).collect();
        Side { of_line, values: places.met.clone() }
    })
}

/// In what share of some runs a value was shown.
pub(super) fn share_of(shares: &[(Answered, f64)], shows: Shows<'_>) -> f64 {
    shares.iter().filter(|(place, _)| shows.at(*place)).map(|(_, share)| share).sum()
}

/// Gives numbers places, in the order in which they are met.
pub(super) struct Places {
    of: Vec<Answered>,
    /// The numbers, in that order.
    pub(super) met: Vec<u32>,
}

impl Places {
    /// For numbers below a limit.
    pub(super) fn new(numbers: usize) -> Self {
        Self { of: vec![UNASKED; numbers], met: Vec::new() }
    }

    /// Forgets all of them.
    pub(super) fn clear(&mut self) {
        self.met.drain(..).for_each(|number| self.of[number as usize] = UNASKED);
    }

    /// The place of a number.
    pub(super) fn of(&mut self, number: u32) -> Answered {
        let place = &mut self.of[number as usize];
        if *place == UNASKED {
            // A probe has fewer lines than a database behaviours.
            *place = Answered::try_from(self.met.len()).unwrap_or(UNASKED);
            self.met.push(number);
        }
        *place
    }
}
