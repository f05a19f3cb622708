//! `cargo xtask field`: the applications of the playground, scanned as a user scans and thoroughly, as they are and behind proxies.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, bail, ensure};
use clap::Args;
use futures_util::StreamExt as _;
use stews::database::{Database, ProbeSets};
use stews::identify::{Answer, Matcher};
use stews::probe::set_hash;

use crate::field::scan::{Depth, Judged, Scanner, Subject};
use crate::field::stored::{self, Proxy, SCHEMA, Stored};
use crate::playground::manifest::{self, Dress, Role, Server};
use crate::playground::{build, engine, selection};
use crate::support::{paths, today};

/// What stands for no proxy on the command line.
const NOTHING: &str = "none";

/// Which applications, behind which proxies.
#[derive(Debug, Args)]
pub struct Plan {
    /// Only these applications: name or name@version, comma separated
    #[arg(long, value_name = "APPLICATIONS")]
    only: Option<String>,
    /// What stands in front, comma separated: `none`, and names of proxies
    #[arg(long, value_name = "PROXIES", value_delimiter = ',', default_value = "none,nginx,haproxy")]
    behind: Vec<String>,
    /// Only what is not stored yet with today's probes: goes on after an interruption
    #[arg(long)]
    missing: bool,
    /// Only what is stored, and of that only the scan as a user makes it: after a change of what is asked
    #[arg(long, conflicts_with = "missing")]
    default_only: bool,
    /// Applications started at a time; one is scanned at a time
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=8))]
    jobs: u8,
}

/// An application as one of its variants.
struct Member {
    server: Server,
    variant: String,
    dress: Dress,
}

/// Scans the selected applications and stores what was seen.
pub async fn run(plan: &Plan) -> Result<()> {
    let fronts = fronts(&plan.behind)?;
    let members = members(plan.only.as_deref())?;
    let (name, text) = ProbeSets::stored_today();
    paths::write(&paths::probe_sets()?.join(name), &text)?;
    let database = Database::embedded()?;
    let engines: BTreeSet<&str> = database.behaviours.iter().map(|behaviour| behaviour.engine.as_str()).collect();
    let (missing, default_only) = (plan.missing, plan.default_only);
    let run = Run { scanner: Scanner::new(Matcher::new(&database)), engines, missing, default_only };
    let scans = members.iter().map(|member| run.member(member, &fronts));
    let mut scans = futures_util::stream::iter(scans).buffer_unordered(plan.jobs.into());
    let (mut stored, mut failed) = (0, Vec::new());
    while let Some(results) = scans.next().await {
        for result in results {
            match result {
                Ok(()) => stored += 1,
                Err(failure) => failed.push(failure),
            }
        }
    }
    println!("{stored} scanned and stored, {} not", failed.len());
    ensure!(failed.is_empty(), "not scanned: {}", failed.join(", "));
    Ok(())
}

/// The built applications of a selection, each with its variants.
fn members(only: Option<&str>) -> Result<Vec<Member>> {
    let mut servers = selection::built(only)?;
    servers.retain(|server| server.manifest.role == Role::Application);
    ensure!(!servers.is_empty(), "no application is built; run `cargo xtask playground build`");
    let members = |server: &Server| {
        let variants = server.manifest.variants().into_iter();
        let member = |(name, dress): (&str, &Dress)| Member {
            server: server.clone(),
            variant: name.to_owned(),
            dress: dress.clone(),
        };
        variants.map(member).collect::<Vec<_>>()
    };
    Ok(servers.iter().flat_map(members).collect())
}

/// What stands in front, in the order asked for: nothing, or the newest version of a proxy, which is built.
fn fronts(names: &[String]) -> Result<Vec<Option<Server>>> {
    let manifests = manifest::load_all(&paths::root()?.join("playground"))?;
    let front = |name: &String| {
        if name == NOTHING {
            return Ok(None);
        }
        let newest = manifest::select(&manifests, Some(name))?.into_iter().next();
        let proxy = newest.filter(|server| server.manifest.role == Role::Proxy);
        let proxy = proxy.with_context(|| format!("`{}` is no proxy, nor `{NOTHING}`", name.escape_debug()))?;
        if engine::inspect(&proxy.image(), "{{.Id}}").is_none() {
            bail!("{} is not built; run `cargo xtask playground build --only {name}`", proxy.id());
        }
        Ok(Some(proxy))
    };
    names.iter().map(front).collect()
}

/// What all scans of a run share.
struct Run<'a> {
    scanner: Scanner<'a>,
    /// The engines that are recorded.
    engines: BTreeSet<&'a str>,
    missing: bool,
    default_only: bool,
}

impl Run<'_> {
    /// Scans an application behind each front; the names of what failed are errors.
    async fn member(&self, member: &Member, fronts: &[Option<Server>]) -> Vec<Result<(), String>> {
        let mut results = Vec::new();
        for front in fronts {
            let Member { server, variant, dress } = member;
            let subject = Subject { server, variant, dress, proxy: front.as_ref() };
            let stored = stored_today(&subject);
            if self.missing && stored.is_some() || self.default_only && stored.is_none() {
                continue;
            }
            let scanned = match stored {
                Some(stored) if self.default_only => self.default_anew(&subject, stored).await,
                _ => self.subject(&subject).await,
            };
            results.push(scanned.map_err(|error| {
                println!("failed     {}: {error:#}", name(&subject));
                name(&subject)
            }));
        }
        results
    }

    /// Scans an application as a user does, and stores that beside the thorough scan that is stored.
    async fn default_anew(&self, subject: &Subject<'_>, stored: Stored) -> Result<()> {
        let default = self.scan(subject, Depth::Default).await?.scanned;
        Stored { default, date: today::iso(), ..stored }.store()
    }

    /// Scans an application twice, each time started anew, and stores what was seen.
    async fn subject(&self, subject: &Subject<'_>) -> Result<()> {
        let manifest = &subject.server.manifest;
        let engine_version = engine_version(subject.server)?;
        let default = self.scan(subject, Depth::Default).await?;
        let thorough = self.scan(subject, Depth::Thorough).await?;
        let proxy =
            |proxy: &Server| Proxy { product: proxy.manifest.product.clone(), version: proxy.version.version.clone() };
        let stored = Stored {
            schema: SCHEMA,
            application: manifest.product.clone(),
            version: subject.server.version.version.clone(),
            variant: variant(subject).map(str::to_owned),
            proxy: subject.proxy.map(proxy),
            engine: manifest.engine.clone(),
            engine_version,
            framework: manifest.framework.clone(),
            probe_set: set_hash(),
            date: today::iso(),
            default: default.scanned,
            thorough: thorough.scanned,
        };
        stored.store()
    }

    async fn scan(&self, subject: &Subject<'_>, depth: Depth) -> Result<Judged> {
        let word = if depth == Depth::Default { "default" } else { "thorough" };
        let judged = self.scanner.run(subject, depth).await.with_context(|| format!("{word} scan"))?;
        println!("{word:<10} {}: {}", name(subject), self.told(subject, &judged));
        Ok(judged)
    }

    /// What was named, how sure, and what it took.
    fn told(&self, subject: &Subject<'_>, judged: &Judged) -> String {
        let Judged { scanned, answer } = judged;
        let engine = subject.server.manifest.engine.as_str();
        let named = answer.engines.first();
        let verdict = verdict(answer, engine, self.engines.contains(engine));
        let named = named.map_or_else(|| "nothing".to_owned(), |one| format!("{} {:.2}", one.engine, one.probability));
        let proxy = answer.proxy.as_ref().map(|proxy| format!(" behind {}", proxy.product)).unwrap_or_default();
        let stopped = scanned.stopped.as_ref().map(|why| format!("; stopped: {why}")).unwrap_or_default();
        let dead = scanned.dead.map(|how| format!("; DEAD: {how:?}")).unwrap_or_default();
        let (probes, cost) = (scanned.observations.len(), scanned.cost);
        format!(
            "{verdict} ({named}, unknown {:.2}{proxy}), {probes} probes, {} connections, {} ms{stopped}{dead}",
            answer.unknown, cost.connections, cost.milliseconds
        )
    }
}

/// Whether an answer names the engine, or owns that it knows none where that is not recorded.
fn verdict(answer: &Answer, engine: &str, is_recorded: bool) -> &'static str {
    let is_right = answer.engines.first().is_some_and(|first| first.engine == engine);
    match (answer.is_unknown(), is_recorded) {
        (true, true) => "unknown",
        (true, false) => "right",
        (false, _) if is_right => "right",
        (false, _) => "WRONG",
    }
}

/// The version of the engine's package inside an application.
fn engine_version(server: &Server) -> Result<String> {
    let package = &server.manifest.truth.as_ref().context("an application has a `truth`")?.package;
    let listed = build::image_info(server)?.packages;
    let version = listed.iter().find_map(|line| line.split_once(' ').filter(|(name, _)| name == package));
    let (_, version) = version.with_context(|| format!("/app/versions.txt does not list `{package}`"))?;
    Ok(version.trim().to_owned())
}

fn variant<'a>(subject: &Subject<'a>) -> Option<&'a str> {
    Some(subject.variant).filter(|name| !name.is_empty())
}

fn proxy<'a>(subject: &Subject<'a>) -> Option<&'a str> {
    subject.proxy.map(|proxy| proxy.manifest.product.as_str())
}

/// What is scanned, for people.
fn name(subject: &Subject<'_>) -> String {
    let variant = variant(subject).map(|name| format!("+{name}")).unwrap_or_default();
    let proxy = proxy(subject).map(|name| format!("@{name}")).unwrap_or_default();
    format!("{}{variant}{proxy}", subject.server.id())
}

/// What is stored of scans with today's probes.
fn stored_today(subject: &Subject<'_>) -> Option<Stored> {
    let (product, version) = (&subject.server.manifest.product, &subject.server.version.version);
    let place = stored::path(product, version, variant(subject), proxy(subject));
    let text = stored::folder().and_then(|folder| Ok(std::fs::read_to_string(folder.join(place))?));
    text.and_then(|text| Stored::read(&text)).ok().filter(|stored| stored.probe_set == set_hash())
}

#[cfg(test)]
mod tests {
    use super::*;
    use stews::identify::{Mask, Observations};

    #[test]
    fn to_know_nobody_is_right_only_where_nobody_is_known() {
        let database = Database::embedded().unwrap();
        let mut answer = Matcher::new(&database).identify(&Observations::new(), Mask::default());
        assert_eq!((verdict(&answer, "ws", true), verdict(&answer, "own", false)), ("unknown", "right"));
        answer.unknown = 0.1;
        assert_eq!((verdict(&answer, "ws", true), verdict(&answer, "own", false)), ("WRONG", "WRONG"));
    }

    #[test]
    fn a_front_is_nothing_or_a_proxy() {
        assert!(fronts(&[NOTHING.to_owned()]).unwrap()[0].is_none());
        let error = fronts(&["ws".to_owned()]).unwrap_err().to_string();
        assert!(error.contains("`ws` is no proxy"), "{error}");
    }
}
