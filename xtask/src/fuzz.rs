//! `cargo xtask fuzz-accuracy`: whether a server is taken for the same whatever must not matter: how probes are written, which are asked and in
//! which order, what the application says, and how long bytes are under way. Cases are drawn against real servers, and one that goes wrong
//! is made smaller until nothing can be left out of it.

mod case;

use std::collections::BTreeSet;
use std::fmt;

use anyhow::{Context as _, Result, bail, ensure};
use clap::Args;
use proptest::test_runner::{Config, TestCaseError, TestError};
use stews::database::Database;
use stews::identify::{Answer, Mask, Matcher};
use stews::probe::{Probe, ProbeId, default_set, find};
use stews::scan::{Options, Scan, scan};
use tokio::runtime::Handle;
use tokio::sync::Mutex;
use tokio::task::block_in_place;

use crate::conditions::link::{Link, Through};
use crate::playground::app_modes::{APPS, SETTINGS, SUBPROTOCOL};
use crate::playground::containers::{self, Running};
use crate::playground::manifest::Server;
use crate::playground::{servers, setup};
use crate::support::dial::{self, connect};
use crate::support::strategies;
use case::{Case, any_case};

/// How often a case that went wrong is made smaller at most.
const MOST_SHRINKS: u32 = 48;

/// How often the smallest case is tried once more: what goes wrong now and then is told as such.
const AGAIN: usize = 2;

/// Which servers, and how much to draw.
#[derive(Debug, Args)]
pub struct Plan {
    /// Only these servers: product (its newest version) or product@version, comma separated; without it, the smoke servers
    #[arg(long, value_name = "SERVERS")]
    only: Option<String>,
    /// Cases for each server
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    cases: u32,
    /// What they are drawn from: the same seed gives the same ones
    #[arg(long, value_name = "N", default_value_t = 6455)]
    seed: u64,
}

/// Draws cases for each server; fails where one of them changed the answer.
pub async fn run(plan: &Plan) -> Result<()> {
    setup::run()?;
    let servers = selected(plan.only.as_deref())?;
    println!("{} cases from seed {} for each of {} servers", plan.cases, plan.seed, servers.len());
    let database = Database::embedded()?;
    let matcher = Matcher::new(&database);
    let mut wrong = Vec::new();
    for server in &servers {
        match fuzz(plan, server, &matcher).await {
            Ok(None) => {}
            Ok(Some(found)) => {
                print!("{found}");
                wrong.push(server.id());
            }
            Err(error) => {
                println!("failed     {} ({error:#})", server.id());
                wrong.push(server.id());
            }
        }
    }
    ensure!(wrong.is_empty(), "taken for something else, or not scanned: {}", wrong.join(", "));
    Ok(())
}

/// The servers of a plan, all of them built and recorded: of each product the newest version, unless a version is named.
fn selected(only: Option<&str>) -> Result<Vec<Server>> {
    let all = servers::built_and_recorded(only)?.into_iter().map(|(server, _)| server);
    let mut seen = BTreeSet::new();
    let is_named = |server: &Server| {
        only.is_some_and(|only| only.split(',').any(|name| name.trim() == server.id().replace(' ', "@")))
    };
    let mut newest = |server: &Server| seen.insert(server.manifest.product.clone()) || is_named(server);
    let chosen = all.filter(|server| newest(server) && (only.is_some() || server.manifest.smoke)).collect::<Vec<_>>();
    ensure!(!chosen.is_empty(), "no smoke server is built; `cargo xtask playground build` builds them");
    Ok(chosen)
}

/// What a target was taken for.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Named {
    /// The engines in first place.
    engines: BTreeSet<String>,
    /// Whether it is more likely to be nobody known.
    is_unknown: bool,
    /// In words.
    words: String,
}

impl Named {
    fn new(scan: &Scan, answer: &Answer) -> Self {
        let first = answer.first();
        let engines: BTreeSet<String> = first.iter().map(|candidate| candidate.engine.clone()).collect();
        let names: Vec<&str> = engines.iter().map(String::as_str).collect();
        let probability = answer.engines.first().map_or(0.0, |engine| 100.0 * engine.probability);
        let unknown = 100.0 * answer.unknown;
        let stop = scan.stop.as_ref().map(|stop| format!("; the scan ended early: {stop}")).unwrap_or_default();
        let words = format!("engine {} ({probability:.0} %, unknown {unknown:.0} %){stop}", names.join(" or "));
        Self { engines, is_unknown: answer.is_unknown(), words }
    }

    /// Whether this is the same answer as that of a plain scan.
    fn agrees_with(&self, plain: &Self) -> bool {
        !self.is_unknown && !self.engines.is_disjoint(&plain.engines)
    }
}

/// A case that changed the answer.
struct Found {
    server: String,
    plain: String,
    named: String,
    case: Case,
    /// In how many of [`AGAIN`] more scans it did so again.
    again: usize,
}

impl fmt::Display for Found {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { server, plain, named, case, again } = self;
        writeln!(out, "CHANGED    {server}: {named}")?;
        writeln!(out, "  plain scan   {plain}\n{case}  and again    in {again} of {AGAIN} more scans")
    }
}

/// Draws cases for one server; the smallest that changed the answer, if any did.
async fn fuzz(plan: &Plan, server: &Server, matcher: &Matcher<'_>) -> Result<Option<Found>> {
    let begun = std::time::Instant::now();
    let probes = default_set();
    let subject = Subject { server, matcher, running: Mutex::new(None) };
    let plain = subject.try_case(&Case::plain(&probes)).await?;
    ensure!(!plain.is_unknown, "a plain scan does not name it: {}", plain.words);
    let strategy = any_case(&probes, apps(server));
    let config =
        Config { cases: plan.cases, max_shrink_iters: MOST_SHRINKS, failure_persistence: None, ..Config::default() };
    let mut runner = strategies::runner(plan.seed, config);
    // Shrinking is proptest's, and it asks without waiting.
    let outcome = block_in_place(|| {
        let kept = |case: Case| {
            let named = Handle::current().block_on(subject.try_case(&case));
            let named = named.map_err(|error| TestCaseError::fail(format!("not scanned: {error:#}")))?;
            if named.agrees_with(&plain) { Ok(()) } else { Err(TestCaseError::fail(named.words)) }
        };
        runner.run(&strategy, kept).map_err(Box::new)
    });
    let found = match outcome.map_err(|error| *error) {
        Ok(()) => None,
        Err(TestError::Abort(why)) => bail!("no cases can be drawn: {why}"),
        Err(TestError::Fail(why, case)) => {
            let mut again = 0;
            for _ in 0..AGAIN {
                let same = subject.try_case(&case).await.is_ok_and(|named| named.agrees_with(&plain));
                again += usize::from(!same);
            }
            let (server, plain, named) = (server.id(), plain.words.clone(), why.to_string());
            Some(Found { server, plain, named, case, again })
        }
    };
    subject.stop().await?;
    if found.is_none() {
        let seconds = begun.elapsed().as_secs();
        println!("kept       {}: {} in all of {} cases, {seconds} s", server.id(), plain.words, plan.cases);
    }
    Ok(found)
}

/// What a server can run that a client without special wishes is served by; the recorded application first.
fn apps(server: &Server) -> Vec<&'static str> {
    let all = APPS.into_iter().chain(SETTINGS);
    all.filter(|app| *app != SUBPROTOCOL && server.can(app)).collect()
}

/// A server that is asked again and again.
struct Subject<'a, 'd> {
    server: &'a Server,
    matcher: &'a Matcher<'d>,
    /// What runs, and as which application.
    running: Mutex<Option<(&'static str, Running)>>,
}

impl Subject<'_, '_> {
    /// What the server is taken for in a case. Where that fails, the next case is given a server of its own.
    async fn try_case(&self, case: &Case) -> Result<Named> {
        let mut running = self.running.lock().await;
        if running.as_ref().is_none_or(|(app, _)| *app != case.app)
            && let Some((_, other)) = running.take()
        {
            other.stop().await?;
        }
        if running.is_none() {
            *running = Some((case.app, containers::start(self.server, case.app).await?));
        }
        let (_, server) = running.as_ref().context("it was just started")?;
        let scanned = scan_as(&server.url, case).await;
        if !scanned.as_ref().is_ok_and(|scan| scan.stop.is_none())
            && let Some((_, spoilt)) = running.take()
        {
            spoilt.stop().await?;
        }
        let scan = scanned?;
        let answer = self.matcher.identify(&scan.observations, Mask::default());
        Ok(Named::new(&scan, &answer))
    }

    async fn stop(self) -> Result<()> {
        match self.running.into_inner() {
            Some((_, running)) => running.stop().await,
            None => Ok(()),
        }
    }
}

/// Scans what serves at a URL as a case wants it.
async fn scan_as(url: &str, case: &Case) -> Result<Scan> {
    let (target, connector) = connect(url)?;
    let probe = |id: ProbeId| -> Result<&'static Probe> { Ok(find(id)?) };
    let probes = case.asked().map(probe).collect::<Result<Vec<_>>>()?;
    let options = Options { variation: case.variation.clone(), ..dial::options(&target, probes) };
    // A link that holds up nothing still puts a buffer between, in which a reset is seen later.
    let scanned = if case.link == Link::PLAIN {
        scan(&connector, &options, &()).await
    } else {
        scan(&Through { dial: connector, link: case.link }, &options, &()).await
    };
    scanned.with_context(|| format!("{target} was not reached"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(engines: &[&str], is_unknown: bool) -> Named {
        let engines = engines.iter().map(|engine| (*engine).to_owned()).collect();
        Named { engines, is_unknown, words: String::new() }
    }

    #[test]
    fn an_answer_stays_where_the_engine_is_still_in_first_place_and_known() {
        let plain = named(&["ws"], false);
        assert!(named(&["ws"], false).agrees_with(&plain));
        assert!(named(&["gorilla", "ws"], false).agrees_with(&plain), "equals are named together");
        assert!(!named(&["ws"], true).agrees_with(&plain));
        assert!(!named(&["gorilla"], false).agrees_with(&plain));
        assert!(!named(&[], false).agrees_with(&plain));
    }
}
