//! `cargo xtask portable`: the workbench as one program that needs neither cargo nor a crate registry.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::support::{host, paths};

/// Builds the workbench as a static program and says where it is.
pub fn run() -> Result<()> {
    let host = host::triple()?;
    ensure!(host.contains("linux"), "a portable workbench can be built on Linux only, not for {host}");
    let folder = paths::root()?.join("target/portable");
    println!("build: the workbench for {host} …");
    let status = Command::new("cargo")
        // The target is named so that the flags are for the program alone, not for build scripts and macros.
        .args(["build", "--release", "--package", "xtask", "--locked", "--target", &host, "--target-dir"])
        .arg(&folder)
        .env("RUSTFLAGS", "-C target-feature=+crt-static -C strip=symbols")
        .status()
        .context("cannot run cargo")?;
    ensure!(status.success(), "cargo build failed");
    let program = folder.join(&host).join("release/xtask");
    let size = program.metadata().with_context(|| format!("there is no `{}`", program.display()))?.len();
    println!("{} ({:.1} MB); copy it beside a checkout and run it there", program.display(), size as f64 / 1e6);
    Ok(())
}
