//! `stews db show`.

use std::fmt::Write as _;

use super::answers::{answers, difference};
use super::found::Found;
use super::map::{Lines, map};
use crate::cli::advisories;
use crate::database::{Behaviour, Database, Scope, vocabulary};

/// A product: which of its releases behave how, and where they differ. A version: all its answers. And the advisories that concern either.
pub(super) fn show(database: &Database, found: &Found<'_>) -> String {
    let advisories = advisories::section(database, &found.behaviours[0].product, found.version);
    behaviour(database, found) + &advisories
}

fn behaviour(database: &Database, found: &Found<'_>) -> String {
    let mut text = heading(found);
    if found.version.is_none() {
        let releases = database.releases_of(&found.behaviours[0].product);
        text.extend(releases.map(|releases| map(&Lines::new(releases, &found.behaviours))));
        text.push('\n');
    }
    if let (None, [_, _, ..]) = (found.version, &found.behaviours[..]) {
        text.push_str(&classes(database, &found.behaviours));
        let product = &found.behaviours[0].product;
        let version = found.newest().1;
        let _ = writeln!(text, "\n`stews db show {product}@{version}` prints every answer of one version.");
        return text;
    }
    if let (Some(version), Some([one, other])) = (found.version, found.between) {
        let _ =
            writeln!(text, "version    {version}, not recorded: inferred from {one} and {other}, which behave alike");
    }
    found.behaviours.iter().for_each(|known| text.push_str(&answers(database, known)));
    text
}

fn heading(found: &Found<'_>) -> String {
    let known = found.behaviours[0];
    let mut text = format!("{} ({})\n", vocabulary::name_of(&known.product), known.product);
    let _ = writeln!(text, "engine     {}", known.engine);
    if let Some(framework) = &known.framework {
        let _ = writeln!(text, "framework  {framework}");
    }
    text
}

/// What versions behave alike, and where the next ones first differ from those before.
fn classes(database: &Database, behaviours: &[&Behaviour]) -> String {
    let mut text = String::new();
    for (index, known) in behaviours.iter().enumerate() {
        let lead = if index == 0 { "" } else { "\n" };
        let _ = writeln!(text, "{lead}behaviour {}: {}", index + 1, known.versions.join(", "));
        if !known.twins.is_empty() {
            let _ = writeln!(text, "  alike in everything but banners: {}", known.twins.join(", "));
        }
        let Some(before) = index.checked_sub(1).map(|index| behaviours[index]) else { continue };
        let differences = database.differences(before, known, Scope::Everything);
        match differences.first() {
            Some(first) => {
                let _ = writeln!(text, "  differs from those before in {} of the probes, first in", differences.len());
                text.push_str(&difference(database, *first, &[("before", before), ("now", known)]));
            }
            None => {
                text.push_str("  differs from those before only in banners, or in probes outside the default set\n")
            }
        }
    }
    text
}
