//! The verbs of `cargo xtask`. A verb that is the work of one room is called there; one that brings rooms together has a file here.

pub mod accuracy;
pub mod advisories;
pub mod bench;
pub mod check;
pub mod demo;
pub mod derive;
pub mod drift;
pub mod migrate;
pub mod package;
pub mod playground;
pub mod portable;
pub mod regenerate;
pub mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::evaluate::calibrate;
use crate::pages::{behaviours, products, separation};
use crate::playground::setup;
use crate::record::{incremental, recorder, stability};
use crate::verbs::check::Check;
use crate::{bisect, conditions, cost, discover, field, fuzz, fuzz_parsers, releases, site};

/// Builds the playground, records it, derives the database and measures accuracy.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version)]
pub struct Xtask {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Find a container engine, or install and start one (root on Debian or Ubuntu)
    Setup {
        /// Find or install a NATS server instead, for the tests of `stews fleet`
        #[arg(long)]
        nats: bool,
    },
    /// Build, start, stop or list the playground's servers
    #[command(subcommand)]
    Playground(playground::Verb),
    /// Record servers (three runs each, nine where they do not agree) and derive the database (half a minute a version; writes fingerprints/)
    Regenerate(recorder::Plan),
    /// Gather the names of products from the manifests into fingerprints/products.json
    Products(Check),
    /// Refresh the lists of all releases of products from the registries that they are built from: fingerprints/releases/
    Releases(releases::run::Plan),
    /// Record some probes alone, and add them to what is recorded
    Record(incremental::Plan),
    /// Record the releases on both sides of every change of behaviour, until both are neighbours
    Bisect(bisect::Plan),
    /// Record what was released since the newest recorded releases, and print what changed: exit code 0 if nothing did, 10 if something
    Drift(drift::Plan),
    /// Derive fingerprints/database.json from the recordings
    Derive(Check),
    /// Take over advisories about products of the database into fingerprints/advisories.json
    Advisories(advisories::Plan),
    /// Give recordings and condition files from before each probe had a hash of its own the name of their set of probes
    MigrateProbeSets,
    /// Tell which versions behave alike, where the others first differ, and which products are alike
    Behaviours(Check),
    /// Measure identification over the recordings, leaving out one run at a time (3 minutes in a release build; writes fingerprints/accuracy.*)
    Accuracy(accuracy::Plan),
    /// Measure the numbers of the matcher from recordings and conditions (a minute in a release build; writes fingerprints/calibration.json)
    Calibrate(Check),
    /// Scan the servers (hours for all; writes fingerprints/conditions/) under other applications, behind proxies and TLS, over links, with other bytes
    Conditions(conditions::run::Plan),
    /// Measure what identifying real servers takes on the wire
    Wire(cost::Plan),
    /// Scan the applications of the playground as a user scans, as they are and behind proxies
    Field(field::run::Plan),
    /// Draw probes at random, play them on the playground, and propose those that tell new things apart
    Discover(discover::Plan),
    /// Tell which smoke servers each group of probes tells apart, from the recordings
    Separation(Check),
    /// Scan the smoke servers with random variations and list the features that change
    Stability(stability::Plan),
    /// Draw variations, orders, applications and links at random, and find the smallest that changes the engine that is named
    FuzzAccuracy(fuzz::Plan),
    /// Give the parsers of frames, heads, notation, targets, databases and recordings inputs that are nearly right
    FuzzParsers(fuzz_parsers::Plan),
    /// Write all that is recorded and measured as pages for a browser into target/site (some seconds; no container, no network)
    ///
    /// A page a product and a probe, a comparison of any two servers, the tree of engines, the matrix of probes and servers, what survives each
    /// proxy, and accuracy, with their scripts and data: plain files that a browser opens from the disk or any web server serves. The same
    /// commit gives the same bytes.
    Site(site::Plan),
    /// Build, start and identify nine real servers with the embedded database (the first time some minutes; writes nothing)
    Demo,
    /// Run all tests: without containers, then against the smoke servers (half an hour the first time)
    Test,
    /// Build the workbench as one static program, for machines without cargo
    Portable,
    /// Pack a release: the program with manual pages and completions, or a container image (some minutes, writes target/package/)
    Package(package::Plan),
    /// Time and memory of the default set against a loopback server, and time over links with a delay; or of lists
    Bench(bench::Plan),
}

/// Runs the verb on the command line; its exit code where it does not fail.
pub async fn run(xtask: Xtask) -> anyhow::Result<ExitCode> {
    match xtask.verb {
        Verb::Drift(plan) => drift::run(&plan).await,
        verb => run_plain(verb).await.map(|()| ExitCode::SUCCESS),
    }
}

/// Runs a verb that has nothing to say by its exit code.
async fn run_plain(verb: Verb) -> anyhow::Result<()> {
    match verb {
        Verb::Drift(plan) => drift::run(&plan).await.map(|_| ()),
        Verb::Setup { nats: true } => setup::run_nats(),
        Verb::Setup { nats: false } => setup::run(),
        Verb::Playground(verb) => playground::run(&verb).await,
        Verb::Regenerate(plan) => regenerate::run(&plan).await,
        Verb::Behaviours(check) => behaviours::run(check.check),
        Verb::Products(check) => products::run(check.check),
        Verb::Releases(plan) => releases::run::run(&plan),
        Verb::Record(plan) => regenerate::add(&plan).await,
        Verb::Bisect(plan) => regenerate::bisect(&plan).await,
        Verb::Derive(check) => derive::run(check.check),
        Verb::Advisories(plan) => advisories::run(&plan),
        Verb::MigrateProbeSets => migrate::run(),
        Verb::Accuracy(plan) => accuracy::run(&plan),
        Verb::Calibrate(check) => calibrate::run(check.check),
        Verb::Conditions(plan) => conditions::run::run(&plan).await,
        Verb::Wire(plan) => cost::run(&plan).await,
        Verb::Field(plan) => field::run::run(&plan).await,
        Verb::Discover(plan) => discover::run(&plan).await,
        Verb::Separation(check) => separation::run(check.check),
        Verb::Stability(plan) => stability::run(&plan).await,
        Verb::FuzzAccuracy(plan) => fuzz::run(&plan).await,
        Verb::FuzzParsers(plan) => fuzz_parsers::run(&plan),
        Verb::Site(plan) => site::run(&plan),
        Verb::Demo => demo::run().await,
        Verb::Test => test::run().await,
        Verb::Portable => portable::run(),
        Verb::Package(plan) => package::run(&plan),
        Verb::Bench(plan) => bench::run(&plan).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::paths;

    /// The others are tried by the tests of the program.
    #[test]
    fn the_verbs_of_the_documents_are_understood() {
        let root = paths::root().unwrap();
        let mut read = 0;
        for file in ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md"] {
            let text = std::fs::read_to_string(root.join(file)).unwrap();
            let code = text.lines().filter_map(|line| line.strip_prefix("    ")?.strip_prefix("cargo xtask "));
            for line in code {
                let command = line.split("  #").next().unwrap_or_default().replace(['<', '>'], "");
                let words = ["xtask"].into_iter().chain(command.split_whitespace());
                assert!(Xtask::try_parse_from(words).is_ok(), "{file}: cargo xtask {command}");
                read += 1;
            }
        }
        assert!(read > 20, "{read}");
    }
}
