//! The dependencies keep to `deny.toml`: licences, duplicates and where they are from. Read from `Cargo.lock` and from what cargo has, so that it
//! holds without a network and without `cargo-deny`, which knows more and is run by `.ci/run` where it is installed.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use toml_edit::{DocumentMut, Item};

fn read(name: &str) -> DocumentMut {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap().parse().unwrap()
}

/// All crates of `Cargo.lock`: name, version, and where they are from; nothing for those of this checkout.
fn locked() -> Vec<(String, String, Option<String>)> {
    let lock = read("Cargo.lock");
    let crates = lock["package"].as_array_of_tables().unwrap();
    let text = |item: Option<&Item>| item.and_then(Item::as_str).map(str::to_owned);
    let all = crates
        .iter()
        .map(|one| (text(one.get("name")).unwrap(), text(one.get("version")).unwrap(), text(one.get("source"))));
    all.collect()
}

/// The crates that may be there twice, with their reasons.
fn skipped() -> BTreeMap<String, String> {
    let rules = read("deny.toml");
    let list = rules["bans"]["skip"].as_array().unwrap();
    let entry = |value: &toml_edit::Value| {
        let table = value.as_inline_table().unwrap();
        let text = |name: &str| table.get(name).and_then(|value| value.as_str()).unwrap_or_default().to_owned();
        (text("crate"), text("reason"))
    };
    list.iter().map(entry).collect()
}

#[test]
fn what_is_there_twice_has_a_reason() {
    let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, version, _) in locked() {
        versions.entry(name).or_default().insert(version);
    }
    let skipped = skipped();
    let mut unused: BTreeSet<&String> = skipped.keys().collect();
    for (name, versions) in versions.iter().filter(|(_, versions)| versions.len() > 1) {
        let named = versions.iter().map(|version| format!("{name}@{version}")).filter(|one| skipped.contains_key(one));
        let named: Vec<String> = named.collect();
        unused.retain(|one| !named.contains(*one));
        assert!(
            named.len() + 1 >= versions.len(),
            "`{name}` is there as {versions:?}: use one of them, or give the others a reason under `skip` in deny.toml"
        );
    }
    assert!(unused.is_empty(), "no longer there twice: take {unused:?} out of deny.toml");
    for (name, reason) in &skipped {
        assert!(reason.len() > 5, "`{name}` in deny.toml has no reason");
    }
}

#[test]
fn all_is_from_one_registry() {
    let foreign: Vec<_> = locked()
        .into_iter()
        .filter(|(name, _, source)| match source {
            Some(source) => source != "registry+https://github.com/rust-lang/crates.io-index",
            None => !["stews", "xtask"].contains(&name.as_str()),
        })
        .collect();
    assert!(foreign.is_empty(), "{foreign:?}");
}

/// Whether an SPDX expression can be met with these licences alone.
fn is_met(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ").replace(" WITH ", "+WITH+");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = &words[..];
    any_of(&mut rest, allowed) == Some(true) && rest.is_empty()
}

fn any_of(words: &mut &[&str], allowed: &BTreeSet<String>) -> Option<bool> {
    let mut met = all_of(words, allowed)?;
    while let Some(rest) = words.strip_prefix(&["OR"]) {
        *words = rest;
        met |= all_of(words, allowed)?;
    }
    Some(met)
}

fn all_of(words: &mut &[&str], allowed: &BTreeSet<String>) -> Option<bool> {
    let mut met = one_of(words, allowed)?;
    while let Some(rest) = words.strip_prefix(&["AND"]) {
        *words = rest;
        met &= one_of(words, allowed)?;
    }
    Some(met)
}

fn one_of(words: &mut &[&str], allowed: &BTreeSet<String>) -> Option<bool> {
    let (first, rest) = words.split_first()?;
    *words = rest;
    if *first != "(" {
        return Some(allowed.contains(&first.replace("+WITH+", " WITH ")));
    }
    let met = any_of(words, allowed)?;
    *words = words.strip_prefix(&[")"])?;
    Some(met)
}

fn allowed() -> BTreeSet<String> {
    let rules = read("deny.toml");
    let list = rules["licenses"]["allow"].as_array().unwrap();
    list.iter().map(|licence| licence.as_str().unwrap().to_owned()).collect()
}

#[test]
fn expressions_of_licences_are_read() {
    let allowed: BTreeSet<String> = ["MIT", "ISC", "Apache-2.0"].map(str::to_owned).into();
    for met in ["MIT", "MIT/GPL-3.0", "GPL-3.0 OR MIT", "MIT AND (ISC OR GPL-3.0)", "GPL-3.0 AND BSD OR MIT", "(MIT)"] {
        assert!(is_met(met, &allowed), "{met}");
    }
    for unmet in
        ["", "GPL-3.0", "MIT AND GPL-3.0", "Apache-2.0 WITH x", "(MIT", "MIT ISC", "MIT OR", "GPL-3.0 AND (MIT OR ISC)"]
    {
        assert!(!is_met(unmet, &allowed), "{unmet}");
    }
}

/// The crates that a member of this workspace is built and tested with on this machine, each with its licence; or why cargo cannot tell.
fn licences(member: &str) -> Result<BTreeMap<String, String>, String> {
    let listed = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--locked",
            "--offline",
            "--all-features",
            "--prefix",
            "none",
            "--format",
            "{p}|{l}",
            "--package",
            member,
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    if !listed.status.success() {
        return Err(String::from_utf8_lossy(&listed.stderr).into_owned());
    }
    let text = String::from_utf8(listed.stdout).unwrap();
    let line = |line: &str| {
        let (name, licence) = line.split_once('|')?;
        Some((name.trim_end_matches(" (proc-macro)").to_owned(), licence.trim_end_matches("(*)").trim().to_owned()))
    };
    Ok(text.lines().filter_map(line).collect())
}

fn check_licences(listed: &BTreeMap<String, String>) {
    let allowed = allowed();
    let wrong: Vec<_> = listed.iter().filter(|(_, licence)| !is_met(licence, &allowed)).collect();
    assert!(wrong.is_empty(), "{wrong:?}: do without, or allow the licence in deny.toml");
}

#[test]
fn the_licences_are_allowed() {
    let listed = licences("stews").unwrap();
    assert!(listed.len() > 100, "{listed:?}");
    check_licences(&listed);
}

#[test]
fn the_licences_of_the_workbench_are_allowed() {
    match licences("xtask") {
        Ok(listed) => check_licences(&listed),
        // Who tests the tool alone has never fetched them; whoever tests the workspace has.
        Err(error) if error.contains("--offline") || error.contains("failed to download") => {
            println!("skipped: the licences of the workbench (its dependencies are not fetched)");
        }
        Err(error) => panic!("{error}"),
    }
}
