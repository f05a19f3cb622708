//! How far jobs are, from anywhere.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use async_nats::jetstream::kv::Operation;
use futures_util::TryStreamExt as _;
use serde::Serialize;

use super::super::args::Status;
use super::super::output::{print_all, warn};
use super::super::tally::clock;
use super::super::{exit, process};
use super::broker::connect;
use super::chunk::{Aside, to_payload};
use super::collect::read_aside;
use super::error::FleetError;
use super::job::{self, Job};
use super::streams::{Outstanding, Streams, counts, result_subject};
use super::worker::Worker;

/// The version of the JSON document.
const SCHEMA: u32 = 1;

/// All that is told.
#[derive(Serialize)]
struct Document {
    schema: u32,
    jobs: Vec<JobStatus>,
}

/// How far a job is.
#[derive(Serialize)]
struct JobStatus {
    name: String,
    submitted: u64,
    is_complete: bool,
    targets: u64,
    chunks: Chunks,
    results: BTreeMap<String, u64>,
    workers: Vec<Worker>,
    per_second: f64,
    seconds_left: Option<u64>,
    set_aside: Vec<Aside>,
}

#[derive(Serialize)]
struct Chunks {
    submitted: u64,
    waiting: u64,
    under_way: u64,
    done: u64,
    set_aside: u64,
}

/// Tells how far jobs are; the exit code.
pub(super) fn run(args: &Status) -> u8 {
    let args = args.clone();
    process::run(|_| async move { status(&args).await.unwrap_or_else(|error| error.tell()) })
}

async fn status(args: &Status) -> Result<u8, FleetError> {
    if let Some(name) = &args.job {
        job::checked_name(name, "a job")?;
    }
    let broker = connect(&args.server).await?;
    let mut told = Vec::new();
    if let Some(streams) = Streams::open(&broker).await? {
        let (jobs, unread) = job::all(&streams.jobs).await?;
        unread.iter().for_each(|error| warn(&error.to_string()));
        let outstanding = streams.outstanding().await?;
        let workers = workers(&streams).await?;
        for job in jobs.into_iter().filter(|job| args.job.as_ref().is_none_or(|name| *name == job.name)) {
            told.push(of_job(&streams, job, &outstanding, &workers).await?);
        }
    }
    if let Some(name) = args.job.as_ref().filter(|_| told.is_empty()) {
        return Err(FleetError::NoJob(name.clone()));
    }
    let text = if args.json {
        let mut document = to_payload(&Document { schema: SCHEMA, jobs: told });
        document.push(b'\n');
        document
    } else if told.is_empty() {
        b"no jobs\n".to_vec()
    } else {
        told.iter().map(in_words).collect::<String>().into_bytes()
    };
    let code = print_all(&text);
    Ok(if code == exit::IDENTIFIED { exit::IDENTIFIED } else { code })
}

/// The workers that are alive.
async fn workers(streams: &Streams) -> Result<Vec<Worker>, FleetError> {
    let lost = |error: &dyn ToString| FleetError::server("does not list workers", error.to_string());
    let keys: Vec<String> = streams
        .workers
        .keys()
        .await
        .map_err(|error| lost(&error))?
        .try_collect()
        .await
        .map_err(|error| lost(&error))?;
    let mut workers = Vec::new();
    for key in keys {
        let entry = streams.workers.entry(key).await.map_err(|error| lost(&error))?;
        let entry = entry.filter(|entry| entry.operation == Operation::Put);
        workers.extend(entry.and_then(|entry| serde_json::from_slice::<Worker>(&entry.value).ok()));
    }
    workers.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(workers)
}

async fn of_job(
    streams: &Streams,
    job: Job,
    outstanding: &BTreeMap<String, Outstanding>,
    workers: &[Worker],
) -> Result<JobStatus, FleetError> {
    let left = outstanding.get(&job.name).copied().unwrap_or_default();
    let prefix = result_subject(&job.name, "");
    let subjects = counts(&streams.results, &result_subject(&job.name, ">")).await?;
    let kind = |(subject, count): (String, u64)| Some((subject.strip_prefix(&prefix)?.to_owned(), count));
    let mut results: BTreeMap<String, u64> = subjects.into_iter().filter_map(kind).collect();
    let done = results.remove("chunk").unwrap_or(0);
    let set_aside: Vec<Aside> = read_aside(streams, &job.name).await?.into_values().collect();
    let workers: Vec<Worker> = workers.iter().filter(|worker| worker.job == job.name).cloned().collect();
    let per_second = workers.iter().fold(0.0, |sum, worker| sum + worker.per_second);
    let found: u64 = results.values().sum();
    let targets_left = job.submission.targets.saturating_sub(found);
    Ok(JobStatus {
        submitted: job.submitted,
        is_complete: job.submission.is_complete,
        targets: job.submission.targets,
        chunks: Chunks {
            submitted: job.submission.chunks,
            waiting: left.waiting,
            under_way: left.under_way,
            done,
            set_aside: set_aside.len() as u64,
        },
        seconds_left: (!left.is_none() && per_second > 0.0).then(|| (targets_left as f64 / per_second) as u64),
        name: job.name,
        results,
        workers,
        per_second,
        set_aside,
    })
}

fn in_words(job: &JobStatus) -> String {
    let Chunks { submitted, waiting, under_way, done, set_aside } = &job.chunks;
    let mut text = format!("job {}\n", job.name);
    let more = if job.is_complete { "" } else { ", more to come" };
    // Writing to a String cannot fail.
    let _ = writeln!(text, "  targets   {}{more}", job.targets);
    let _ = writeln!(
        text,
        "  chunks    {done} of {submitted} done, {under_way} under way, {waiting} waiting, {set_aside} set aside"
    );
    let results: Vec<String> = job.results.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    let results = if results.is_empty() { "none yet".to_owned() } else { results.join(", ") };
    let _ = writeln!(text, "  results   {results}");
    let left = job.seconds_left.map(|left| format!(", {} left", clock(Duration::from_secs(left))));
    let _ = writeln!(
        text,
        "  workers   {}, {:.1} targets a second{}",
        job.workers.len(),
        job.per_second,
        left.unwrap_or_default()
    );
    for worker in &job.workers {
        let _ = writeln!(text, "    {}  {} done, {:.1}/s", worker.name, worker.done, worker.per_second);
    }
    for aside in &job.set_aside {
        let what = aside.number.map_or("a message".to_owned(), |number| format!("chunk {number}"));
        let _ = writeln!(text, "  set aside {what}: {}", crate::wire::escape::printable(&aside.why));
    }
    text
}
