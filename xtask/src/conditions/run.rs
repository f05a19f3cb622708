//! `cargo xtask conditions`: the servers again, under conditions that they were not recorded in.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use futures_util::StreamExt as _;
use stews::database::{Database, ProbeSets, Recording};
use stews::identify::{Mask, Matcher};
use stews::probe::{ProbeId, find};

use crate::conditions::name::Condition;
use crate::conditions::runner::{ConditionRunner, Subject, app_mode};
use crate::conditions::stored::{self, Conditioned};
use crate::playground::manifest::{self, Role, Server};
use crate::playground::servers::{self, Way};
use crate::playground::{build, engine, setup};
use crate::support::paths;

/// The conditions of a quick run, beside the one behind [`QUICK_PROXY`].
const QUICK: [Condition; 3] = [Condition::Push, Condition::Varied, Condition::Delayed];

/// The proxy of a quick run.
const QUICK_PROXY: &str = "nginx";

/// What variations are drawn from unless told otherwise.
const SEED: u64 = 6455;

/// Servers at a time unless told otherwise.
const JOBS: u8 = 4;

/// Which servers under which conditions.
#[derive(Debug, Args)]
pub struct Plan {
    /// Only these servers: product or product@version, comma separated
    #[arg(long, value_name = "SERVERS")]
    only: Option<String>,
    /// Every recorded version, not the newest of each product alone
    #[arg(long)]
    every_version: bool,
    /// Only these conditions, comma separated: sink, push, payload-limit, compression, subprotocol, refused, varied, tls, delayed,
    /// slow-reader, loaded, two-back-ends, behind-nginx, …
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    conditions: Vec<String>,
    /// Ask these probes alone, comma separated, and add them to the scans that are stored
    #[arg(long, value_name = "IDS", value_delimiter = ',')]
    probes: Vec<ProbeId>,
    /// Store nothing: name the engines of the smoke servers under a few conditions, and fail where that goes wrong
    #[arg(long, conflicts_with_all = ["only", "every_version", "conditions", "probes", "missing"])]
    quick: bool,
    /// Only what was not scanned yet: goes on after an interruption
    #[arg(long)]
    missing: bool,
    /// What the variations of probes are drawn from, together with the server's name
    #[arg(long, value_name = "N", default_value_t = SEED)]
    seed: u64,
    /// Servers at a time
    #[arg(long, value_name = "N", default_value_t = JOBS, value_parser = clap::value_parser!(u8).range(1..=16))]
    jobs: u8,
}

/// Scans the servers and stores what differs from their recordings.
pub async fn run(plan: &Plan) -> Result<()> {
    if plan.quick {
        return quick(plan.seed, plan.jobs).await;
    }
    setup::run()?;
    let manifests = manifest::load_all(&paths::root()?.join("playground"))?;
    let proxies = proxies(&manifest::select(&manifests, None)?);
    let conditions = wanted(plan, &proxies)?;
    let mut seen = BTreeSet::new();
    let mut newest = |server: &Server| seen.insert(server.manifest.product.clone()) || plan.every_version;
    let mut recorded = servers::built_and_recorded(plan.only.as_deref())?;
    recorded.retain(|(server, _)| newest(server));
    println!("{} servers, {} conditions", recorded.len(), conditions.len());
    let database = Database::embedded()?;
    let runner = ConditionRunner::new(plan.seed, &proxies, Matcher::new(&database));
    let alone = plan.probes.iter().map(|id| Ok(find(*id)?)).collect::<Result<Vec<_>>>()?;
    let runner = &if alone.is_empty() { runner } else { runner.asking(alone) };
    let sets = &ProbeSets::load_all(&paths::probe_sets()?)?;
    let jobs = (0..recorded.len()).map(|place| {
        let (server, direct) = &recorded[place];
        let others = recorded.iter().cycle().skip(place).take(recorded.len()).map(|(server, _)| server);
        let fits = |other: &&Server| {
            // Behind one address both serve at one path.
            other.manifest.engine != server.manifest.engine && other.manifest.path == server.manifest.path
        };
        let other = others.into_iter().find(fits).cloned();
        let subject = Subject { server: server.clone(), way: Way::Container, other };
        let conditions = &conditions;
        async move {
            if plan.probes.is_empty() {
                run_conditions(runner, subject, direct, conditions, plan.missing).await
            } else {
                let stored = Stored { direct, sets, probes: &plan.probes };
                add_to_conditions(runner, subject, &stored, conditions).await
            }
        }
    });
    let mut results = futures_util::stream::iter(jobs).buffer_unordered(plan.jobs.into());
    let (mut stored, mut failed) = (0, Vec::new());
    while let Some(result) = results.next().await {
        stored += result.0;
        failed.extend(result.1);
    }
    println!("{stored} scans stored, {} failed", failed.len());
    failed.iter().for_each(|failure| println!("failed     {failure}"));
    Ok(())
}

/// The newest built version of each proxy, by product.
fn proxies(servers: &[Server]) -> BTreeMap<String, Server> {
    let mut proxies = BTreeMap::new();
    for server in servers.iter().filter(|server| server.manifest.role == Role::Proxy) {
        let name = &server.manifest.product;
        if !proxies.contains_key(name) && engine::inspect(&server.image(), "{{.Id}}").is_some() {
            proxies.insert(name.clone(), server.clone());
        }
    }
    proxies
}

/// The conditions asked for; all without a wish.
fn wanted(plan: &Plan, proxies: &BTreeMap<String, Server>) -> Result<Vec<Condition>> {
    let all: Vec<Condition> = Condition::WITHOUT_PROXY.into_iter().chain(behind(proxies)).collect();
    if plan.conditions.is_empty() {
        return Ok(all);
    }
    let known = |name: &String| {
        let found = all.iter().find(|condition| condition.to_string() == *name).cloned();
        found.with_context(|| {
            let names: Vec<String> = all.iter().map(ToString::to_string).collect();
            format!("there is no condition `{}`; there are {}", name.escape_debug(), names.join(", "))
        })
    };
    plan.conditions.iter().map(known).collect()
}

/// The conditions behind proxies.
fn behind(proxies: &BTreeMap<String, Server>) -> impl Iterator<Item = Condition> {
    proxies.keys().cloned().map(Condition::Behind)
}

/// Scans a server under conditions, with `missing` only under those of which no scan is stored; how many scans were stored, and what
/// failed.
async fn run_conditions(
    runner: &ConditionRunner<'_>,
    subject: Subject,
    direct: &Recording,
    conditions: &[Condition],
    missing: bool,
) -> (usize, Vec<String>) {
    let (mut stored, mut failed) = (0, Vec::new());
    for condition in conditions {
        let done = || -> Result<bool> {
            let path = stored::path(condition, &direct.product, &direct.version);
            Ok(stored::folder()?.join(path).is_file())
        };
        if !subject.server.can(app_mode(condition)) || missing && done().unwrap_or(false) {
            continue;
        }
        let scanned = runner.run_condition(&subject, condition).await;
        let scanned = scanned.and_then(|(detail, outcome)| {
            Conditioned::new(direct, condition, &detail, &outcome).store()?;
            Ok(outcome.stopped)
        });
        match scanned {
            Ok(stopped) => {
                stored += 1;
                let stop = stopped.map(|why| format!(" (stopped: {why})")).unwrap_or_default();
                println!("scanned    {} {condition}{stop}", subject.server.id());
            }
            Err(error) => failed.push(format!("{} {condition}: {error:#}", subject.server.id())),
        }
    }
    (stored, failed)
}

/// What scans are stored of a server, and the probes that they are to be asked too.
struct Stored<'a> {
    direct: &'a Recording,
    sets: &'a ProbeSets,
    probes: &'a [ProbeId],
}

/// Asks some probes under the conditions of which a scan is stored that has not asked them, and adds them to it; how many scans that
/// were, and what failed.
async fn add_to_conditions(
    runner: &ConditionRunner<'_>,
    subject: Subject,
    stored: &Stored<'_>,
    conditions: &[Condition],
) -> (usize, Vec<String>) {
    let (mut added, mut failed) = (0, Vec::new());
    // Two servers that take turns are asked only whether that is noticed.
    for condition in conditions.iter().filter(|condition| **condition != Condition::TwoBackEnds) {
        match add_to_condition(runner, &subject, stored, condition).await {
            Ok(false) => {}
            Ok(true) => {
                added += 1;
                println!("added      {} {condition}", subject.server.id());
            }
            Err(error) => failed.push(format!("{} {condition}: {error:#}", subject.server.id())),
        }
    }
    (added, failed)
}

/// Whether anything was asked under a condition, and added.
async fn add_to_condition(
    runner: &ConditionRunner<'_>,
    subject: &Subject,
    stored: &Stored<'_>,
    condition: &Condition,
) -> Result<bool> {
    let path = stored::path(condition, &stored.direct.product, &stored.direct.version);
    let Ok(text) = std::fs::read_to_string(stored::folder()?.join(path)) else { return Ok(false) };
    let mut scan = Conditioned::read(&text)?;
    if stored.probes.iter().all(|probe| scan.has_current(stored.sets, *probe)) {
        return Ok(false);
    }
    let (detail, mut outcome) = runner.run_condition(subject, condition).await?;
    ensure!(detail == scan.detail, "it was scanned with `{}` and now with `{detail}`; scan it anew", scan.detail);
    ensure!(outcome.stopped.is_none(), "stopped: {}", outcome.stopped.unwrap_or_default());
    let now = outcome.observations.remove(&ProbeId::BASELINE);
    let then = scan.whole(stored.direct).remove(&ProbeId::BASELINE);
    ensure!(now.is_some() && now == then, "the legal handshake is answered otherwise than stored; scan it anew");
    outcome.observations.retain(|probe, _| stored.probes.contains(probe));
    if outcome.observations.is_empty() {
        // Where the handshake is refused, what follows on one is not sent.
        return Ok(false);
    }
    scan.add(stored.direct, &outcome.observations);
    scan.store()?;
    Ok(true)
}

/// What `cargo xtask conditions --quick` does unless it is told more.
pub async fn run_quick() -> Result<()> {
    quick(SEED, JOBS).await
}

/// Names the engines of the smoke servers under a few conditions, with the embedded database.
async fn quick(seed: u64, jobs: u8) -> Result<()> {
    let servers = servers::smoke()?;
    let proxies = quick_proxies(&servers)?;
    let database = Database::embedded()?;
    let runner = &ConditionRunner::new(seed, &proxies, Matcher::new(&database));
    let conditions: Vec<Condition> = QUICK.into_iter().chain(behind(&proxies)).collect();
    let (skipped, had): (Vec<_>, Vec<_>) = servers.into_iter().partition(|(_, way)| matches!(way, Way::Skipped(_)));
    let all = had
        .into_iter()
        .map(|(server, way)| name_under_conditions(runner, Subject { server, way, other: None }, &conditions));
    let named: Vec<Vec<String>> = futures_util::stream::iter(all).buffer_unordered(jobs.into()).collect().await;
    let missed: Vec<String> = named.into_iter().flatten().collect();
    missed.iter().for_each(|miss| println!("missed     {miss}"));
    for (server, way) in &skipped {
        if let Way::Skipped(why) = way {
            println!("skipped    {} ({why})", server.id());
        }
    }
    ensure!(missed.is_empty(), "{} servers were missed under other conditions", missed.len());
    Ok(())
}

/// The proxy of a quick run, where there are containers.
fn quick_proxies(servers: &[(Server, Way)]) -> Result<BTreeMap<String, Server>> {
    if !servers.iter().any(|(_, way)| matches!(way, Way::Container)) {
        return Ok(BTreeMap::new());
    }
    let manifests = manifest::load_all(&paths::root()?.join("playground"))?;
    let mut newest = manifest::select(&manifests, Some(QUICK_PROXY))?;
    newest.truncate(1);
    build::build(&newest, 1)?;
    Ok(proxies(&newest))
}

/// Names a server under conditions; what went wrong.
async fn name_under_conditions(
    runner: &ConditionRunner<'_>,
    subject: Subject,
    conditions: &[Condition],
) -> Vec<String> {
    let mut missed = Vec::new();
    for condition in conditions.iter().filter(|name| subject.server.can(app_mode(name))) {
        let id = format!("{} {condition}", subject.server.id());
        match runner.run_condition(&subject, condition).await {
            Ok((_, outcome)) => {
                let answer = runner.matcher.identify(&outcome.observations, Mask::default());
                let first = answer.first().first();
                let named = first.map_or("nothing", |candidate| candidate.product.as_str());
                println!("named      {id}: {named}{}", if answer.is_unknown() { ", perhaps" } else { "" });
                let right = first.is_some_and(|candidate| candidate.engine == subject.server.manifest.engine);
                if answer.is_unknown() || !right {
                    missed.push(format!("{id}: taken for {named}"));
                }
            }
            Err(error) => missed.push(format!("{id}: {error:#}")),
        }
    }
    missed
}
