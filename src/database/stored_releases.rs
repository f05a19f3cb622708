//! The releases of products as they stand in the file of a database: a text for each line.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::limits::{AtMost, NAMES, RELEASE_LINES, RELEASES, check_name, is_plain};
use super::observation_table::Texts;
use super::release_lines::{KnownLine, ProductReleases};

/// What stands between versions, which are printable and so have none.
const BETWEEN: u8 = b'\t';

/// The releases of a product.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredReleases<'a> {
    product: String,
    source: Option<String>,
    #[serde(borrow)]
    lines: AtMost<StoredLine<'a>, RELEASE_LINES>,
}

/// A line, with its releases in order.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredLine<'a> {
    line: String,
    #[serde(borrow)]
    releases: Cow<'a, str>,
    /// Those of [`StoredLine::releases`] that were published for trial.
    #[serde(default, skip_serializing_if = "AtMost::is_empty")]
    pre_releases: AtMost<String, NAMES>,
}

/// The stored form of all releases.
pub(super) fn stored(all: &BTreeMap<String, Arc<ProductReleases>>) -> impl Iterator<Item = StoredReleases<'static>> {
    all.iter().map(|(product, known)| StoredReleases {
        product: product.clone(),
        source: known.source.clone(),
        lines: known.lines.iter().map(stored_line).collect(),
    })
}

fn stored_line(line: &KnownLine) -> StoredLine<'static> {
    let trials = line.releases().enumerate().filter(|(place, _)| line.is_pre_release(*place));
    let pre_releases = trials.map(|(_, release)| release.to_owned()).collect();
    let releases: Vec<&str> = line.releases().collect();
    StoredLine {
        line: line.name().to_owned(),
        releases: releases.join(&char::from(BETWEEN).to_string()).into(),
        pre_releases,
    }
}

/// The releases of all products, or what is wrong where these versions are recorded of each.
pub(super) fn read(
    all: Vec<StoredReleases<'_>>,
    recorded: &BTreeMap<&str, BTreeSet<&str>>,
) -> Result<BTreeMap<String, Arc<ProductReleases>>, String> {
    let mut read = BTreeMap::new();
    let mut room = RELEASES;
    for stored in all {
        let (product, releases) = stored.read(&mut room)?;
        read.insert(product, Arc::new(releases));
    }
    for (product, recorded) in recorded {
        let none = || format!("it has no releases of `{product}`");
        read.get(*product).ok_or_else(none)?.check(product, recorded)?;
    }
    Ok(read)
}

impl StoredReleases<'_> {
    /// The product and its releases, or what is wrong; they take of the room that is left.
    fn read(self, room: &mut usize) -> Result<(String, ProductReleases), String> {
        check_name("the product", &self.product)?;
        self.source.iter().try_for_each(|source| check_name("the source", source))?;
        let is_listed = self.source.is_some();
        let lines = self.lines.0.into_iter().map(|line| line.read(is_listed, room));
        let lines = lines.collect::<Result<_, String>>()?;
        Ok((self.product, ProductReleases { source: self.source, lines }))
    }
}

impl StoredLine<'_> {
    fn read(self, is_listed: bool, room: &mut usize) -> Result<KnownLine, String> {
        check_name("the line", &self.line)?;
        let releases = Texts::separated(&self.releases, BETWEEN);
        *room = room.checked_sub(releases.len()).ok_or_else(|| format!("it has more than {RELEASES} releases"))?;
        let check = |release: &str| if is_plain(release) { Ok(()) } else { check_name("the release", release) };
        releases.iter().try_for_each(check)?;
        // Hardly any line has any, and a line of others may have many of both.
        let trials: BTreeSet<&str> = self.pre_releases.0.iter().map(String::as_str).collect();
        Ok(KnownLine::new(&self.line, is_listed, releases, |release| trials.contains(release)))
    }
}
