//! This machine, as the compiler names it.

use std::process::Command;

use anyhow::{Context as _, Result, bail};

/// The host's target triple.
pub fn triple() -> Result<String> {
    let output = Command::new("rustc").arg("-vV").output().context("cannot run rustc")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    match text.lines().find_map(|line| line.strip_prefix("host: ")) {
        Some(host) => Ok(host.to_owned()),
        None => bail!("`rustc -vV` does not name the host"),
    }
}
