//! `cargo xtask`: the workbench. One room a thing; `verbs` has the command line.

pub mod bench;
pub mod bisect;
pub mod conditions;
pub mod cost;
pub mod discover;
pub mod evaluate;
pub mod field;
pub mod fuzz;
pub mod fuzz_parsers;
pub mod pages;
pub mod playground;
pub mod record;
pub mod releases;
pub mod support;
pub mod verbs;

use std::process::ExitCode;

use clap::Parser as _;

/// Runs the verb on the command line.
pub fn main() -> ExitCode {
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(verbs::run(verbs::Xtask::parse())) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
