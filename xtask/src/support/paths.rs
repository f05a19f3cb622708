//! Where things are in a checkout.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// The top of the checkout: the nearest folder above the current one that holds the playground.
pub fn root() -> Result<PathBuf> {
    let here = std::env::current_dir().context("the current folder is gone")?;
    let top =
        here.ancestors().find(|folder| folder.join("playground").is_dir() && folder.join("fingerprints").is_dir());
    top.map(Path::to_path_buf)
        .context("this is no checkout of stews: there is no `playground` and `fingerprints` here or above")
}

/// The folder of recordings.
pub fn recordings() -> Result<PathBuf> {
    Ok(root()?.join("fingerprints/recordings"))
}

/// The folder of the sets of probes that recordings were made with.
pub fn probe_sets() -> Result<PathBuf> {
    Ok(root()?.join("fingerprints/probe_sets"))
}

/// The folder of the lists of releases.
pub fn releases() -> Result<PathBuf> {
    Ok(root()?.join("fingerprints/releases"))
}

/// Writes a file whole or not at all.
pub fn write(path: &Path, text: &str) -> Result<()> {
    let folder = path.parent().context("a file has a folder")?;
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
    let half = path.with_extension("part");
    std::fs::write(&half, text).with_context(|| format!("cannot write `{}`", half.display()))?;
    std::fs::rename(&half, path).with_context(|| format!("cannot write `{}`", path.display()))
}

/// Writes a generated file, or with `check` fails if it is not what it should be.
pub fn write_or_check(path: &Path, text: &str, check: bool, command: &str) -> Result<()> {
    if !check {
        return write(path, text);
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    anyhow::ensure!(committed == text, "`{}` is out of date; run `{command}`", path.display());
    Ok(())
}
