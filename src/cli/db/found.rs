//! What a user names: a product, or one of its versions.

use super::map::{Known, Lines};
use crate::cli::nearest;
use crate::database::{Behaviour, Database, version_order};
use crate::probe;

/// A product, or one of its versions.
pub(super) struct Found<'a> {
    /// All behaviours of the product, or the one of the version.
    pub(super) behaviours: Vec<&'a Behaviour>,
    pub(super) version: Option<&'a str>,
    /// The recorded releases that behave alike, where the version is not recorded and lies between them.
    pub(super) between: Option<[&'a str; 2]>,
}

impl<'a> Found<'a> {
    /// The behaviour of the version, or that of the newest, with the name of that version.
    pub(super) fn newest(&self) -> (&'a Behaviour, String) {
        let last = |known: &'a Behaviour| (known, known.versions.last().map_or("", String::as_str));
        let versions = self.behaviours.iter().map(|known| last(known));
        let newest = versions.max_by(|(_, one), (_, other)| version_order(one, other));
        // `find` gives back nothing rather than no behaviour.
        let (behaviour, newest) = newest.unwrap_or_else(|| last(self.behaviours[0]));
        let inferred = if self.between.is_some() { " (inferred)" } else { "" };
        (behaviour, format!("{}{inferred}", self.version.unwrap_or(newest)))
    }
}

/// The product or `product@version` that a text names.
pub(super) fn find<'a>(database: &'a Database, text: &'a str) -> Result<Found<'a>, String> {
    let (product, version) = text.split_once('@').map_or((text, None), |(product, version)| (product, Some(version)));
    let all: Vec<&Behaviour> = database.behaviours.iter().filter(|known| known.product == product).collect();
    if all.is_empty() {
        let near = nearest::names(product, database.behaviours.iter().map(|known| known.product.as_str()));
        let product = product.escape_debug();
        return Err(format!("the database has no `{product}`; `stews db list` shows what it has{near}"));
    }
    let Some(version) = version else { return Ok(Found { behaviours: all, version, between: None }) };
    let has = |known: &&&Behaviour| known.versions.iter().any(|known| known == version);
    match all.iter().find(has) {
        Some(known) => Ok(Found { behaviours: vec![known], version: Some(version), between: None }),
        None => infer(database, &all, version),
    }
}

/// What is inferred of a version that is not recorded, from the recorded ones next to it.
fn infer<'a>(database: &'a Database, all: &[&'a Behaviour], version: &'a str) -> Result<Found<'a>, String> {
    let product = &all[0].product;
    let unlisted = || {
        let versions = versions_of(all).join(", ");
        format!("the database has no version `{}` of {product}; it has {versions}", version.escape_debug())
    };
    let releases = database.releases_of(product).ok_or_else(unlisted)?;
    let (line, place) = releases.place_of(version).ok_or_else(unlisted)?;
    let lines = Lines::new(releases, all);
    let name = releases.lines[line].name();
    let why = match lines.around(line, place) {
        ([Some(one), Some(other)], Known::So(behaviour)) => {
            let (behaviours, between) = (vec![all[behaviour]], Some([one, other]));
            return Ok(Found { behaviours, version: Some(version), between });
        }
        ([Some(one), Some(other)], _) => {
            format!(
                "it lies between {one} and {other}, which differ, and may behave like either; `stews db diff {product}@{one} \
                 {product}@{other}` shows where"
            )
        }
        ([Some(one), None], _) => format!("it is newer than {one}, the last that is recorded of its line"),
        ([None, Some(other)], _) => format!("it is older than {other}, the first that is recorded of its line"),
        ([None, None], _) => {
            format!("nor is anything else of the line {name}; recorded are {}", versions_of(all).join(", "))
        }
    };
    Err(format!("{product} {version} is not recorded: {why}"))
}

/// All versions of some behaviours, oldest first.
pub(super) fn versions_of(behaviours: &[&Behaviour]) -> Vec<String> {
    let mut versions: Vec<String> = behaviours.iter().flat_map(|known| known.versions.iter().cloned()).collect();
    versions.sort_by(|one, other| version_order(one, other));
    versions
}

/// The behaviours of each product, in the order of the database.
pub(super) fn by_product(database: &Database) -> impl Iterator<Item = Vec<&Behaviour>> {
    database.behaviours.chunk_by(|one, other| one.product == other.product).map(|same| same.iter().collect())
}

/// How many default probes a server was asked.
pub(super) fn asked(known: &Behaviour) -> usize {
    known.probes().filter(|probe| probe::find(*probe).is_ok_and(probe::Probe::is_default)).count()
}
