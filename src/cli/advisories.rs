//! `stews db advisories`, and the end of `stews db show`: published flaws, the releases that have them, and whether behaviour tells those from the others.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::database::{Advisory, Affected, Database, Told, releases_first};
use crate::probe::ProbeId;

/// The most probes that are named for one range.
const MOST_NAMED: usize = 6;

/// The advisories of a product, or those that concern one version of it; empty where there is none.
pub(super) fn section(database: &Database, product: &str, version: Option<&str>) -> String {
    let known = concerning(product, version);
    if known.is_empty() {
        return String::new();
    }
    let whose = version.map_or_else(String::new, |version| format!(" that concern {version}"));
    let mut text = format!(
        "\nAdvisories{whose}, by version number, and whether the recorded versions next to the fix are told apart\n"
    );
    for advisory in &known {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}  {}", advisory.ids.join(", "), advisory.title);
        for range in advisory.affected.iter().filter(|range| version.is_none_or(|version| range.holds(version))) {
            let _ = writeln!(text, "  {range}: {}", verdict(&advisory.told(range, database)));
        }
    }
    text
}

/// The advisories of a product, or those that concern one version of it.
fn concerning(product: &str, version: Option<&str>) -> Vec<&'static Advisory> {
    let known = Advisory::of_product(product);
    known.filter(|advisory| version.is_none_or(|version| advisory.affects(version))).collect()
}

/// The same for programs.
pub(super) fn listed(database: &Database, product: &str, version: Option<&str>) -> Value {
    let range = |advisory: &Advisory, range: &Affected| {
        json!({
            "introduced": range.introduced,
            "fixed": range.fixed,
            "last_affected": range.last_affected,
            "told": judged(&advisory.told(range, database)),
        })
    };
    let one = |advisory: &Advisory| {
        let concerned = advisory.affected.iter().filter(|range| version.is_none_or(|version| range.holds(version)));
        let affected: Value = concerned.map(|affected| range(advisory, affected)).collect();
        json!({"ids": advisory.ids, "title": advisory.title, "source": advisory.source, "affected": affected})
    };
    concerning(product, version).into_iter().map(one).collect()
}

fn judged(told: &Told<'_>) -> Value {
    match told {
        Told::NotRecorded => json!({"verdict": "not recorded on both sides"}),
        Told::Compared { affected, mended, probes } => {
            let verdict = if probes.is_empty() { "not told apart" } else { "told apart" };
            json!({"verdict": verdict, "affected": affected, "mended": mended, "probes": probes})
        }
    }
}

fn verdict(told: &Told<'_>) -> String {
    match told {
        Told::NotRecorded => "not recorded on both sides".to_owned(),
        Told::Compared { affected, mended, probes } if probes.is_empty() => {
            format!("not told apart, {affected} and {mended} answer alike")
        }
        Told::Compared { affected, mended, probes } => {
            format!("{affected} and {mended} told apart by {}", named(probes))
        }
    }
}

/// Some probes by number, those first that are there for the sake of releases.
fn named(probes: &[ProbeId]) -> String {
    let numbers: Vec<String> = releases_first(probes).iter().take(MOST_NAMED).map(ToString::to_string).collect();
    let more = probes.len().saturating_sub(MOST_NAMED);
    let word = if probes.len() == 1 { "probe" } else { "probes" };
    let rest = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("{word} {}{rest}", numbers.join(", "))
}
