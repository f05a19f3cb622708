//! Which releases of a product behave how: what is recorded, what is inferred from that, and what is not known.

use std::collections::BTreeMap;
use std::ops::Range;

use super::table::table;
use crate::database::{Behaviour, KnownLine, ProductReleases, version_order};

/// The releases of a product, line by line, with the places of the recorded ones and their behaviours.
pub(super) struct Lines<'a> {
    releases: &'a ProductReleases,
    /// By line, the places of recorded releases and which of the behaviours they show, counted from 0.
    recorded: Vec<Vec<(usize, usize)>>,
}

/// What is known of releases that follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// They behave so: they are recorded, or lie between two that are and behave alike.
    So(usize),
    /// They lie between two that differ.
    Either(usize, usize),
    /// They are older than all that is recorded of the line.
    Older(usize),
    /// They are newer than all that is recorded of the line.
    Newer(usize),
    /// Nothing of the line is recorded.
    Nothing,
}

impl<'a> Lines<'a> {
    /// Those of a product with these behaviours.
    pub(super) fn new(releases: &'a ProductReleases, behaviours: &[&Behaviour]) -> Self {
        let mut by_version: BTreeMap<&str, usize> = BTreeMap::new();
        for (index, known) in behaviours.iter().enumerate() {
            by_version.extend(known.versions.iter().map(|version| (version.as_str(), index)));
        }
        let placed = |line: &KnownLine| {
            let all = line.releases().enumerate();
            all.filter_map(|(place, release)| Some((place, *by_version.get(release)?))).collect()
        };
        Self { releases, recorded: releases.lines.iter().map(placed).collect() }
    }

    /// The recorded releases between which a release lies, each with its behaviour, and what is known of it.
    pub(super) fn around(&self, line: usize, place: usize) -> ([Option<&'a str>; 2], Known) {
        let recorded = &self.recorded[line];
        let next = recorded.partition_point(|(other, _)| *other < place);
        let neighbours = [next.checked_sub(1), Some(next)].map(|index| recorded.get(index?).copied());
        let name = |(place, _)| self.releases.lines[line].release(place);
        let known = match neighbours.map(|one| one.map(|(_, behaviour)| behaviour)) {
            [Some(one), Some(other)] if one == other => Known::So(one),
            [Some(one), Some(other)] => Known::Either(one, other),
            [Some(one), None] => Known::Newer(one),
            [None, Some(other)] => Known::Older(other),
            [None, None] => Known::Nothing,
        };
        (neighbours.map(|one| one.and_then(name)), known)
    }

    /// All releases.
    pub(super) const fn releases(&self) -> &'a ProductReleases {
        self.releases
    }

    /// The releases of a line in pieces of which the same is known.
    pub(super) fn pieces(&self, line: usize) -> Vec<(Range<usize>, Known)> {
        let (recorded, len) = (&self.recorded[line], self.releases.lines[line].len());
        let runs: Vec<&[(usize, usize)]> = recorded.chunk_by(|one, other| one.1 == other.1).collect();
        let (Some(first), Some(last)) = (recorded.first(), recorded.last()) else {
            return vec![(0..len, Known::Nothing)];
        };
        let mut pieces = vec![(0..first.0, Known::Older(first.1))];
        for (index, run) in runs.iter().enumerate() {
            let ((start, behaviour), end) = (run[0], run[run.len() - 1].0 + 1);
            pieces.push((start..end, Known::So(behaviour)));
            if let Some((next, other)) = runs.get(index + 1).map(|next| next[0]) {
                pieces.push((end..next, Known::Either(behaviour, other)));
            }
        }
        pieces.push((last.0 + 1..len, Known::Newer(last.1)));
        pieces.retain(|(places, _)| !places.is_empty());
        pieces
    }

    /// How many releases at some places are recorded.
    pub(super) fn count(&self, line: usize, places: &Range<usize>) -> usize {
        self.recorded[line].iter().filter(|(place, _)| places.contains(place)).count()
    }
}

/// The map of a product, line by line.
pub(super) fn map(lines: &Lines<'_>) -> String {
    let mut rows = Vec::new();
    for (index, line) in lines.releases.lines.iter().enumerate() {
        let mut name = line.name();
        for (places, known) in lines.pieces(index) {
            let [how, from] = in_words(known, lines.count(index, &places), places.len());
            let name = std::mem::take(&mut name).to_owned();
            rows.push([name, span(line, &places), places.len().to_string(), how, from]);
        }
    }
    format!("{}\n\n{}", totals(lines), table(&["line", "releases", "number", "behaviour", ""], &rows))
}

/// How many releases there are, and how many of them are recorded.
fn totals(lines: &Lines<'_>) -> String {
    let ProductReleases { source, lines: all } = lines.releases;
    let count: usize = all.iter().map(KnownLine::len).sum();
    let recorded: usize = lines.recorded.iter().map(Vec::len).sum();
    let by_version = |one: &&str, other: &&str| version_order(one, other);
    let oldest = all.iter().filter_map(|line| line.release(0)).min_by(by_version).unwrap_or_default();
    let newest = all.iter().filter_map(KnownLine::last).max_by(by_version).unwrap_or_default();
    let source = match source {
        Some(source) => format!("{count} listed by {source}"),
        None => format!("{count}, all that are recorded: no registry lists them"),
    };
    format!("releases   {source}; oldest {oldest}, newest {newest}\nrecorded   {recorded}")
}

/// The releases at some places, by the first and the last.
fn span(line: &KnownLine, places: &Range<usize>) -> String {
    let [first, last] = [places.start, places.end - 1].map(|place| line.release(place).unwrap_or_default());
    if first == last { first.to_owned() } else { format!("{first} – {last}") }
}

/// How releases behave, and where that is known from.
fn in_words(known: Known, recorded: usize, all: usize) -> [String; 2] {
    let number = |behaviour: usize| (behaviour + 1).to_string();
    match known {
        Known::So(one) if recorded == all => [number(one), "recorded".to_owned()],
        Known::So(one) => [number(one), format!("{recorded} recorded, {} inferred", all - recorded)],
        Known::Either(one, other) => [format!("{} or {}", number(one), number(other)), "not recorded".to_owned()],
        Known::Older(one) => [format!("{}?", number(one)), "older than all that is recorded".to_owned()],
        Known::Newer(one) => [format!("{}?", number(one)), "newer than all that is recorded".to_owned()],
        Known::Nothing => ["?".to_owned(), "nothing is recorded".to_owned()],
    }
}
