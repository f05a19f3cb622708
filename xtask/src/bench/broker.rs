//! `cargo xtask bench broker`: one list, three workers and a NATS server on this machine; one of the workers is killed in the middle and started
//! anew. Counts, which prove that nothing is lost or doubled; nothing is asserted of time.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use clap::Args;
use serde_json::Value;
use tempfile::TempDir;

use crate::bench::children::FarmProcess;
use crate::bench::fleet::built;
use crate::bench::list::{WEBSOCKETS, targets};
use crate::support::{program, table};

/// How often it is looked how far the workers are.
const LOOK: Duration = Duration::from_millis(20);

/// How long the NATS server may take to start.
const START: Duration = Duration::from_secs(30);

/// How long all of it may take.
const LONG: Duration = Duration::from_secs(30 * 60);

/// How many milliseconds nothing may be heard of a chunk before another worker gets it: not a minute, which the rest does not take.
const ACK_WAIT: &str = "5000";

/// What is done.
#[derive(Debug, Args)]
pub struct Plan {
    /// The stews to measure [default: a release build of this checkout]
    #[arg(long, value_name = "PATH")]
    stews: Option<PathBuf>,
    /// Targets of the list
    #[arg(long, value_name = "N", default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(100..=4_000_000))]
    targets: u32,
    /// Workers at a time, one of which is killed
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=16))]
    workers: u8,
}

/// A process that ends with this.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A NATS server with a store that goes with it.
struct Broker {
    _server: Running,
    folder: TempDir,
    url: String,
}

/// What was collected.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    results: u64,
    distinct: u64,
    missing: u64,
    foreign: u64,
}

/// Runs it, and prints what it came to.
pub fn run(plan: &Plan) -> Result<()> {
    let stews = match &plan.stews {
        Some(stews) => stews.clone(),
        None => built("stews")?,
    };
    let mut farm = FarmProcess::start(Duration::ZERO)?;
    let broker = Broker::start()?;
    let list = targets(WEBSOCKETS, &farm.ports, plan.targets as usize, 0);
    let urls: HashSet<String> = list.iter().map(|target| format!("ws://{}/", target.address)).collect();
    let file = broker.folder.path().join("list");
    let mut text = File::create(&file)?;
    list.iter().try_for_each(|target| writeln!(text, "ws://{}/", target.address))?;
    let fleet = Fleet { stews: &stews, broker: &broker };
    let begun = Instant::now();
    fleet.submit(&file)?;
    let submitted = begun.elapsed();
    let out = broker.folder.path().join("out.jsonl");
    fleet.work(&out, plan)?;
    let elapsed = begun.elapsed();
    let counts = count(&out, &urls)?;
    let status = fleet.status()?;
    let connections = farm.connections()?;
    print(plan, &counts, &status, (submitted, elapsed), connections);
    let is_right = counts.results == counts.distinct && counts.missing == 0 && counts.foreign == 0;
    ensure!(is_right, "something is lost or doubled");
    Ok(())
}

fn print(plan: &Plan, counts: &Counts, status: &Value, times: (Duration, Duration), connections: u64) {
    let (submitted, elapsed) = times;
    let set_aside = status["set_aside"].as_array().map_or(0, Vec::len);
    let rows = [
        ("targets submitted", status["targets"].to_string()),
        ("chunks done", status["chunks"]["done"].to_string()),
        ("chunks set aside", set_aside.to_string()),
        ("results collected", counts.results.to_string()),
        ("distinct targets in them", counts.distinct.to_string()),
        ("missing", counts.missing.to_string()),
        ("doubled", (counts.results - counts.distinct).to_string()),
        ("connections made", connections.to_string()),
        ("workers, one killed and replaced", plan.workers.to_string()),
        ("seconds to submit", format!("{:.2}", submitted.as_secs_f64())),
        ("seconds in all", format!("{:.2}", elapsed.as_secs_f64())),
        ("targets a second", format!("{:.0}", counts.distinct as f64 / elapsed.as_secs_f64())),
    ];
    table::print(&rows.map(|(name, value)| vec![name.to_owned(), value]));
}

struct Fleet<'a> {
    stews: &'a Path,
    broker: &'a Broker,
}

impl Fleet<'_> {
    fn command(&self, verb: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.stews);
        command.args(["fleet", verb, "--server", &self.broker.url]).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command
    }

    fn submit(&self, list: &Path) -> Result<()> {
        let job = ["--job", "bench", "--detect", "--backlog", "1000000", "--ack-wait", ACK_WAIT, "-f"];
        let submitted = self.command("submit", &job).arg(list).status().context("cannot run stews")?;
        ensure!(submitted.success(), "`stews fleet submit` failed");
        Ok(())
    }

    fn worker(&self, number: u8) -> Result<Running> {
        let name = format!("worker-{number}");
        let worker = self.command("work", &["--until-empty", "--name", &name]).stderr(Stdio::null()).spawn();
        Ok(Running(worker.context("cannot run stews")?))
    }

    /// Has the list looked at, kills the first worker after a third of it, and waits till all is collected.
    fn work(&self, out: &Path, plan: &Plan) -> Result<()> {
        let mut workers = (1..=plan.workers).map(|number| self.worker(number)).collect::<Result<Vec<_>>>()?;
        let collect = self.command("collect", &["--job", "bench", "--output"]).arg(out).spawn();
        let mut collect = Running(collect.context("cannot run stews")?);
        let third = u64::from(plan.targets) / 3;
        let begun = Instant::now();
        let mut is_killed = false;
        let status = loop {
            if let Some(status) = collect.0.try_wait()? {
                break status;
            }
            if !is_killed && lines(out) > third {
                // SIGKILL, as it is dropped.
                workers[0] = self.worker(plan.workers + 1)?;
                is_killed = true;
            }
            ensure!(begun.elapsed() < LONG, "it is not done after {} s", LONG.as_secs());
            thread::sleep(LOOK);
        };
        ensure!(is_killed, "it was over before a worker could be killed; name more --targets");
        ensure!(status.code().is_some_and(|code| code == 0), "`stews fleet collect` failed ({status})");
        Ok(())
    }

    fn status(&self) -> Result<Value> {
        let output = self.command("status", &["--json", "--job", "bench"]).stdout(Stdio::piped()).output()?;
        let document: Value = serde_json::from_slice(&output.stdout).context("`stews fleet status` failed")?;
        Ok(document["jobs"][0].clone())
    }
}

impl Broker {
    fn start() -> Result<Self> {
        let Some(server) = program::find("nats-server") else {
            bail!("there is no nats-server; `cargo xtask setup --nats` installs it");
        };
        let folder = tempfile::tempdir()?;
        let mut command = Command::new(server);
        command.args(["-js", "-a", "127.0.0.1", "-p", "-1", "-sd"]).arg(folder.path().join("store"));
        command.arg("--ports_file_dir").arg(folder.path()).stdout(Stdio::null()).stderr(Stdio::null());
        let server = Running(command.spawn().context("cannot start nats-server")?);
        let ports = folder.path().join(format!("nats-server_{}.ports", server.0.id()));
        let begun = Instant::now();
        loop {
            // It is written in one go, and may be seen before.
            let told = std::fs::read(&ports).ok().and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
            if let Some(url) = told.as_ref().and_then(|told| told["nats"][0].as_str()) {
                return Ok(Self { _server: server, folder, url: url.to_owned() });
            }
            ensure!(begun.elapsed() < START, "nats-server did not start within {} s", START.as_secs());
            thread::sleep(LOOK);
        }
    }
}

/// How many lines a file has so far.
fn lines(file: &Path) -> u64 {
    std::fs::read(file).map_or(0, |bytes| bytes.iter().filter(|byte| **byte == b'\n').count() as u64)
}

/// Counts what was collected of these targets.
fn count(out: &Path, urls: &HashSet<String>) -> Result<Counts> {
    let (mut seen, mut counts) = (HashSet::new(), Counts::default());
    for line in BufReader::new(File::open(out).context("nothing was collected")?).lines() {
        let line: Value = serde_json::from_str(&line?).context("a line that is no result")?;
        let target = line["target"].as_str().context("a result without a target")?.to_owned();
        counts.results += 1;
        counts.foreign += u64::from(!urls.contains(&target));
        seen.insert(target);
    }
    counts.distinct = seen.len() as u64;
    counts.missing = urls.iter().filter(|url| !seen.contains(*url)).count() as u64;
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_doubled_or_foreign_is_counted() {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("out");
        let urls: HashSet<String> = ["a", "b", "c"].map(str::to_owned).into();
        std::fs::write(&out, "{\"target\":\"a\"}\n{\"target\":\"b\"}\n{\"target\":\"a\"}\n{\"target\":\"x\"}\n")
            .unwrap();
        assert_eq!(lines(&out), 4);
        assert_eq!(count(&out, &urls).unwrap(), Counts { results: 4, distinct: 3, missing: 1, foreign: 1 });
        std::fs::write(&out, "no result\n").unwrap();
        assert!(count(&out, &urls).is_err());
    }
}
