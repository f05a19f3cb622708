//! `cargo xtask conditions`: the servers again, under conditions that they were not recorded in.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use futures_util::StreamExt as _;
use stews::connection::{ConnectOptions, Connector, Dial};
use stews::database::{Database, Recording};
use stews::identify::{Matcher, Observations};
use stews::probe::{Variation, default_set};
use stews::report::human::stop_in_words;
use stews::scan::{Options, Scan, Stop, ask_again, scan};
use stews::target::{Scheme, Target};

use crate::condition::{self, Conditioned, Outcome};
use crate::front::{TlsFront, Turns};
use crate::link::{Link, Through};
use crate::manifest::{self, Role, Server};
use crate::{asking, containers, engine, paths, servers, setup, stability};

/// Other applications.
const APPS: [&str; 2] = ["sink", "push"];

/// The condition in which probes are written otherwise.
const VARIED: &str = "varied";

/// TLS in front, which ends inside this process.
const TLS: &str = "tls";

/// A link on which bytes are 50 ms ± 20 ms under way, in either direction.
const DELAYED: &str = "delayed";

/// The same, of the link.
const DELAYED_LINK: Link = Link { delay: Duration::from_millis(50), jitter: Duration::from_millis(20), slow: None };

/// A client that reads 64 bytes each 5 ms.
const SLOW_READER: &str = "slow-reader";

/// The same, of the link.
const SLOW_LINK: Link =
    Link { delay: Duration::ZERO, jitter: Duration::ZERO, slow: Some((64, Duration::from_millis(5))) };

/// One core busy with something else.
const LOADED: &str = "loaded";

/// Two servers of different engines behind one address, which take turns: what is asked is whether that is noticed.
pub const TWO_BACK_ENDS: &str = "two-back-ends";

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
    /// Only these conditions, comma separated: sink, push, varied, tls, delayed, slow-reader, loaded, two-back-ends, behind-nginx, …
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
    let stage = Stage { plan, proxies: &proxies, matcher: &Matcher::new(&database), load: tokio::sync::Mutex::new(()) };
    let stage = &stage;
    let jobs = (0..recorded.len()).map(|place| {
        let (server, direct) = &recorded[place];
        let others = recorded.iter().cycle().skip(place).take(recorded.len()).map(|(server, _)| server);
        let fits = |other: &&Server| {
            // Behind one address both serve at one path.
            other.manifest.engine != server.manifest.engine && other.manifest.path == server.manifest.path
        };
        let other = others.into_iter().find(fits).cloned();
        let actors = Actors { server: server.clone(), other };
        stage.under_all(actors, direct, &conditions)
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
    let plain = APPS.into_iter().chain([VARIED, TLS, DELAYED, SLOW_READER, LOADED, TWO_BACK_ENDS]).map(str::to_owned);
    let all: Vec<String> = plain.chain(proxies.keys().cloned()).collect();
    for name in &plan.conditions {
        ensure!(all.contains(name), "there is no condition `{}`; there are {}", name.escape_debug(), all.join(", "));
    }
    Ok(if plan.conditions.is_empty() { all } else { plan.conditions.clone() })
}

/// A server, and another of a different engine.
struct Actors {
    server: Server,
    other: Option<Server>,
}

/// What all scans share.
struct Stage<'a> {
    plan: &'a Plan,
    proxies: &'a BTreeMap<String, Server>,
    matcher: &'a Matcher<'a>,
    /// Whoever has it keeps one core busy.
    load: tokio::sync::Mutex<()>,
}

/// What it takes to do a scan again, and its outcome.
type Scanned = (String, Outcome);

impl Stage<'_> {
    /// How many scans of a server were stored, and what failed.
    async fn under_all(&self, actors: Actors, direct: &Recording, conditions: &[String]) -> (usize, Vec<String>) {
        let (mut stored, mut failed) = (0, Vec::new());
        for name in conditions {
            let done = || -> Result<bool> {
                let path = condition::path(name, &direct.product, &direct.version);
                Ok(condition::folder()?.join(path).is_file())
            };
            let apps = &actors.server.manifest.apps;
            let cannot = APPS.contains(&name.as_str()) && !apps.contains(name);
            if cannot || self.plan.missing && done().unwrap_or(false) {
                continue;
            }
            let scanned = self.under(&actors, name).await;
            let scanned = scanned.and_then(|(detail, outcome)| {
                Conditioned::new(direct, name, &detail, &outcome).store()?;
                Ok(outcome.stopped)
            });
            match scanned {
                Ok(stopped) => {
                    stored += 1;
                    let stop = stopped.map(|why| format!(" (stopped: {why})")).unwrap_or_default();
                    println!("scanned    {} {name}{stop}", actors.server.id());
                }
                Err(error) => failed.push(format!("{} {name}: {error:#}", actors.server.id())),
            }
        }
        (stored, failed)
    }

    /// Scans a server under a condition.
    async fn under(&self, actors: &Actors, condition: &str) -> Result<Scanned> {
        let app = if APPS.contains(&condition) { condition } else { "echo" };
        let running = containers::start(&actors.server, app).await?;
        let scanned = self.under_while(actors, condition, &running.url).await;
        running.stop().await?;
        scanned
    }

    /// The same of a server that runs.
    async fn under_while(&self, actors: &Actors, condition: &str, url: &str) -> Result<Scanned> {
        if let Some(proxy) = self.proxies.get(condition) {
            return behind(proxy, url).await;
        }
        let plain = Variation::default();
        Ok(match condition {
            VARIED => {
                let seed = self.plan.seed ^ name_seed(&actors.server.id());
                (format!("seed {seed}"), scan_through(url, stability::drawn(seed), None).await?)
            }
            TLS => {
                let front = TlsFront::start(url).await?;
                (String::new(), scan_through(&front.url, plain, None).await?)
            }
            DELAYED => ("50 ms ± 20 ms each way".to_owned(), scan_through(url, plain, Some(DELAYED_LINK)).await?),
            SLOW_READER => ("64 bytes each 5 ms".to_owned(), scan_through(url, plain, Some(SLOW_LINK)).await?),
            LOADED => {
                let _alone = self.load.lock().await;
                let _busy = Busy::start();
                (String::new(), scan_through(url, plain, None).await?)
            }
            TWO_BACK_ENDS => {
                let other = actors.other.as_ref().context("there is no server of another engine")?;
                self.beside(other, url).await?
            }
            _ => (String::new(), scan_through(url, plain, None).await?),
        })
    }

    /// Asks two servers that take turns as a user would ask one, and looks whether that was noticed.
    async fn beside(&self, other: &Server, url: &str) -> Result<Scanned> {
        let running = containers::start(other, "echo").await?;
        let noticed = self.notices_two(url, &running.url).await;
        running.stop().await?;
        let (scan, noticed) = noticed?;
        let outcome = Outcome { noticed: Some(noticed), ..outcome(scan) };
        Ok((format!("and {}", other.id()), Outcome { observations: Observations::new(), ..outcome }))
    }

    async fn notices_two(&self, one: &str, other: &str) -> Result<(Scan, bool)> {
        let (target, connector) = connect(one)?;
        let turns = Turns::new([connector, connect(other)?.1]);
        let options = Options::for_target(&target, default_set());
        let (mut scan, answer) =
            asking::identify_through(&turns, &options, self.matcher).await.context("not scanned")?;
        if scan.stop.is_some() {
            let changed = matches!(scan.stop, Some(Stop::Changed { .. }));
            return Ok((scan, changed));
        }
        let probes = self.matcher.to_ask_again(&scan.observations);
        let again = ask_again(&turns, &options, &(), &mut scan, &probes).await;
        let noticed = !self.matcher.contradictions(&scan.observations, &again, &answer).is_empty();
        Ok((scan, noticed))
    }
}

/// A thread that does nothing, all the time; until it is dropped.
struct Busy(Arc<AtomicBool>);

impl Busy {
    fn start() -> Self {
        let ends = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&ends);
        std::thread::spawn(move || {
            while !seen.load(Ordering::Relaxed) {
                std::hint::spin_loop();
            }
        });
        Self(ends)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

async fn behind(proxy: &Server, backend: &str) -> Result<Scanned> {
    let front = containers::start_behind(proxy, backend, "echo").await?;
    let outcome = scan_through(&front.url, Variation::default(), None).await;
    front.stop().await?;
    Ok((proxy.id(), outcome?))
}

/// A scan as a user would make it: the default set at the default pace.
async fn scan_through(url: &str, variation: Variation, link: Option<Link>) -> Result<Outcome> {
    let (target, connector) = connect(url)?;
    let options = Options { variation, ..Options::for_target(&target, default_set()) };
    match link {
        None => scanned(&connector, &options).await,
        Some(link) => scanned(&Through { dial: connector, link }, &options).await,
    }
}

async fn scanned<D: Dial>(dial: &D, options: &Options) -> Result<Outcome> {
    Ok(outcome(scan(dial, options, &()).await.context("not scanned")?))
}

fn outcome(scan: Scan) -> Outcome {
    let cost = (scan.cost.connections, scan.cost.sent, scan.cost.received);
    let stopped = scan.stop.as_ref().map(stop_in_words);
    Outcome { observations: scan.observations, stopped, cost, noticed: None }
}

/// A URL as a target, and what dials it. Certificates are our own.
pub fn connect(url: &str) -> Result<(Target, Connector)> {
    let target = Target::parse(url, Scheme::Ws)?;
    let connect = ConnectOptions { insecure: true, timeout: Options::TIMEOUT, proxy: None, extra_roots: Vec::new() };
    let connector = Connector::new(&target, &connect)?;
    Ok((target, connector))
}

/// A number that follows from a name.
fn name_seed(name: &str) -> u64 {
    use sha2::{Digest as _, Sha256};
    let hash = Sha256::digest(name);
    hash.iter().take(8).fold(0, |seed, byte| seed << 8 | u64::from(*byte))
}
