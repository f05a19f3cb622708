//! `cargo xtask conditions`: the servers again, under conditions that they were not recorded in.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, bail, ensure};
use clap::Args;
use futures_util::StreamExt as _;
use stews::database::Recording;
use stews::probe::{Variation, default_set};
use stews::report::human::stop_in_words;
use stews::scan::Options;
use stews::target::{Scheme, Target};

use crate::condition::{self, Conditioned, Outcome};
use crate::manifest::{self, Role, Server};
use crate::setup::{self, Availability};
use crate::{containers, engine, paths, regenerate, stability};

/// The condition in which probes are written otherwise.
const VARIED: &str = "varied";

/// What the name of a condition begins with where a proxy stands in front.
pub const BEHIND: &str = "behind-";

/// Which servers under which conditions.
#[derive(Debug, Args)]
pub struct Plan {
    /// Only these servers: product or product@version, comma separated
    #[arg(long, value_name = "SERVERS")]
    only: Option<String>,
    /// Every recorded version, not the newest of each product alone
    #[arg(long)]
    every_version: bool,
    /// Only these conditions, comma separated: sink, push, varied, behind-nginx, …
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    conditions: Vec<String>,
    /// Only what was not scanned yet: goes on after an interruption
    #[arg(long)]
    missing: bool,
    /// What the variations of probes are drawn from, together with the server's name
    #[arg(long, value_name = "N", default_value_t = 6455)]
    seed: u64,
    /// Servers at a time
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=16))]
    jobs: u8,
}

/// Scans the servers and stores what differs from their recordings.
pub async fn run(plan: &Plan) -> Result<()> {
    if let Availability::None(why) = setup::ensure_engine()? {
        bail!("no container engine: {why}");
    }
    let manifests = manifest::load_all(&paths::root()?.join("playground"))?;
    let proxies = proxies(&manifest::select(&manifests, None)?);
    let conditions = wanted(plan, &proxies)?;
    let folder = paths::recordings()?;
    let mut seen = BTreeSet::new();
    let mut newest = |server: &Server| seen.insert(server.manifest.product.clone()) || plan.every_version;
    let recorded: Vec<(Server, Recording)> = manifest::select(&manifests, plan.only.as_deref())?
        .into_iter()
        .filter(|server| server.manifest.role == Role::Server)
        .filter_map(|server| Recording::load(&folder.join(server.recording_path())).ok().map(|known| (server, known)))
        .filter(|(server, _)| engine::inspect(&server.image(), "{{.Id}}").is_some())
        .filter(|(server, _)| newest(server))
        .collect();
    ensure!(!recorded.is_empty(), "none of these servers is both built and recorded");
    println!("{} servers, {} conditions", recorded.len(), conditions.len());
    let jobs = recorded.iter().map(|(server, direct)| under_all(plan, server, direct, &conditions, &proxies));
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

/// The newest built version of each proxy, by the name of its condition.
fn proxies(servers: &[Server]) -> BTreeMap<String, Server> {
    let mut proxies = BTreeMap::new();
    for server in servers.iter().filter(|server| server.manifest.role == Role::Proxy) {
        let name = format!("{BEHIND}{}", server.manifest.product);
        if !proxies.contains_key(&name) && engine::inspect(&server.image(), "{{.Id}}").is_some() {
            proxies.insert(name, server.clone());
        }
    }
    proxies
}

/// The conditions asked for; all without a wish.
fn wanted(plan: &Plan, proxies: &BTreeMap<String, Server>) -> Result<Vec<String>> {
    let plain = ["sink", "push", VARIED].map(str::to_owned);
    let all: Vec<String> = plain.into_iter().chain(proxies.keys().cloned()).collect();
    for name in &plan.conditions {
        ensure!(all.contains(name), "there is no condition `{}`; there are {}", name.escape_debug(), all.join(", "));
    }
    Ok(if plan.conditions.is_empty() { all } else { plan.conditions.clone() })
}

/// How many scans of a server were stored, and what failed.
async fn under_all(
    plan: &Plan,
    server: &Server,
    direct: &Recording,
    conditions: &[String],
    proxies: &BTreeMap<String, Server>,
) -> (usize, Vec<String>) {
    let (mut stored, mut failed) = (0, Vec::new());
    for name in conditions {
        let done = || -> Result<bool> {
            let path = condition::path(name, &direct.product, &direct.version);
            Ok(condition::folder()?.join(path).is_file())
        };
        let app = &server.manifest.apps;
        if plan.missing && done().unwrap_or(false) || ["sink", "push"].contains(&name.as_str()) && !app.contains(name) {
            continue;
        }
        match under(plan.seed, server, name, proxies).await {
            Ok((detail, outcome)) => match Conditioned::new(direct, name, &detail, &outcome).store() {
                Ok(()) => {
                    stored += 1;
                    let stop = outcome.stopped.map(|why| format!(" (stopped: {why})")).unwrap_or_default();
                    println!("scanned    {} {name}{stop}", server.id());
                }
                Err(error) => failed.push(format!("{} {name}: {error:#}", server.id())),
            },
            Err(error) => failed.push(format!("{} {name}: {error:#}", server.id())),
        }
    }
    (stored, failed)
}

/// Scans a server under a condition; what it takes to do so again, and the outcome.
async fn under(
    seed: u64,
    server: &Server,
    condition: &str,
    proxies: &BTreeMap<String, Server>,
) -> Result<(String, Outcome)> {
    let app = if ["sink", "push"].contains(&condition) { condition } else { "echo" };
    let running = containers::start(server, app).await?;
    let scanned = match proxies.get(condition) {
        None if condition == VARIED => {
            let seed = seed ^ name_seed(&server.id());
            let outcome = scan(&running.url, stability::drawn(seed)).await;
            outcome.map(|outcome| (format!("seed {seed}"), outcome))
        }
        None => scan(&running.url, Variation::default()).await.map(|outcome| (String::new(), outcome)),
        Some(proxy) => behind(proxy, &running.url).await,
    };
    running.stop().await?;
    scanned
}

async fn behind(proxy: &Server, backend: &str) -> Result<(String, Outcome)> {
    let front = containers::start_behind(proxy, backend, "echo").await?;
    let outcome = scan(&front.url, Variation::default()).await;
    front.stop().await?;
    Ok((proxy.id(), outcome?))
}

/// A scan as a user would make it: the default set at the default pace.
async fn scan(url: &str, variation: Variation) -> Result<Outcome> {
    let target = Target::parse(url, Scheme::Ws)?;
    let options = Options { variation, ..Options::for_target(&target, default_set()) };
    let scan = regenerate::scan_target(&target, &options).await.context("not scanned")?;
    let cost = (scan.cost.connections, scan.cost.sent, scan.cost.received);
    Ok(Outcome { observations: scan.observations, stopped: scan.stop.as_ref().map(stop_in_words), cost })
}

/// A number that follows from a name.
fn name_seed(name: &str) -> u64 {
    use sha2::{Digest as _, Sha256};
    let hash = Sha256::digest(name);
    hash.iter().take(8).fold(0, |seed, byte| seed << 8 | u64::from(*byte))
}
