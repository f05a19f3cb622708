//! `cargo xtask bench fleet`: lists of targets, looked at by `stews` and by a floor in turns; ratios, of which nothing is asserted.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use clap::{Args, ValueEnum};

use crate::bench::children::FarmProcess;
use crate::bench::list::{MIXED, Mix, WEBSOCKETS, targets};
use crate::bench::ratios::{self, Goal, Row};
use crate::bench::subject::Stews;
use crate::bench::trial::{Goals, Trial, figures};
use crate::bench::{descriptors, matching, memory};
use crate::support::table;

/// How long each answer takes, as from near and as from far.
const DELAYS: [Duration; 2] = [Duration::ZERO, Duration::from_millis(50)];

/// Targets a second that are to be reached where answers take no time.
const DETECTED_A_SECOND: f64 = 5000.0;

/// The most milliseconds of processor time that an identification is to take.
const PROCESSOR_MS: f64 = 3.0;

/// Lengths of the lists that memory is measured by, and the one that takes minutes.
const LENGTHS: [usize; 3] = [1000, 10_000, 100_000];
const LONG: usize = 1_000_000;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Measure {
    /// WebSockets are found
    Detect,
    /// WebSockets are identified
    Identify,
    /// A list with few WebSockets, and hosts that say nothing
    Mix,
    /// Memory, as the list grows
    Memory,
    /// Choosing probes and identifying, without a wire
    Matching,
}

/// What to measure, and how long.
#[derive(Debug, Args)]
pub struct Plan {
    /// The stews to measure [default: a release build of this checkout]
    #[arg(long, value_name = "PATH")]
    stews: Option<PathBuf>,
    /// Measure this alone (may be repeated)
    #[arg(long, value_enum)]
    only: Vec<Measure>,
    /// How often each is done; medians are printed
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: u16,
    /// Targets of each list [default: 10000 to detect, 1000 to identify, 3000 in the mix; for memory 1000 to 100000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=4_000_000))]
    targets: Option<u32>,
    /// Targets at a time; memory is measured with 1000
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = clap::value_parser!(u16).range(1..))]
    concurrency: u16,
    /// Measure memory with a list of 1,000,000 targets as well: some minutes
    #[arg(long)]
    long: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Measures, and prints what it came to.
pub fn run(plan: &Plan) -> Result<()> {
    if cfg!(debug_assertions) {
        return run_optimised();
    }
    descriptors::raise()?;
    let rows = plan.rows()?;
    if plan.json {
        println!("{}", serde_json::to_string_pretty(&rows)?);
    } else {
        table::print(&ratios::table(&rows));
    }
    Ok(())
}

/// The floor must be as fast as it can be, so this program is built for release, and does what was asked of this one.
fn run_optimised() -> Result<()> {
    let status = Command::new(built("xtask")?).args(std::env::args_os().skip(1)).status();
    ensure!(status.context("cannot run the release build of the workbench")?.success(), "the benchmark failed");
    Ok(())
}

/// Each package by itself, so that it has no more features than it has where it is installed.
fn cargo_build(package: &str) -> Result<()> {
    eprintln!("building {package} for release …");
    let status = Command::new("cargo").args(["build", "--release", "--quiet", "--package", package]).status();
    ensure!(status.context("cannot run cargo")?.success(), "`cargo build --release --package {package}` failed");
    Ok(())
}

/// The release build of a package, made anew where it has to be.
pub(crate) fn built(package: &str) -> Result<PathBuf> {
    cargo_build(package)?;
    in_release(package)
}

/// Where cargo puts a program that is built for release: beside the folder of this one, or in it.
fn in_release(program: &str) -> Result<PathBuf> {
    let this = std::env::current_exe().context("this program is gone")?;
    let profile = this.parent().and_then(|folder| folder.parent()).context("this program is in no target folder")?;
    Ok(profile.join("release").join(program))
}

impl Plan {
    fn rows(&self) -> Result<Vec<Row>> {
        let mut rows = Vec::new();
        let wire = [Measure::Detect, Measure::Identify, Measure::Mix, Measure::Memory];
        if wire.into_iter().any(|measure| self.wants(measure)) {
            rows.extend(self.on_the_wire(&self.stews()?)?);
        }
        if self.wants(Measure::Matching) {
            eprintln!("matching …");
            rows.extend(matching::measure()?);
        }
        Ok(rows)
    }

    fn wants(&self, measure: Measure) -> bool {
        self.only.is_empty() || self.only.contains(&measure)
    }

    fn stews(&self) -> Result<Stews> {
        let Some(program) = &self.stews else {
            return Stews::new(&built("stews")?);
        };
        Stews::new(program)
    }

    fn on_the_wire(&self, stews: &Stews) -> Result<Vec<Row>> {
        let mut farms = [FarmProcess::start(DELAYS[0])?, FarmProcess::start(DELAYS[1])?];
        let finds = stews.has("--detect");
        if !finds {
            eprintln!("this stews has no --detect: nothing is measured of that");
        }
        let mut rows = Vec::new();
        for (delay, farm) in DELAYS.into_iter().zip(&mut farms) {
            if finds && self.wants(Measure::Detect) {
                rows.push(self.row(stews, farm, &detect(delay))?);
            }
        }
        for (delay, farm) in DELAYS.into_iter().zip(&mut farms) {
            if self.wants(Measure::Identify) {
                rows.push(self.row(stews, farm, &identify(delay))?);
            }
        }
        if finds && self.wants(Measure::Mix) {
            rows.push(self.row(stews, &mut farms[0], &mix())?);
        }
        if self.wants(Measure::Memory) {
            rows.extend(memory::measure(stews, &mut farms[1], &self.lengths())?);
        }
        Ok(rows)
    }

    fn lengths(&self) -> Vec<usize> {
        match self.targets {
            Some(targets) => vec![targets as usize],
            None if self.long => LENGTHS.into_iter().chain([LONG]).collect(),
            None => LENGTHS.to_vec(),
        }
    }

    fn row(&self, stews: &Stews, farm: &mut FarmProcess, kind: &WireMeasure) -> Result<Row> {
        eprintln!("{} …", kind.name);
        let targets = targets(kind.mix, &farm.ports, self.targets.map_or(kind.targets, |targets| targets as usize), 0);
        let trial = Trial {
            targets: &targets,
            detect: kind.detect,
            concurrency: self.concurrency.into(),
            timeout: kind.timeout,
            rounds: self.rounds.into(),
        };
        let outcome = trial.run(stews, farm)?;
        Ok(Row {
            measure: format!("{}, {} targets", kind.name, targets.len()),
            figures: figures(&outcome, &kind.goals),
        })
    }
}

/// A list, what is done with it, and what that should come to.
struct WireMeasure {
    name: String,
    mix: Mix,
    targets: usize,
    detect: bool,
    timeout: Duration,
    goals: Goals,
}

fn detect(delay: Duration) -> WireMeasure {
    let goals = if delay.is_zero() {
        Goals { rate: Some(Goal::AtLeast(DETECTED_A_SECOND)), ..Goals::default() }
    } else {
        Goals { seconds: Some(Goal::TimesFloorAtMost(1.2)), ..Goals::default() }
    };
    WireMeasure {
        name: format!("detect, {} ms", delay.as_millis()),
        mix: WEBSOCKETS,
        targets: 10_000,
        detect: true,
        timeout: Duration::from_secs(5),
        goals,
    }
}

fn identify(delay: Duration) -> WireMeasure {
    let goals = Goals {
        rate: Some(Goal::TimesFloorAtLeast(0.5)),
        processor: Some(Goal::AtMost(PROCESSOR_MS)),
        ..Goals::default()
    };
    let name = format!("identify, {} ms", delay.as_millis());
    WireMeasure { name, mix: WEBSOCKETS, targets: 1000, detect: false, timeout: Duration::from_secs(5), goals }
}

fn mix() -> WireMeasure {
    WireMeasure {
        name: "mix, detect".to_owned(),
        mix: MIXED,
        targets: 3000,
        detect: true,
        timeout: Duration::from_secs(2),
        goals: Goals { seconds: Some(Goal::TimesFloorAtMost(1.1)), ..Goals::default() },
    }
}
