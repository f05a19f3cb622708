//! `cargo xtask migrate-probe-sets`: the stamps of recordings and condition files from before each probe had a hash of its own.
//!
//! Until then one hash over the whole set of probes, taken over the `Debug` form of Rust constants, was stamped into every file, so that
//! renaming a variant would have voided them all. The one set that was in use then, `FORMER`, sent byte for byte what the stored set
//! `SUCCESSOR` says. Only the stamp of a file is touched: every other byte stays.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

use crate::support::paths;

/// The hash over the `Debug` form of all probes of commit 6ea58d5.
const FORMER: &str = "376d3d08941c8ae980991df962fd413dbac727bb";

/// The same probes by what they send: the name of a file in `fingerprints/probe_sets/`.
const SUCCESSOR: &str = "ef9a1ee5582307f4923a4bb26bb1ee58a62574ae";

/// Rewrites the stamps of all recordings and condition files that still have the former one.
pub fn run() -> Result<()> {
    let fingerprints = paths::root()?.join("fingerprints");
    let set = fingerprints.join("probe_sets").join(format!("{SUCCESSOR}.json"));
    ensure!(set.is_file(), "there is no `{}`", set.display());
    for folder in ["recordings", "conditions"] {
        let files = files(&fingerprints.join(folder))?;
        let mut migrated = 0;
        for path in &files {
            migrated += usize::from(migrate(path)?);
        }
        println!("{folder}: {migrated} of {} files migrated", files.len());
    }
    Ok(())
}

/// Whether a file had the former stamp; it has the new one now.
fn migrate(path: &Path) -> Result<bool> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let migrated = restamped(&text);
    if let Some(text) = &migrated {
        paths::write(path, text)?;
    }
    Ok(migrated.is_some())
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
}
