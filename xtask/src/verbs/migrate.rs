//! `cargo xtask migrate-probe-sets`: the stamps of recordings and condition files from before each probe had a hash of its own.
//!
//! A condition file also listed what was missing, and was taken to have asked all else; it lists what it asked since then (schema 2).
//!
//! Until then one hash over the whole set of probes, taken over the `Debug` form of Rust constants, was stamped into every file, so that
//! renaming a variant would have voided them all. The one set that was in use then, `FORMER`, sent byte for byte what the stored set
//! `SUCCESSOR` says. Only the stamp of a file is touched: every other byte stays.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use stews::database::Recording;
use stews::observation::noted::Noted;
use stews::probe::{Probe, ProbeId, find};

use crate::conditions::asked::ProbeList;
use crate::conditions::stored::SCHEMA;
use crate::support::paths;

/// The hash over the `Debug` form of all probes of commit 6ea58d5.
const FORMER: &str = "376d3d08941c8ae980991df962fd413dbac727bb";

/// Those probes by what they send: the name of a file in `fingerprints/probe_sets/`.
const SUCCESSOR: &str = "ef9a1ee5582307f4923a4bb26bb1ee58a62574ae";

/// Rewrites the stamps of all recordings and condition files that still have the former one, and condition files of the former form.
pub fn run() -> Result<()> {
    let fingerprints = paths::root()?.join("fingerprints");
    let set = paths::probe_sets()?.join(format!("{SUCCESSOR}.json"));
    ensure!(set.is_file(), "there is no `{}`", set.display());
    migrate_all(&fingerprints.join("recordings"), |text| Ok(restamped(text)))?;
    let recordings = Recording::load_all(&fingerprints.join("recordings"))?;
    let recordings: BTreeMap<PathBuf, Recording> =
        recordings.into_iter().map(|(_, recording)| (recording.path(), recording)).collect();
    migrate_all(&fingerprints.join("conditions"), |text| with_what_was_asked(text, &recordings))
}

/// Rewrites the files of a folder for which there is anything new.
fn migrate_all(folder: &Path, renewed: impl Fn(&str) -> Result<Option<String>>) -> Result<()> {
    let (files, mut migrated) = (files(folder)?, 0);
    for path in &files {
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
        if let Some(text) = renewed(&text).with_context(|| format!("`{}`", path.display()))? {
            paths::write(path, &text)?;
            migrated += 1;
        }
    }
    println!("{}: {migrated} of {} files migrated", folder.display(), files.len());
    Ok(())
}

/// What of a condition file of schema 1 is not in one of schema 2 as it is.
#[derive(Deserialize)]
struct Former {
    schema: u32,
    product: String,
    version: String,
    missing: BTreeSet<ProbeId>,
    noticed: Option<bool>,
    observations: BTreeMap<ProbeId, Noted>,
}

/// A condition file of schema 1 as one of schema 2, stamp and all: what was asked is each probe of the default set that the recording has and
/// that was not missing, and all that was observed. Every line but the schema, the stamp and the list stays.
fn with_what_was_asked(text: &str, recordings: &BTreeMap<PathBuf, Recording>) -> Result<Option<String>> {
    let Ok(former) = serde_json::from_str::<Former>(text) else { return Ok(None) };
    ensure!(former.schema == 1, "it is of no form that is known");
    let path = Recording::path_of(&former.product, &former.version);
    let direct = recordings.get(&path).with_context(|| format!("there is no recording `{}`", path.display()))?;
    let as_recorded = direct.observations.keys().copied().filter(|probe| {
        former.noticed.is_none() && !former.missing.contains(probe) && find(*probe).is_ok_and(Probe::is_default)
    });
    let asked: ProbeList = as_recorded.chain(former.observations.keys().copied()).collect();
    let text = restamped(text).unwrap_or_else(|| text.to_owned());
    let text = text.replacen("\"schema\": 1,", &format!("\"schema\": {SCHEMA},"), 1);
    let (before, rest) = text.split_once("  \"missing\": [").context("there is no list of what is missing")?;
    let (_, rest) = rest.split_once("],\n").context("the list of what is missing does not end")?;
    let (head, tail) = before.split_once("  \"stopped\":").context("there is no `stopped`")?;
    Ok(Some(format!("{head}  \"asked\": \"{asked}\",\n  \"stopped\":{tail}{rest}")))
}

/// A file with its stamp replaced, if it has the former one.
fn restamped(text: &str) -> Option<String> {
    let stamp = |set: &str| format!("\"probe_set\": \"{set}\"");
    text.contains(&stamp(FORMER)).then(|| text.replacen(&stamp(FORMER), &stamp(SUCCESSOR), 1))
}

/// Every JSON file below a folder, in order.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_path_buf()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).with_context(|| format!("cannot read `{}`", folder.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "json") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_stamp_changes_and_only_once() {
        let file =
            |set: &str| format!("{{\n  \"observations\": {{}},\n  \"probe_set\": \"{set}\",\n  \"runs\": 3\n}}\n");
        assert_eq!(restamped(&file(FORMER)), Some(file(SUCCESSOR)));
        assert_eq!(restamped(&file(SUCCESSOR)), None);
        assert_eq!(restamped(&file("another")), None);
    }

    #[test]
    fn a_former_condition_file_lists_what_was_asked() {
        let seen = [203, 204, 205].map(|probe| (ProbeId::new(probe), "| fin".parse().unwrap())).into();
        let recordings = BTreeMap::from([("ws/8.json".into(), Recording::of_runs("ws", "8", &[seen]))]);
        let former = format!(
            "{{\n  \"schema\": 1,\n  \"condition\": \"sink\",\n  \"product\": \"ws\",\n  \"version\": \"8\",\n  \"detail\": \"\",\n  \
             \"probe_set\": \"{FORMER}\",\n  \"stopped\": null,\n  \"connections\": 3,\n  \"sent\": 2,\n  \"received\": 1,\n  \
             \"missing\": [\n    \"204\"\n  ],\n  \"observations\": {{\n    \"203\": \"| reset\",\n    \"206\": \"| fin\"\n  }}\n}}\n"
        );
        let text = with_what_was_asked(&former, &recordings).unwrap().unwrap();
        assert!(
            text.contains("\"asked\": \"203 205-206\",\n  \"stopped\": null") && !text.contains("missing"),
            "{text}"
        );
        let stored = crate::conditions::stored::Conditioned::read(&text).unwrap();
        assert_eq!(serde_json::to_string_pretty(&stored).unwrap() + "\n", text);
        assert_eq!(with_what_was_asked(&text, &recordings).unwrap(), None);
        assert!(with_what_was_asked(&former, &BTreeMap::new()).is_err());
    }
}
