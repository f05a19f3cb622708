//! `cargo xtask advisories --from FILE`: of a collection of advisories, those whose ranges count in the versions of a product of the database.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use serde::Deserialize;
use stews::database::{Advisory, Affected, Database, version_order};

use crate::support::paths;

/// Where the list is kept.
const FILE: &str = "fingerprints/advisories.json";

/// Where they come from.
#[derive(Debug, Args)]
pub struct Plan {
    /// The collection, a JSON list
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// Write nothing; fail if the list is not what it should be
    #[arg(long)]
    check: bool,
}

/// An entry of the collection, as far as it is taken over.
#[derive(Debug, Deserialize)]
struct Entry {
    id: String,
    aliases: Vec<String>,
    product: String,
    /// `product`, or `dependency` where the ranges count in the versions of another package.
    versions_of: String,
    /// The first release that is affected and the first that is not any more.
    ranges: Vec<(String, Option<String>)>,
    /// For each range the last release that is affected, where no mended one is known.
    last_affected: Option<Vec<Option<String>>>,
    title: String,
    /// A CVSS vector.
    severity: Option<String>,
    published: Option<String>,
    source: Source,
}

#[derive(Debug, Deserialize)]
struct Source {
    url: String,
}

/// Writes the list, or with `--check` fails where it is out of date.
pub fn run(plan: &Plan) -> Result<()> {
    let name = plan.from.display();
    let text = std::fs::read_to_string(&plan.from).with_context(|| format!("cannot read `{name}`"))?;
    let collection: Vec<Entry> =
        serde_json::from_str(&text).with_context(|| format!("`{name}` is no list of advisories"))?;
    let products: BTreeSet<String> = Database::embedded()?.behaviours.into_iter().map(|known| known.product).collect();
    let all = collection.len();
    let list = taken(collection, &products)?;
    println!("{} of {all} advisories are about versions of a product of the database", list.len());
    let text = serde_json::to_string_pretty(&list)? + "\n";
    paths::write_or_check(&paths::root()?.join(FILE), &text, plan.check, "cargo xtask advisories --from FILE")
}

/// Those whose ranges count in the versions of one of the products, in order.
fn taken(collection: Vec<Entry>, products: &BTreeSet<String>) -> Result<Vec<Advisory>> {
    let ours =
        collection.into_iter().filter(|entry| entry.versions_of == "product" && products.contains(&entry.product));
    let mut list = ours.map(advisory).collect::<Result<Vec<_>>>()?;
    list.sort_by(|one, other| (&one.product, &one.ids).cmp(&(&other.product, &other.ids)));
    for pair in list.windows(2) {
        ensure!(
            (&pair[0].product, &pair[0].ids[0]) != (&pair[1].product, &pair[1].ids[0]),
            "{} is there twice",
            pair[0].ids[0]
        );
    }
    Ok(list)
}

fn advisory(entry: Entry) -> Result<Advisory> {
    let id = entry.id.clone();
    let is_plain = |text: &str| !text.is_empty() && text.chars().all(|one| (' '..='~').contains(&one));
    let mut ids = vec![entry.id];
    ids.extend(entry.aliases);
    ensure!(ids.iter().all(|id| is_plain(id) && !id.contains(' ')), "{id}: an id is no word");
    ensure!(
        is_plain(&entry.title) && entry.title.len() <= 100,
        "{id}: the title is not up to a hundred printable characters"
    );
    ensure!(entry.source.url.starts_with("https://"), "{id}: the source is no https URL");
    let last = |index: usize| entry.last_affected.as_ref().and_then(|last| last.get(index).cloned().flatten());
    let ranges = entry.ranges.into_iter().enumerate();
    let mut affected: Vec<Affected> = ranges
        .map(|(index, (introduced, fixed))| {
            let last_affected = if fixed.is_none() { last(index) } else { None };
            Affected { introduced, fixed, last_affected }
        })
        .collect();
    affected.sort_by(|one, other| version_order(&one.introduced, &other.introduced));
    ensure!(!affected.is_empty() && affected.iter().all(runs_forward), "{id}: a range ends before it begins");
    let overlap = affected.windows(2).any(|pair| pair[0].holds(&pair[1].introduced));
    ensure!(!overlap, "{id}: two ranges overlap");
    Ok(Advisory {
        ids,
        product: entry.product,
        title: entry.title,
        affected,
        severity: entry.severity,
        published: entry.published,
        source: entry.source.url,
    })
}

/// Whether a range begins where it holds.
fn runs_forward(range: &Affected) -> bool {
    range.holds(&range.introduced)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(text: &str) -> Entry {
        let whole = format!(
            r#"{{"id":"CVE-1","aliases":[],"product":"ws","versions_of":"product","title":"x","severity":null,"published":null,"source":{{"url":"https://a/"}},{text}}}"#
        );
        serde_json::from_str(&whole).unwrap()
    }

    #[test]
    fn ranges_that_count_in_other_versions_are_left_out() {
        let mut other = entry(r#""ranges":[["0","1.0"]],"last_affected":null"#);
        other.versions_of = "dependency".to_owned();
        let list =
            taken(vec![other, entry(r#""ranges":[["0",null]],"last_affected":["2.0"]"#)], &["ws".to_owned()].into());
        let affected = Affected { introduced: "0".to_owned(), fixed: None, last_affected: Some("2.0".to_owned()) };
        assert_eq!(list.unwrap().iter().map(|one| one.affected.clone()).collect::<Vec<_>>(), [vec![affected]]);
    }

    #[test]
    fn a_range_that_ends_before_it_begins_and_two_that_overlap_are_refused() {
        assert!(advisory(entry(r#""ranges":[["2.0","1.0"]],"last_affected":null"#)).is_err());
        assert!(advisory(entry(r#""ranges":[["0","2.0"],["1.0","3.0"]],"last_affected":null"#)).is_err());
    }
}
