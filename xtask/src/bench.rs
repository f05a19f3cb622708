//! `cargo xtask bench`: what the default set takes against a fast server on the loopback interface, and over links
//! with a delay; then `xtask/benches/database.rs`. What is below is `cargo xtask bench fleet` and `broker`.

pub mod broker;
pub mod children;
pub mod descriptors;
pub mod farm;
pub mod fleet;
pub mod floor;
pub mod handshake;
pub mod list;
pub mod matching;
pub mod measure;
pub mod memory;
pub mod ratios;
pub mod subject;
pub mod tracked;
pub mod trial;

use std::io::Seek as _;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use stews::probe::RequestContext;
use stews::probe::default_set;
use stews::scan::{Options, scan};

use crate::conditions::link::Through;
use crate::playground::manifest::{self, Server};
use crate::playground::process;
use crate::support::{paths, table};

/// Counted runs.
const RUNS: usize = 9;

/// How often a run is looked at; its time is known to this precision.
const WATCH: Duration = Duration::from_millis(2);

/// The most time and memory that the default set may take on the loopback interface.
const LIMITS: (Duration, f64) = (Duration::from_secs(1), 50.0);

/// The round trips of the links with a delay.
const ROUND_TRIPS: [Duration; 4] =
    [Duration::ZERO, Duration::from_millis(10), Duration::from_millis(50), Duration::from_millis(100)];

/// What a probe should take at most, in round trips: connect, handshake, and probe with its fence.
const ROUND_TRIPS_A_PROBE: f64 = 3.0;

/// Runs the released binary against a plain-process server and prints time, memory and round trips; then what the
/// default set takes over links with a delay.
pub async fn run() -> Result<()> {
    build_release()?;
    for server in plain_servers()? {
        let running = process::start(&server, "echo").await?;
        measure(&server, &running.url)?;
        running.stop().await?;
    }
    over_links().await?;
    let status = Command::new("cargo").args(["bench", "--quiet", "--package", "xtask", "--bench", "database"]).status();
    ensure!(status.context("cannot run cargo")?.success(), "`cargo bench` failed");
    Ok(())
}

/// The default set over in-process links: no process, no system calls, so what takes time is the waiting.
async fn over_links() -> Result<()> {
    let bound = format!("bound {ROUND_TRIPS_A_PROBE:.0} × probes ÷ {}", Options::CONNECTIONS);
    let header = ["round trip", "probes", "connections", "elapsed ms", "elapsed ÷ round trip", &bound];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    for round_trip in ROUND_TRIPS {
        rows.push(over_link(round_trip).await?);
    }
    println!(
        "default set against an in-process echo server over a link with a delay, {} connections",
        Options::CONNECTIONS
    );
    table::print(&rows);
    Ok(())
}

/// One row: the bound is in round trips, as the column before it.
async fn over_link(round_trip: Duration) -> Result<Vec<String>> {
    let probes = default_set();
    let context = RequestContext::new(false, "localhost", "/");
    let options = Options::new(context, probes);
    let scan = scan(&Through::echo(round_trip), &options, &()).await?;
    let whole = scan.is_websocket() && scan.stop.is_none() && scan.failures.is_empty();
    ensure!(whole, "the run over a link with {round_trip:?} was not whole: {:?} {:?}", scan.stop, scan.failures);
    let elapsed = scan.cost.elapsed.as_secs_f64();
    let ratio =
        if round_trip.is_zero() { "-".to_owned() } else { format!("{:.1}", elapsed / round_trip.as_secs_f64()) };
    let bound = ROUND_TRIPS_A_PROBE * scan.observations.len() as f64 / options.connections as f64;
    Ok(vec![
        format!("{} ms", round_trip.as_millis()),
        scan.observations.len().to_string(),
        scan.cost.connections.to_string(),
        format!("{:.0}", elapsed * 1e3),
        ratio,
        format!("{bound:.1}"),
    ])
}

fn build_release() -> Result<()> {
    let status = Command::new("cargo").args(["build", "--release", "--quiet"]).status();
    ensure!(status.context("cannot run cargo")?.success(), "`cargo build --release` failed");
    Ok(())
}

fn plain_servers() -> Result<Vec<Server>> {
    let smoke = manifest::smoke(&manifest::load_all(&paths::root()?.join("playground"))?);
    Ok(smoke.into_iter().filter(|server| server.manifest.plain_process.is_some()).collect())
}

/// One run of the tool, as the system accounts for it.
struct Sample {
    wall: Duration,
    peak_kib: u64,
    report: serde_json::Value,
}

fn measure(server: &Server, url: &str) -> Result<()> {
    let mut samples: Vec<Sample> = (0..RUNS).map(|_| sample(url)).collect::<Result<_>>()?;
    samples.sort_by_key(|sample| sample.wall);
    let median = &samples[RUNS / 2];
    let run = &median.report["targets"][0]["run"];
    let round_trip = run["round_trip_ms"].as_f64().unwrap_or(0.0);
    let elapsed = run["elapsed_ms"].as_f64().unwrap_or(0.0);
    let peak = samples.iter().map(|sample| sample.peak_kib).max().unwrap_or(0);
    let megabytes = peak as f64 * 1024.0 / 1e6;
    println!("{}: default set, {RUNS} runs, whole process", server.id());
    println!(
        "  wall time   min {:.3} s  median {:.3} s  max {:.3} s  (limit {:.0} s)",
        samples[0].wall.as_secs_f64(),
        median.wall.as_secs_f64(),
        samples[RUNS - 1].wall.as_secs_f64(),
        LIMITS.0.as_secs_f64()
    );
    println!("  peak memory {megabytes:.1} MB  (limit {:.0} MB)", LIMITS.1);
    println!(
        "  {} connections, round trip {round_trip:.2} ms, scan {elapsed:.0} ms = {:.0} round trips",
        run["connections"],
        elapsed / round_trip.max(0.001)
    );
    let within = median.wall <= LIMITS.0 && megabytes <= LIMITS.1;
    println!("  {}", if within { "within both limits" } else { "OVER A LIMIT" });
    Ok(())
}

/// One run of the released binary, timed and watched.
fn sample(url: &str) -> Result<Sample> {
    let program = paths::root()?.join("target/release/stews");
    // A file, not a pipe: a full pipe would stop the tool.
    let mut report = tempfile::tempfile()?;
    let begun = Instant::now();
    let mut child = Command::new(&program)
        .args(["--format", "json", url])
        .stdout(report.try_clone()?)
        .spawn()
        .with_context(|| format!("cannot run `{}`", program.display()))?;
    let mut peak_kib = 0;
    while child.try_wait()?.is_none() {
        peak_kib = peak_kib.max(high_water(child.id()));
        std::thread::sleep(WATCH);
    }
    let wall = begun.elapsed();
    report.rewind()?;
    let report = serde_json::from_reader(report).context("the tool printed no JSON")?;
    Ok(Sample { wall, peak_kib, report })
}

/// The most resident memory of a process so far, in KiB: `VmHWM` of procfs. 0 once it has ended.
fn high_water(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_row_has_a_dash_where_there_is_no_round_trip() {
        let row = over_link(Duration::ZERO).await.unwrap();
        assert_eq!((row[0].as_str(), row[4].as_str()), ("0 ms", "-"));
    }
}
