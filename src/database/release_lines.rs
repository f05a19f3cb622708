//! What a database knows of the releases of its products, line by line: every one that may be told, and each recorded one among them.

use std::collections::BTreeSet;
use std::ops::Range;

use super::observation_table::Texts;
use super::releases::ONLY_LINE;

/// The releases of a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductReleases {
    /// Where the list comes from, as `npm ws`; none where only what is recorded is known.
    pub source: Option<String>,
    /// The release lines, the oldest first.
    pub lines: Vec<KnownLine>,
}

/// The releases of a line, the oldest first; pre-releases only as far as they are recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownLine {
    name: String,
    is_listed: bool,
    releases: Texts,
    /// The places of those that were published for trial, in order.
    pre_releases: Vec<usize>,
}

impl ProductReleases {
    /// The line of a version, and its place there.
    #[must_use]
    pub fn place_of(&self, version: &str) -> Option<(usize, usize)> {
        self.lines.iter().enumerate().find_map(|(index, line)| Some((index, line.place_of(version)?)))
    }

    /// Where each of some versions, sorted as texts, stands: its number among them, its line and its place there; by line and place.
    pub(crate) fn places(&self, sorted: &[&str]) -> Vec<(usize, usize, usize)> {
        let mut places = Vec::with_capacity(sorted.len());
        for (index, line) in self.lines.iter().enumerate() {
            for (place, release) in line.releases.iter().enumerate() {
                if let Ok(number) = sorted.binary_search(&release) {
                    places.push((number, index, place));
                }
            }
        }
        places
    }

    /// What is wrong, where not every one of some recorded versions has one place.
    pub(super) fn check(&self, product: &str, recorded: &BTreeSet<&str>) -> Result<(), String> {
        let recorded: Vec<&str> = recorded.iter().copied().collect();
        let mut found: Vec<usize> = self.places(&recorded).into_iter().map(|(number, ..)| number).collect();
        found.sort_unstable();
        if found.iter().copied().eq(0..recorded.len()) {
            return Ok(());
        }
        Err(format!("the releases of `{product}` do not have each recorded version once"))
    }
}

impl KnownLine {
    /// A line of releases in order, of which some were published for trial.
    pub(super) fn new(name: &str, is_listed: bool, releases: Texts, is_pre_release: impl Fn(&str) -> bool) -> Self {
        let trials = releases.iter().enumerate().filter(|(_, release)| is_pre_release(release));
        let pre_releases = trials.map(|(place, _)| place).collect();
        Self { name: name.to_owned(), is_listed, releases, pre_releases }
    }

    /// What the versions in it begin with, as `10.1`; `all` where a product has one line only.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it has all releases that a registry lists, and not only those that are recorded.
    #[must_use]
    pub const fn is_listed(&self) -> bool {
        self.is_listed
    }

    /// Whether it is all there is of its product.
    #[must_use]
    pub fn is_only(&self) -> bool {
        self.name == ONLY_LINE
    }

    /// How many releases it has.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "none is empty")]
    pub const fn len(&self) -> usize {
        self.releases.len()
    }

    /// The release at a place.
    #[must_use]
    pub fn release(&self, place: usize) -> Option<&str> {
        self.releases.get(place)
    }

    /// The last release.
    #[must_use]
    pub fn last(&self) -> Option<&str> {
        self.release(self.len().checked_sub(1)?)
    }

    /// All releases, in order.
    pub fn releases(&self) -> impl Iterator<Item = &str> {
        self.releases.iter()
    }

    /// The place of a version.
    #[must_use]
    pub fn place_of(&self, version: &str) -> Option<usize> {
        self.releases().position(|release| release == version)
    }

    /// Whether the release at a place was published for trial.
    #[must_use]
    pub fn is_pre_release(&self, place: usize) -> bool {
        self.pre_releases.binary_search(&place).is_ok()
    }

    /// How many releases stand at some places, those for trial left out.
    #[must_use]
    pub fn width(&self, places: Range<usize>) -> usize {
        places.len() - self.pre_releases.iter().filter(|place| places.contains(place)).count()
    }

    /// The newest release, those for trial left out.
    #[must_use]
    pub fn newest(&self) -> Option<&str> {
        let newest = (0..self.len()).rev().find(|place| !self.is_pre_release(*place))?;
        self.release(newest)
    }
}
