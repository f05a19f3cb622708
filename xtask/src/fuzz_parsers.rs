//! `cargo xtask fuzz-parsers`: the parsers of what others wrote under many inputs that are nearly right. The parsers and what holds for them are
//! in `tests/parsers/`, of which every `cargo test` runs a few thousand cases; this runs many, optimised.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::support::paths;

/// What to run.
#[derive(Debug, clap::Args)]
pub struct Plan {
    /// Cases of each parser; `fingerprints/fuzz.md` is written where it is a million or more, of all parsers
    #[arg(long, default_value_t = 1_000_000)]
    pub cases: u64,
    /// Only this parser: frames, heads, notation, target, database or recording
    #[arg(long, value_name = "NAME")]
    pub target: Option<String>,
    /// What the cases are drawn from
    #[arg(long, default_value_t = 6455)]
    pub seed: u64,
}

/// Runs the cases; an interrupted run goes on where it was, as long as the program and the seed are the same. What goes wrong is kept in
/// `tests/corpus/`.
pub fn run(plan: &Plan) -> Result<()> {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(paths::root()?);
    cargo.args(["test", "--package", "stews", "--release", "--test", "parsers", "--"]);
    cargo.args(["--ignored", "--exact", "--nocapture", "recorded::recorded_run"]);
    // Thin LTO of the release takes minutes and finds nothing.
    cargo.envs([("CARGO_PROFILE_RELEASE_LTO", "off"), ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")]);
    cargo.env("STEWS_FUZZ_CASES", plan.cases.to_string()).env("STEWS_FUZZ_SEED", plan.seed.to_string());
    cargo.envs(plan.target.iter().map(|target| ("STEWS_FUZZ_TARGET", target)));
    let status = cargo.status().context("cannot run cargo")?;
    ensure!(status.success(), "some inputs went wrong, or the run did not get to its end; see above");
    Ok(())
}
