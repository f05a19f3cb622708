//! What the pages were made from. Nothing of it depends on when or where they are built.

use std::process::Command;

use anyhow::Result;

use crate::site::catalog::Catalog;
use crate::support::paths;

/// What the pages were made from.
#[derive(Debug)]
pub struct Provenance {
    /// The version of stews.
    pub version: &'static str,
    /// The name of the set of probes.
    pub probe_set: String,
    /// How many products.
    pub products: usize,
    /// How many recordings.
    pub recordings: usize,
    /// The day and the commit of the last change to what is recorded and measured; none outside of a Git checkout.
    pub last_change: Option<(String, String)>,
}

impl Provenance {
    /// That of a catalogue.
    pub fn of(catalog: &Catalog) -> Result<Self> {
        Ok(Self {
            version: env!("CARGO_PKG_VERSION"),
            probe_set: catalog.database.probe_set.clone(),
            products: catalog.products.len(),
            recordings: catalog.recordings.len(),
            last_change: last_change()?,
        })
    }
}

/// As Git knows it, so that it is the same wherever the same commit is built.
fn last_change() -> Result<Option<(String, String)>> {
    let mut git = Command::new("git");
    git.args(["log", "-1", "--format=%cs %h", "--abbrev=12", "--", "fingerprints"]).current_dir(paths::root()?);
    let said = git.output().ok().filter(|output| output.status.success());
    let said = said.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default();
    Ok(said.split_once(' ').map(|(day, commit)| (day.to_owned(), commit.to_owned())))
}
