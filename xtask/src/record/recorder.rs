//! `cargo xtask regenerate`: from servers to recordings to the database.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use clap::Args;
use futures_util::StreamExt as _;
use stews::database::{ProbeSets, Provenance, Recording};
use stews::observation::{End, Observation};
use stews::probe::{ALL, Probe, ProbeId, find};
use stews::scan::{Options, Scan, Stop, scan_adaptive};
use stews::target::{Scheme, Target};
use tokio::sync::Semaphore;

use crate::playground::build::ImageInfo;
use crate::playground::containers;
use crate::playground::manifest::{Role, Server};
use crate::playground::selection::{self, Selection};
use crate::record::consensus::{MOST_RUNS, Observed, RUNS, RunConsensus, adds_nothing, comparable, merge};
use crate::support::dial::{self, connector, scan_target};
use crate::support::paths;

/// A server that dies of, or stalls on, more probes than this is not recorded.
const MOST_DEATHS: usize = 16;

/// How often long payloads are sent at most.
const LONG_RUNS: usize = 3;

/// How long a server may take over a probe that it stalled on.
const PATIENCE: Duration = Duration::from_secs(30);

/// The probes that a server does not take, by what they do to it.
pub type Deadly = BTreeMap<ProbeId, Harm>;

/// What a probe does to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Harm {
    /// Its process ends, or answers nobody any more.
    Death,
    /// It answers nobody for longer than a scan waits, and then goes on.
    Stall,
}

/// What to record, and how many servers at a time.
#[derive(Debug, Args)]
pub struct Plan {
    /// Only these: product or product@version, comma separated
    #[arg(long, value_name = "SERVERS")]
    only: Option<String>,
    /// Only those that have no recording yet
    #[arg(long)]
    missing: bool,
    /// Build even what server.json says cannot be built here
    #[arg(long)]
    unblock: bool,
    /// Servers at a time. A scan mostly waits for silence, so there may be more of them than cores
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=16))]
    jobs: u8,
}

/// Records the selected servers; those of which that failed.
pub async fn run(plan: &Plan) -> Result<Vec<String>> {
    if cfg!(debug_assertions) {
        println!(
            "note: a debug build is slow with long payloads; `cargo run --release --package xtask -- regenerate` is not"
        );
    }
    let folder = paths::recordings()?;
    let sets = ProbeSets::load_all(&paths::probe_sets()?)?;
    let (mut sums, mut failed) = (BTreeMap::new(), Vec::new());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let jobs = plan.jobs.min(u8::try_from(cores).unwrap_or(u8::MAX));
    let selection = Selection { only: plan.only.clone(), unblock: plan.unblock, jobs };
    let mut servers = selection::build_selected(&selection)?;
    servers.retain(|(server, _)| server.manifest.role == Role::Server);
    servers.retain(|(server, _)| !(plan.missing && folder.join(server.recording_path()).is_file()));
    let stored = |server: &Server| Recording::load(&folder.join(server.recording_path())).ok();
    let lane = &Arc::new(Semaphore::new(cores));
    let recorded = servers.into_iter().map(|(server, image)| {
        let (job, lane) = (Job::new(server.clone(), &image, stored(&server), &sets), Arc::clone(lane));
        async move {
            // A task of its own, so that one busy scan does not hold up the others.
            let task = tokio::spawn(async move {
                let recording = record_at_last(&job, &lane).await;
                (recording, job.stored)
            });
            match task.await.context("the recording panicked") {
                Ok((recording, stored)) => (server, recording.map(|recording| (recording, stored))),
                Err(error) => (server, Err(error)),
            }
        }
    });
    let mut recorded = futures_util::stream::iter(recorded).buffer_unordered(plan.jobs.into());
    while let Some((server, recording)) = recorded.next().await {
        // A failure leaves the committed recording alone: evidence is never lost to a bad day.
        let word = match recording {
            Ok((recording, stored)) => store(&folder, &recording, stored.map(|stored| (stored, &sets)))?,
            Err(error) => {
                println!("failed     {} ({error:#})", server.id());
                failed.push(server.id());
                continue;
            }
        };
        println!("{word:<10} {}", server.id());
        *sums.entry(word).or_insert(0) += 1;
    }
    let sums: Vec<String> = sums.iter().map(|(word, count)| format!("{count} {word}")).collect();
    println!("{}, {} failed", if sums.is_empty() { "none recorded".to_owned() } else { sums.join(", ") }, failed.len());
    Ok(failed)
}

/// A server to record.
struct Job {
    server: Server,
    provenance: Provenance,
    /// What is recorded of it.
    stored: Option<Recording>,
    /// What of that can be held against what it does now.
    known: Option<Recording>,
}

impl Job {
    fn new(server: Server, image: &ImageInfo, stored: Option<Recording>, sets: &ProbeSets) -> Self {
        let provenance = Provenance {
            app: "echo".to_owned(),
            image: Some(image.id.clone()),
            base: Some(format!("{}:{}", server.base(), server.suite())),
            packages: image.packages.clone(),
            recipe: Some(image.recipe.clone()),
            ..Provenance::default()
        };
        let known = stored.as_ref().and_then(|stored| comparable(stored, &provenance, sets));
        Self { server, provenance, stored, known }
    }

    /// The recording of so many runs.
    fn recording(&self, runs: &[Observed], deadly: &Deadly) -> Recording {
        let manifest = &self.server.manifest;
        let mut recording = Recording::of_runs(&manifest.product, &self.server.version.version, runs);
        recording.engine.clone_from(&manifest.engine);
        recording.framework.clone_from(&manifest.framework);
        let of = |wanted| deadly.iter().filter(move |(_, harm)| **harm == wanted).map(|(probe, _)| *probe);
        recording.dies_of = of(Harm::Death).collect();
        recording.stalls_on = of(Harm::Stall).collect();
        let Provenance { tool, probe_set, .. } = recording.provenance;
        recording.provenance = Provenance { tool, probe_set, ..self.provenance.clone() };
        recording
    }
}

/// Records a server of which nothing is recorded.
pub async fn record_new(server: &Server, image: &ImageInfo, lane: &Semaphore) -> Result<Recording> {
    record_at_last(&Job::new(server.clone(), image, None, &ProbeSets::today()), lane).await
}

/// Records a server; if that fails, from the start once more, since among some hundred servers a few have bad luck.
async fn record_at_last(job: &Job, lane: &Semaphore) -> Result<Recording> {
    match record(job, lane).await {
        Ok(recording) => Ok(recording),
        Err(error) => {
            println!("           {} once more: {error:#}", job.server.id());
            record(job, lane).await
        }
    }
}

/// Starts a server, lets the reference client check it, and records it. Long payloads, which cost most of the time of all servers
/// together, are sent by as many at a time as the `lane` lets through.
async fn record(job: &Job, lane: &Semaphore) -> Result<Recording> {
    let (mut runs, mut deadly) = (RunConsensus::default(), Deadly::new());
    for _ in 0..RUNS {
        runs.add(&one_run(&job.server, &ALL, &mut deadly).await?);
    }
    {
        let _place = lane.acquire().await?;
        send_long_payloads(job, &mut runs, &mut deadly).await?;
    }
    // What one run survived and another did not says nothing.
    deadly.keys().for_each(|probe| runs.forget(*probe));
    runs.remove_nondeterminism(job.stored.as_ref());
    let mut made = RUNS;
    if !runs.differing(job.known.as_ref()).into_iter().all(has_long_payload) {
        made += run_on(&job.server, &ALL, &mut runs, &mut deadly).await;
        deadly.keys().for_each(|probe| runs.forget(*probe));
        runs.remove_nondeterminism(job.stored.as_ref());
    }
    Ok(job.recording(&runs.consensus(made), &deadly))
}

/// Goes on to [`MOST_RUNS`] with a server whose first [`RUNS`] do not agree; how many more there were. A run that fails ends that: all
/// was observed before, and this is about shares alone.
pub(super) async fn run_on(
    server: &Server,
    all: &[&'static Probe],
    runs: &mut RunConsensus,
    deadly: &mut Deadly,
) -> usize {
    println!(
        "           {} is run {MOST_RUNS} times: {RUNS} runs do not agree, or not with what is stored",
        server.id()
    );
    for made in RUNS..MOST_RUNS {
        match one_run(server, all, deadly).await {
            Ok(observed) => runs.add(&observed),
            Err(error) => {
                println!("           {} was run {made} times: {error:#}", server.id());
                return made - RUNS;
            }
        }
    }
    MOST_RUNS - RUNS
}

fn has_long_payload(probe: ProbeId) -> bool {
    find(probe).is_ok_and(Probe::has_long_payload)
}

/// Sends long payloads, until two runs agree. Once is enough where the first says what is stored.
async fn send_long_payloads(job: &Job, runs: &mut RunConsensus, deadly: &mut Deadly) -> Result<()> {
    for run in 1..=LONG_RUNS {
        runs.add(&long_run(&job.server, deadly).await?);
        let agreed = !runs.differing(None).into_iter().any(has_long_payload);
        if agreed && (run > 1 || runs.is_stored(job.known.as_ref(), has_long_payload)) {
            break;
        }
    }
    Ok(())
}

/// One long payload after the other, the shortest first, up to the first that is neither answered nor refused within our patience: when
/// a server comes to the end of it, and of the longer ones, depends on the machine, and is not recorded.
async fn long_run(server: &Server, deadly: &mut Deadly) -> Result<Observed> {
    let running = containers::start(server, "echo").await?;
    let target = Target::parse(&running.url, Scheme::Ws)?;
    let defaults = dial::options(&target, ALL.to_vec());
    let options = Options { least_quiet: Options::RECORDING_QUIET, connections: 1, ..defaults };
    let scanned = scan_adaptive(&connector(&target, options.timeout)?, &options, &(), &next_long_payload).await;
    let scanned = scanned.with_context(|| format!("{target} was not reached"))?;
    if let Some(Stop::Died { after, .. }) = &scanned.stop
        && !running.is_running().await
    {
        let guilty = after.iter().copied().filter(|probe| has_long_payload(*probe));
        deadly.extend(guilty.map(|probe| (probe, Harm::Death)));
    }
    running.stop().await?;
    let is_told = |(probe, seen): &(ProbeId, Observation)| has_long_payload(*probe) && is_decided(seen);
    Ok(scanned.observations.into_iter().filter(is_told).collect())
}

/// The shortest long payload that was not sent yet, if all that were are decided.
fn next_long_payload(observed: &Observed) -> Vec<&'static Probe> {
    let mut long: Vec<&'static Probe> = ALL.iter().copied().filter(|probe| probe.has_long_payload()).collect();
    long.sort_by_key(|probe| probe.payload_bytes());
    let in_time = long.iter().filter_map(|probe| observed.get(&probe.id)).all(is_decided);
    long.retain(|probe| in_time && !observed.contains_key(&probe.id));
    long.truncate(1);
    long
}

/// Whether a server came to the end of what it was sent.
const fn is_decided(observation: &Observation) -> bool {
    !matches!(observation.end, End::Silent | End::Cut)
}

/// What `stews -a -g` does with these probes but for long payloads, going on without those of which the server dies or on which it stalls.
/// The servers are our own, so even heavy probes are fair.
pub async fn one_run(server: &Server, all: &[&'static Probe], deadly: &mut Deadly) -> Result<Observed> {
    let mut observed = Observed::new();
    let mut suspects: Option<Vec<ProbeId>> = None;
    loop {
        let wanted = |probe: &&'static Probe| {
            let unasked = !observed.contains_key(&probe.id) || probe.id == ProbeId::BASELINE;
            // A ladder is climbed once: after a death there are other rungs to it.
            let climbed = probe.is_rung() && observed.keys().any(|seen| find(*seen).is_ok_and(Probe::is_rung));
            unasked && !climbed && !probe.is_slow() && !probe.has_long_payload() && !deadly.contains_key(&probe.id)
        };
        let probes: Vec<&'static Probe> = all.iter().copied().filter(wanted).collect();
        // Among several suspects the one is found by asking one at a time.
        let chosen = |probe: &&'static Probe| suspects.as_ref().is_none_or(|some| some.contains(&probe.id));
        let (probes, alone) = (probes.into_iter().filter(chosen).collect(), suspects.is_some());
        // A fresh process each time: what one run did to the server must not colour the next.
        let running = containers::start(server, "echo").await?;
        let scanned = scan_for_recording(&running.url, probes, alone).await;
        let harm = harm(&running, &scanned).await;
        let patient = match (&scanned, harm) {
            (Ok(Scan { stop: Some(Stop::Died { after, .. }), .. }), Harm::Stall) => {
                ask_patiently(&running.url, after).await
            }
            _ => None,
        };
        running.stop().await?;
        let scanned = scanned?;
        observed.extend(scanned.observations);
        match scanned.stop {
            None if alone => suspects = None,
            None => return Ok(observed),
            Some(_) if patient.is_some() => {
                observed.extend(patient);
                suspects = None;
            }
            Some(Stop::Died { after, .. }) if matches!(after[..], [one] if one != ProbeId::BASELINE) => {
                let word = if harm == Harm::Death { "dies of" } else { "stalls on" };
                println!("           {} {word} probe {}", server.id(), after[0]);
                ensure!(deadly.len() < MOST_DEATHS, "it dies of or stalls on more than {MOST_DEATHS} probes");
                deadly.insert(after[0], harm);
                suspects = None;
            }
            Some(Stop::Died { after, .. }) if !alone && !after.contains(&ProbeId::BASELINE) => suspects = Some(after),
            Some(stop) => bail!("the run ended early: {stop}"),
        }
    }
}

/// What the probe did to the server after which it stopped answering.
async fn harm(running: &containers::Running, scanned: &Result<Scan>) -> Harm {
    match scanned {
        Ok(Scan { stop: Some(Stop::Died { .. }), .. }) if running.recovers("echo").await => Harm::Stall,
        _ => Harm::Death,
    }
}

/// Asks the only probe that a server stalled on once more, with much more time.
async fn ask_patiently(url: &str, after: &[ProbeId]) -> Option<(ProbeId, Observation)> {
    let [only] = after else { return None };
    if *only == ProbeId::BASELINE {
        return None;
    }
    let target = Target::parse(url, Scheme::Ws).ok()?;
    let defaults = dial::options(&target, vec![find(*only).ok()?]);
    let options = Options { timeout: PATIENCE, least_quiet: Options::RECORDING_QUIET, connections: 1, ..defaults };
    let mut scanned = scan_target(&target, &options).await.ok()?;
    let seen = scanned.observations.remove(only).filter(|_| scanned.stop.is_none())?;
    Some((*only, seen))
}

/// Scans as for a recording; `alone` is one connection at a time.
async fn scan_for_recording(url: &str, probes: Vec<&'static Probe>, alone: bool) -> Result<Scan> {
    let target = Target::parse(url, Scheme::Ws)?;
    let defaults = dial::options(&target, probes);
    let connections = if alone { 1 } else { defaults.connections };
    scan_target(&target, &Options { least_quiet: Options::RECORDING_QUIET, connections, ..defaults }).await
}

/// Writes a recording unless it says nothing that the stored one does not say.
fn store(folder: &Path, recording: &Recording, stored: Option<(Recording, &ProbeSets)>) -> Result<&'static str> {
    let (word, whole) = match stored.map(|(stored, sets)| (merge(&stored, recording, sets), stored)) {
        None => ("recorded", recording.clone()),
        Some((whole, stored)) if adds_nothing(&stored, &whole) => return Ok("unchanged"),
        Some((whole, _)) => ("changed", whole),
    };
    paths::write(&folder.join(recording.path()), &whole.to_text())?;
    Ok(word)
}
