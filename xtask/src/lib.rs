//! `cargo xtask`: the workbench. One file a verb.

pub mod accuracy;
pub mod asking;
pub mod behaviours;
pub mod bench;
pub mod browser;
pub mod build;
pub mod calibrate;
pub mod condition;
pub mod conditions;
pub mod containers;
pub mod contract;
pub mod demo;
pub mod derive;
pub mod discover;
pub mod edges;
pub mod engine;
pub mod front;
pub mod heldout;
pub mod link;
pub mod manifest;
pub mod markdown;
pub mod paths;
pub mod playground;
pub mod plays;
pub mod portable;
pub mod process;
pub mod products;
pub mod readme;
pub mod reference;
pub mod regenerate;
pub mod separation;
pub mod servers;
pub mod settings;
pub mod setup;
pub mod stability;
pub mod statistics;
pub mod test;
pub mod wire;

use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

/// Builds the playground, records it, derives the database and measures accuracy.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version)]
struct Xtask {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Find a container engine, or install and start one (root on Debian or Ubuntu)
    Setup,
    /// Build, start, stop or list the playground's servers
    #[command(subcommand)]
    Playground(playground::Verb),
    /// Record servers (three runs each) and derive the database
    Regenerate(regenerate::Plan),
    /// Gather the names of products from the manifests into fingerprints/products.json
    Products(Check),
    /// Derive fingerprints/database.json from the recordings
    Derive(Check),
    /// Tell which versions behave alike, where the others first differ, and which products are alike
    Behaviours(Check),
    /// Measure identification over the recordings, leaving out one run at a time
    Accuracy(accuracy::Plan),
    /// Measure the numbers of the matcher from recordings and conditions
    Calibrate(Check),
    /// Scan the servers under other applications, behind proxies and TLS, over links, with other bytes
    Conditions(conditions::Plan),
    /// Measure what identifying real servers takes on the wire
    Wire(wire::Plan),
    /// Draw probes at random, play them on the playground, and propose those that tell new things apart
    Discover(discover::Plan),
    /// Tell which smoke servers each group of probes tells apart, from the recordings
    Separation(Check),
    /// Scan the smoke servers with random variations and list the features that change
    Stability(stability::Plan),
    /// Fingerprint the smoke servers with the embedded database
    Demo,
    /// Run all tests: without containers, then against the smoke servers
    Test,
    /// Build the workbench as one static program, for machines without cargo
    Portable,
    /// Time and memory of the default set against a loopback server, and time over links with a delay
    Bench,
}

/// Which servers, and how many at a time.
#[derive(Debug, Default, Args)]
pub struct Selection {
    /// Only these: product or product@version, comma separated
    #[arg(long, value_name = "SERVERS")]
    pub only: Option<String>,
    /// Build even what server.json says cannot be built here
    #[arg(long)]
    pub unblock: bool,
    /// Builds at a time
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=16))]
    pub jobs: u8,
}

/// Write, or only compare.
#[derive(Clone, Copy, Debug, Args)]
pub struct Check {
    /// Change nothing; fail if the committed file is out of date, naming the command that mends it
    #[arg(long)]
    pub check: bool,
}

/// Runs the verb on the command line.
pub fn main() -> ExitCode {
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(dispatch(Xtask::parse().verb)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn dispatch(verb: Verb) -> anyhow::Result<()> {
    match verb {
        Verb::Setup => setup::run(),
        Verb::Playground(verb) => playground::run(&verb).await,
        Verb::Regenerate(plan) => regenerate::run(&plan).await,
        Verb::Products(check) => products::run(check.check),
        Verb::Behaviours(check) => behaviours::run(check.check),
        Verb::Derive(check) => derive::run(check.check),
        Verb::Accuracy(plan) => accuracy::run(&plan),
        Verb::Calibrate(check) => calibrate::run(check.check),
        Verb::Conditions(plan) => conditions::run(&plan).await,
        Verb::Wire(plan) => wire::run(&plan).await,
        Verb::Discover(plan) => discover::run(&plan).await,
        Verb::Separation(check) => separation::run(check.check),
        Verb::Stability(plan) => stability::run(&plan).await,
        Verb::Demo => demo::run().await,
        Verb::Test => test::run().await,
        Verb::Portable => portable::run(),
        Verb::Bench => bench::run().await,
    }
}
