//! Versions as ranges, half open and line by line: recordings are samples, and what is between two that differ may be like either.
//!
//! A range begins with the first release after the last recorded one of its line that does not fit, and ends before the next recorded one
//! that does not. So it holds every release that, by what is recorded, may behave so. A line of which nothing is recorded may be like the
//! recorded ones next to it. Lines say nothing else of each other: they are maintained side by side.

use std::ops::Range;
use std::sync::Arc;

use super::known_versions::{KnownVersion, KnownVersions};
use crate::database::{KnownLine, ProductReleases};

/// Releases of one line that follow each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionRange {
    product: Arc<ProductReleases>,
    /// The release line, by its place.
    line: usize,
    /// The places in the line.
    places: Range<usize>,
    /// Whether a recorded release before does not fit.
    has_start: bool,
    /// Whether a recorded release after does not fit.
    has_end: bool,
    /// The places of the recorded ones, all of which fit.
    recorded: Vec<usize>,
}

impl VersionRange {
    /// The release line, as the list of releases names it.
    #[must_use]
    pub fn line(&self) -> &KnownLine {
        &self.product.lines[self.line]
    }

    /// All lines of the product.
    #[must_use]
    pub fn lines(&self) -> &[KnownLine] {
        &self.product.lines
    }

    /// The first release of it; none where no recorded release of the line before differs, so that it is open.
    #[must_use]
    pub fn at_least(&self) -> Option<&str> {
        self.first().filter(|_| self.has_start)
    }

    /// The recorded release that ends it and is not in it; none where no recorded release of the line after differs, so that it is open.
    #[must_use]
    pub fn before(&self) -> Option<&str> {
        self.line().release(self.places.end).filter(|_| self.has_end)
    }

    /// The recorded release that comes before it and is not in it; none where it is open.
    #[must_use]
    pub fn after(&self) -> Option<&str> {
        self.line().release(self.places.start.checked_sub(1)?).filter(|_| self.has_start)
    }

    /// The first release in it of which the database knows.
    #[must_use]
    pub fn first(&self) -> Option<&str> {
        self.line().release(self.places.start)
    }

    /// The last release in it of which the database knows.
    #[must_use]
    pub fn last(&self) -> Option<&str> {
        self.line().release(self.places.end.checked_sub(1)?)
    }

    /// The releases in it of which the database knows, oldest first.
    pub fn releases(&self) -> impl Iterator<Item = &str> {
        self.places.clone().filter_map(|place| self.line().release(place))
    }

    /// The recorded versions in it, oldest first.
    pub fn recorded(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.recorded.iter().filter_map(|place| self.line().release(*place))
    }

    /// Whether any of it is recorded: of a line of which nothing is, it is not known more than that its neighbours fit.
    #[must_use]
    pub const fn is_recorded(&self) -> bool {
        !self.recorded.is_empty()
    }

    /// Whether its first release is recorded and is the first of its line, so that it is not open below though nothing ends it.
    #[must_use]
    pub fn begins_its_line(&self) -> bool {
        self.line().is_listed() && self.recorded.first() == Some(&0)
    }

    /// The newest release of the line, where there is a list of its releases.
    #[must_use]
    pub fn newest_release(&self) -> Option<&str> {
        self.line().newest().filter(|_| self.line().is_listed())
    }

    /// Whether a version is in it, by its place in the line: one that is not among the releases of the line is not.
    #[must_use]
    pub fn holds(&self, version: &str) -> bool {
        self.line().place_of(version).is_some_and(|place| self.places.contains(&place))
    }

    /// How many releases it has, those for trial left out.
    #[must_use]
    pub fn width(&self) -> usize {
        self.line().width(self.places.clone())
    }
}

/// Which recorded versions of a product fit, and how well.
pub(super) struct Fitting<F> {
    /// Whether a version does.
    pub(super) fits: F,
    /// Whether the best of them explains all that was observed. Where it does not, the version may be one of a line of which nothing is
    /// recorded, whatever the versions of other lines do.
    pub(super) is_explained: bool,
}

/// The ranges of the versions of a product that fit.
pub(super) fn ranges<F>(known: &KnownVersions<'_>, fitting: &Fitting<F>) -> Vec<VersionRange>
where
    F: Fn(&KnownVersion<'_>) -> bool,
{
    let Fitting { fits, is_explained } = fitting;
    let Some(product) = known.releases else { return Vec::new() };
    let mut ranges = Vec::new();
    for (line, releases) in known.lines().iter().enumerate() {
        let whole = || VersionRange {
            product: product.clone(),
            line,
            places: 0..releases.len(),
            has_start: false,
            has_end: false,
            recorded: Vec::new(),
        };
        let [before, mine, after] = known.around(line);
        if !mine.is_empty() {
            ranges_of_line(whole, mine, fits, &mut ranges);
        } else if !is_explained || before.last().is_some_and(fits) || after.first().is_some_and(fits) {
            ranges.push(whole());
        }
    }
    ranges
}

/// The ranges of a line of which these versions are recorded.
fn ranges_of_line(
    whole: impl Fn() -> VersionRange,
    mine: &[KnownVersion<'_>],
    fits: impl Fn(&KnownVersion<'_>) -> bool,
    ranges: &mut Vec<VersionRange>,
) {
    let (mut start, mut seen) = (None, 0);
    for run in mine.chunk_by(|one, other| fits(one) == fits(other)) {
        seen += run.len();
        if fits(&run[0]) {
            let (mut range, end) = (whole(), mine.get(seen).map(|next| next.place));
            range.places = start.unwrap_or(0)..end.unwrap_or(range.places.end);
            (range.has_start, range.has_end) = (start.is_some(), end.is_some());
            range.recorded = run.iter().map(|version| version.place).collect();
            ranges.push(range);
        }
        start = run.last().map(|last| last.place + 1);
    }
}

/// How likely it is that the version is in the ranges of those that fit, where each recorded version explains what was observed so well.
///
/// Each release is as likely as any other at first. A recorded one behaves as recorded; one that is not recorded as the recorded one before it
/// in its line or as the one after it, either as likely as the other, or as the only one of them that there is:
///
/// P(in the ranges | product) = Σ over the releases in the ranges of P(observed | release) / Σ over all of P(observed | release)
pub(super) fn share_of_ranges<F>(
    known: &KnownVersions<'_>,
    likelihood: impl Fn(&KnownVersion<'_>) -> f64,
    fitting: &Fitting<F>,
) -> f64
where
    F: Fn(&KnownVersion<'_>) -> bool,
{
    let (mut within, mut all) = (0.0, 0.0);
    let mut add = |count: usize, next: &[&KnownVersion<'_>], is_within: bool| {
        let mass =
            count as f64 * next.iter().map(|version| likelihood(version)).sum::<f64>() / next.len().max(1) as f64;
        all += mass;
        within += if is_within || next.iter().any(|version| (fitting.fits)(version)) { mass } else { 0.0 };
    };
    for (line, releases) in known.lines().iter().enumerate() {
        let [before, mine, after] = known.around(line);
        let (Some(first), Some(last)) = (mine.first(), mine.last()) else {
            let next: Vec<&KnownVersion<'_>> = before.last().into_iter().chain(after.first()).collect();
            add(releases.len(), &next, !fitting.is_explained);
            continue;
        };
        add(first.place, &[first], false);
        mine.iter().for_each(|version| add(1, &[version], false));
        mine.windows(2).for_each(|pair| add(pair[1].place - pair[0].place - 1, &[&pair[0], &pair[1]], false));
        add(releases.len() - 1 - last.place, &[last], false);
    }
    // A product that is out of the question has no share to divide.
    if all > 0.0 { (within / all).min(1.0) } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::database::{Database, Recording, Releases, derive};
    use crate::identify::index::Index;

    /// What is known where, line by line, these releases are listed: `+` after those that are recorded and fit, `-` after those that are
    /// recorded and do not, and `?` after those that are not recorded.
    fn database(lines: &[(&str, &str)]) -> Database {
        let version = |word: &str| word.trim_end_matches(['+', '-', '?']).to_owned();
        let releases =
            |text: &str| text.split(' ').map(|word| serde_json::json!({"version": version(word)})).collect::<Vec<_>>();
        let listed = lines.iter().map(|(line, text)| serde_json::json!({"line": line, "releases": releases(text)}));
        let list = serde_json::json!({"product": "ws", "source": "npm ws", "lines": listed.collect::<Vec<_>>()});
        let words = lines.iter().flat_map(|(_, text)| text.split(' ')).filter(|word| !word.ends_with('?'));
        let recordings: Vec<Recording> = words.map(|word| Recording::of_runs("ws", &version(word), &[])).collect();
        derive(&recordings, &[Releases::read(&list.to_string()).unwrap()])
    }

    /// The ranges of those that fit.
    fn found(lines: &[(&str, &str)]) -> Vec<VersionRange> {
        let database = database(lines);
        let fitting: BTreeSet<String> = lines
            .iter()
            .flat_map(|(_, text)| text.split(' '))
            .filter_map(|word| Some(word.strip_suffix('+')?.to_owned()))
            .collect();
        let index = Index::new(&database);
        index
            .versions
            .first()
            .map(|known| {
                ranges(
                    known,
                    &Fitting { fits: |one: &KnownVersion<'_>| fitting.contains(one.version), is_explained: true },
                )
            })
            .unwrap_or_default()
    }

    fn told(lines: &[(&str, &str)]) -> String {
        let told = |range: &VersionRange| {
            let (from, to) = (range.at_least().unwrap_or("…"), range.before().unwrap_or("…"));
            let recorded: Vec<&str> = range.recorded().collect();
            format!("{}: {from} to {to}, {} of {}", range.line().name(), recorded.join(" "), range.width())
        };
        found(lines).iter().map(told).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn a_range_begins_after_the_last_that_differs_and_ends_before_the_next() {
        assert_eq!(told(&[("8", "8.0- 8.1? 8.2+ 8.3? 8.4+ 8.5? 8.6- 8.7?")]), "8: 8.1 to 8.6, 8.2 8.4 of 5");
        assert_eq!(told(&[("8", "8.0- 8.1+ 8.2-")]), "8: 8.1 to 8.2, 8.1 of 1");
        assert_eq!(told(&[("8", "8.0? 8.1+ 8.2? 8.3- 8.4+ 8.5?")]), "8: … to 8.3, 8.1 of 3; 8: 8.4 to …, 8.4 of 2");
        assert_eq!(told(&[("8", "8.0? 8.1+ 8.2?")]), "8: … to …, 8.1 of 3");
    }

    #[test]
    fn lines_do_not_bracket_each_other_and_one_of_which_nothing_is_recorded_may_be_like_its_neighbours() {
        assert_eq!(
            told(&[("9", "9.0- 9.1+"), ("10", "10.0+ 10.1-")]),
            "9: 9.1 to …, 9.1 of 1; 10: … to 10.1, 10.0 of 1"
        );
        assert_eq!(
            told(&[("1", "1.0?"), ("2", "2.0+"), ("3", "3.0?"), ("4", "4.0-"), ("5", "5.0?")]),
            "1: … to …,  of 1; 2: … to …, 2.0 of 1; 3: … to …,  of 1"
        );
        assert_eq!(told(&[("1", "1.0-"), ("2", "2.0?"), ("3", "3.0- 3.1+")]), "3: 3.1 to …, 3.1 of 1");
    }

    #[test]
    fn each_release_is_as_likely_as_any_other_at_first_and_one_that_is_not_recorded_is_like_either_neighbour() {
        let share = |lines: &[(&str, &str)], of_others: f64| {
            let database = database(lines);
            let index = Index::new(&database);
            let fits = |one: &KnownVersion<'_>| {
                lines
                    .iter()
                    .flat_map(|(_, text)| text.split(' '))
                    .any(|word| word.strip_suffix('+') == Some(one.version))
            };
            let fitting = Fitting { fits, is_explained: true };
            share_of_ranges(&index.versions[0], |one| if (fitting.fits)(one) { 1.0 } else { of_others }, &fitting)
        };
        let close = |found: f64, wanted: f64| assert!((found - wanted).abs() < 1e-12, "{found} is not {wanted}");
        close(share(&[("8", "8.0- 8.1+")], 0.25), 1.0 / 1.25);
        close(share(&[("8", "8.0- 8.1? 8.2+ 8.3? 8.4+ 8.5?")], 0.5), (0.75 + 4.0) / 5.25);
        close(
            share(&[("8", "8.0? 8.1- 8.2+"), ("9", "9.0? 9.1?"), ("10", "10.0-")], 0.5),
            (1.0 + 1.5) / (1.0 + 2.5 + 0.5),
        );
        close(share(&[("8", "8.0+ 8.1+")], 0.5), 1.0);
        close(share(&[("8", "8.0- 8.1-")], 0.0), 1.0);
    }

    #[test]
    fn where_no_version_explains_all_it_may_be_of_a_line_of_which_nothing_is_recorded() {
        let database = database(&[("7", "7.0? 7.1?"), ("8", "8.0-"), ("9", "9.0+ 9.1?")]);
        let index = Index::new(&database);
        let told = |is_explained| {
            let fitting = Fitting { fits: |one: &KnownVersion<'_>| one.version == "9.0", is_explained };
            let ranges = ranges(&index.versions[0], &fitting);
            let lines: Vec<String> = ranges.iter().map(|range| range.line().name().to_owned()).collect();
            (lines, share_of_ranges(&index.versions[0], |_| 1.0, &fitting))
        };
        assert_eq!(told(true), (vec!["9".to_owned()], 0.4));
        assert_eq!(told(false), (vec!["7".to_owned(), "9".to_owned()], 0.8));
    }

    #[test]
    fn a_version_that_is_left_out_keeps_its_place() {
        let database = database(&[("8", "8.0+ 8.1+ 8.2-")]).without_version("ws", "8.1");
        let index = Index::new(&database);
        let fitting = Fitting { fits: |one: &KnownVersion<'_>| one.version == "8.0", is_explained: true };
        let ranges = ranges(&index.versions[0], &fitting);
        assert_eq!(ranges[0].recorded().collect::<Vec<_>>(), ["8.0"]);
        assert!(ranges[0].holds("8.1") && !ranges[0].holds("8.2") && !ranges[0].holds("8.1.1"));
    }

    proptest! {
        #[test]
        fn what_is_recorded_and_fits_is_in_one_range_and_nothing_else_that_is_recorded_is(
            kinds in vec(vec(0..3_usize, 1..12), 1..4),
        ) {
            let text = |line: usize, kinds: &Vec<usize>| {
                let word = |(place, kind): (usize, &usize)| format!("{line}.{place}{}", ["+", "-", "?"][*kind]);
                kinds.iter().enumerate().map(word).collect::<Vec<_>>().join(" ")
            };
            let lines: Vec<(String, String)> =
                kinds.iter().enumerate().map(|(line, kinds)| (line.to_string(), text(line, kinds))).collect();
            let lines: Vec<(&str, &str)> = lines.iter().map(|(line, text)| (line.as_str(), text.as_str())).collect();
            let found = found(&lines);
            for word in lines.iter().flat_map(|(_, text)| text.split(' ')) {
                let (version, kind) = word.split_at(word.len() - 1);
                let holding = found.iter().filter(|range| range.holds(version)).count();
                let recorded = found.iter().flat_map(VersionRange::recorded).filter(|one| *one == version).count();
                match kind {
                    "+" => prop_assert_eq!((holding, recorded), (1, 1)),
                    "-" => prop_assert_eq!((holding, recorded), (0, 0)),
                    _ => prop_assert!(holding <= 1 && recorded == 0, "ranges of a line do not overlap"),
                }
            }
            for range in &found {
                let releases = range.line().releases().filter(|release| range.holds(release));
                prop_assert_eq!(range.width(), releases.count());
                for end in [range.at_least(), range.first(), range.last()].into_iter().flatten() {
                    prop_assert!(range.holds(end));
                }
                prop_assert!(range.before().is_none_or(|end| !range.holds(end)));
            }
        }
    }
}
