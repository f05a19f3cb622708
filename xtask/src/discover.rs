//! `cargo xtask discover`: draws frame sequences and handshakes, plays them on the servers of the playground, and proposes those as
//! probes that tell servers apart which no probe tells apart so far.

mod draft;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use anyhow::{Result, bail, ensure};
use clap::Args;
use futures_util::StreamExt as _;
use stews::database::Recording;
use stews::features::{Fact, telling};
use stews::observation::Observation;
use stews::probe::{ALL, Probe, ProbeId};
use stews::scan::Stop;
use stews::target::{Scheme, Target};

use crate::playground::manifest::Server;
use crate::playground::{containers, servers, setup};
use crate::support::{dial, markdown, paths};
use draft::{Draft, Drawn};

/// How often each server is asked: what differs from time to time tells nothing.
const RUNS: usize = 2;

/// A server with more drafts than this that may have been the death of it is given up.
const MOST_SUSPECTS: usize = 64;

/// How often a draft is made smaller at most.
const MOST_SHRINKS: usize = 60;

/// How many pairs of servers are named.
const SHOWN: usize = 6;

/// What to draw, and whom to ask.
#[derive(Debug, Args)]
pub struct Plan {
    /// How many frame sequences and handshakes to draw
    #[arg(long, value_name = "N", default_value_t = 250, value_parser = clap::value_parser!(u16).range(1..=5000))]
    drafts: u16,
    /// What they are drawn from: the same seed gives the same ones
    #[arg(long, value_name = "N", default_value_t = 6455)]
    seed: u64,
    /// Only these servers: product or product@version, comma separated; the outcome is then printed, not written
    #[arg(long, value_name = "SERVERS")]
    only: Option<String>,
    /// How many of the best are made smaller and told
    #[arg(long, value_name = "N", default_value_t = 5)]
    best: usize,
    /// Servers at a time
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=16))]
    jobs: u8,
}

/// What of an answer tells servers apart.
type Class = Vec<Fact>;

/// A server, what the probes are known to be answered with, and what the drafts were.
struct Asked {
    server: Server,
    known: BTreeMap<ProbeId, Class>,
    answers: BTreeMap<ProbeId, Class>,
    /// The drafts that it died of.
    died: BTreeSet<ProbeId>,
}

/// A draft that tells apart what nothing told apart.
struct Find {
    /// Its place among the drafts.
    place: usize,
    /// The pairs of servers.
    pairs: Vec<(usize, usize)>,
    /// How many bits it tells about which of all servers it is, beyond the probes there are.
    gain: f64,
}

/// Draws, asks, and tells what was found.
pub async fn run(plan: &Plan) -> Result<()> {
    setup::run()?;
    let recorded = servers::built_and_recorded(plan.only.as_deref())?;
    let mut drawn = Drawn::new(plan.seed, plan.drafts.into());
    let probes: Vec<&'static Probe> =
        drawn.drafts().iter().enumerate().map(|(place, one)| leaked(one, place)).collect();
    println!("{} drafts from seed {}, {} servers", probes.len(), plan.seed, recorded.len());
    let asked = recorded.iter().map(|(server, recording)| {
        let probes = &probes;
        async move { (server, ask(server, recording, probes).await) }
    });
    let mut results = futures_util::stream::iter(asked).buffer_unordered(plan.jobs.into());
    let (mut servers, mut failed) = (Vec::new(), Vec::new());
    while let Some((server, asked)) = results.next().await {
        match asked {
            Ok(asked) => servers.push(asked),
            Err(error) => {
                println!("failed     {} ({error:#})", server.id());
                failed.push(server.id());
            }
        }
    }
    servers.sort_by_key(|asked| asked.server.id());
    let finds = finds(&servers, &probes);
    let mut told = Vec::new();
    for find in finds.iter().take(plan.best) {
        let draft = smaller(&mut drawn, find, &servers).await?;
        told.push((draft, find));
    }
    let text = page(plan, &servers, &failed, &finds, &told);
    print!("{text}");
    if plan.only.is_none() {
        paths::write(&paths::root()?.join("fingerprints/discovered.md"), &text)?;
    }
    Ok(())
}

/// A draft as a probe. Probes live as long as the program, and so few are drawn that these may too.
fn leaked(draft: &Draft, place: usize) -> &'static Probe {
    // Beyond the numbers of all series.
    let number = u16::try_from(place).unwrap_or(u16::MAX).saturating_add(10_000);
    Box::leak(Box::new(draft.probe(ProbeId::new(number))))
}

/// Plays all drafts on a server, going on without those that it dies of.
async fn ask(server: &Server, recording: &Recording, probes: &[&'static Probe]) -> Result<Asked> {
    let mut died = BTreeSet::new();
    let mut runs = Vec::new();
    for _ in 0..RUNS {
        let mut seen: BTreeMap<ProbeId, Class> = BTreeMap::new();
        loop {
            let left: Vec<&'static Probe> = probes
                .iter()
                .copied()
                .filter(|probe| !seen.contains_key(&probe.id) && !died.contains(&probe.id))
                .collect();
            let running = containers::start(server, "echo").await?;
            let target = Target::parse(&running.url, Scheme::Ws)?;
            let scanned = dial::scan_target(&target, &dial::options(&target, left)).await;
            running.stop().await?;
            let scanned = scanned?;
            seen.extend(scanned.observations.iter().map(|(probe, seen)| (*probe, class(seen))));
            match scanned.stop {
                None => break,
                // Each of them may be the one; none of them is worth a second death.
                Some(Stop::Died { after: suspects, .. } | Stop::Changed { discarded: suspects, .. }) => {
                    ensure!(!suspects.is_empty(), "it does not answer as before, and nothing explains that");
                    died.extend(suspects);
                    ensure!(died.len() <= MOST_SUSPECTS, "it dies of too much");
                }
                Some(stop) => bail!("{stop}"),
            }
        }
        runs.push(seen);
    }
    let [first, rest @ ..] = &runs[..] else { bail!("it was not asked") };
    let steady = |(probe, class): &(&ProbeId, &Class)| rest.iter().all(|run| run.get(*probe) == Some(*class));
    let answers = first.iter().filter(steady).map(|(probe, class)| (*probe, class.clone())).collect();
    println!(
        "asked      {}{}",
        server.id(),
        if died.is_empty() { String::new() } else { format!(", {} died of or suspected", died.len()) }
    );
    Ok(Asked { server: server.clone(), known: known(recording), answers, died })
}

/// What a server is known to answer always.
fn known(recording: &Recording) -> BTreeMap<ProbeId, Class> {
    let mut known = BTreeMap::new();
    for probe in ALL.iter().filter(|probe| probe.is_default()) {
        let lines = recording.observations.get(&probe.id).into_iter().flat_map(|answers| answers.seen.keys());
        let classes: BTreeSet<Class> = lines.map(|line| class(line.observation())).collect();
        if let Some(class) = classes.first().filter(|_| classes.len() == 1) {
            known.insert(probe.id, class.clone());
        }
    }
    known
}

fn class(seen: &Observation) -> Class {
    telling(seen).filter(|(kind, _)| kind.properties().conclusive).collect()
}

/// The drafts that tell something apart that nothing told apart, the best first.
fn finds(servers: &[Asked], probes: &[&'static Probe]) -> Vec<Find> {
    let alike: Vec<(usize, usize)> = (0..servers.len())
        .flat_map(|one| (one + 1..servers.len()).map(move |other| (one, other)))
        .filter(|(one, other)| !differ(&servers[*one].known, &servers[*other].known))
        .collect();
    let mut finds: Vec<Find> = (0..probes.len())
        .filter(|place| !is_known(probes[*place]))
        .filter(|place| servers.iter().all(|asked| !asked.died.contains(&probes[*place].id)))
        .map(|place| {
            let answer = |server: usize| servers[server].answers.get(&probes[place].id);
            let apart = |(one, other): &&(usize, usize)| {
                matches!((answer(*one), answer(*other)), (Some(one), Some(other)) if one != other)
            };
            let pairs: Vec<(usize, usize)> = alike.iter().filter(apart).copied().collect();
            Find { place, gain: gain(&alike, &pairs, servers.len()), pairs }
        })
        .filter(|find| !find.pairs.is_empty())
        .collect();
    finds.sort_by(|one, other| other.gain.total_cmp(&one.gain).then(one.place.cmp(&other.place)));
    finds
}

/// Whether there is a probe that sends the same: what such a draft tells apart is chance, or the probe would tell it too.
fn is_known(draft: &Probe) -> bool {
    ALL.iter().any(|probe| probe.sends_the_same(draft))
}

fn differ(one: &BTreeMap<ProbeId, Class>, other: &BTreeMap<ProbeId, Class>) -> bool {
    one.iter().any(|(probe, class)| other.get(probe).is_some_and(|other| other != class))
}

/// How many bits a draft tells about which server it is, where all are equally likely, beyond what the probes tell: for each server,
/// by how much fewer are like it.
fn gain(alike: &[(usize, usize)], apart: &[(usize, usize)], servers: usize) -> f64 {
    let like = |pairs: &[(usize, usize)], server: usize| {
        1.0 + pairs.iter().filter(|(one, other)| *one == server || *other == server).count() as f64
    };
    let told = |server: usize| {
        let before = like(alike, server);
        let now = before - (like(apart, server) - 1.0);
        (before / now).log2()
    };
    (0..servers).map(told).sum::<f64>() / servers.max(1) as f64
}

/// The smallest draft that still tells the first pair of a find apart.
async fn smaller(drawn: &mut Drawn, find: &Find, servers: &[Asked]) -> Result<Draft> {
    let (one, other) = find.pairs[0];
    let running = [
        containers::start(&servers[one].server, "echo").await?,
        containers::start(&servers[other].server, "echo").await?,
    ];
    let tree = drawn.tree(find.place);
    let mut best = tree.current();
    let mut steps = 0;
    while steps < MOST_SHRINKS && tree.simplify() {
        steps += 1;
        let probe = leaked(&tree.current(), find.place);
        if !is_known(probe) && tells_apart(&running, probe).await {
            best = tree.current();
        } else if !tree.complicate() {
            break;
        }
    }
    for server in running {
        server.stop().await?;
    }
    Ok(best)
}

/// Whether two running servers answer a probe in different ways, and each always in the same.
async fn tells_apart(running: &[containers::Running; 2], probe: &'static Probe) -> bool {
    let mut classes = Vec::new();
    for server in running {
        let mut seen = BTreeSet::new();
        for _ in 0..RUNS {
            let Ok(target) = Target::parse(&server.url, Scheme::Ws) else { return false };
            let options = dial::options(&target, vec![probe]);
            let Ok(scan) = dial::scan_target(&target, &options).await else { return false };
            let Some(observation) = scan.observations.get(&probe.id) else { return false };
            seen.insert(class(observation));
        }
        classes.push(seen);
    }
    matches!(&classes[..], [one, other] if one.len() == 1 && other.len() == 1 && one != other)
}

fn page(plan: &Plan, servers: &[Asked], failed: &[String], finds: &[Find], told: &[(Draft, &Find)]) -> String {
    let mut out = format!(
        "# Discovered\n\nGenerated by `cargo xtask discover --drafts {} --seed {}`: frame sequences and handshakes that were drawn at random, \
         played on {} servers, {RUNS} times each.\n\n",
        plan.drafts,
        plan.seed,
        servers.len()
    );
    if !failed.is_empty() {
        let _ = writeln!(out, "Not asked, since they did not get through: {}\n", failed.join(", "));
    }
    let deaths: BTreeMap<String, usize> =
        servers.iter().filter(|one| !one.died.is_empty()).map(|one| (one.server.id(), one.died.len())).collect();
    if !deaths.is_empty() {
        let deaths: Vec<String> = deaths.iter().map(|(server, count)| format!("{server} ({count})")).collect();
        let _ = writeln!(
            out,
            "Drafts that were the last before a server died or changed are not proposed: {}\n",
            deaths.join(", ")
        );
    }
    let _ = writeln!(out, "{} drafts tell servers apart that no probe tells apart.\n", finds.len());
    for (draft, find) in told {
        let name = |server: usize| servers[server].server.id();
        let pairs: Vec<String> =
            find.pairs.iter().take(SHOWN).map(|(one, other)| format!("{} from {}", name(*one), name(*other))).collect();
        let more = find.pairs.len().saturating_sub(SHOWN);
        let more = if more > 0 { format!(", and {more} pairs more") } else { String::new() };
        let _ = write!(
            out,
            "## Draft {}: {:.3} bits, {} pairs\n\n{}\n\nIt tells {}{more}.\n\n",
            find.place,
            find.gain,
            find.pairs.len(),
            draft.definition(),
            markdown::text(&pairs.join(", "))
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_gains_what_it_halves() {
        let alike = [(0, 1)];
        assert!((gain(&alike, &[(0, 1)], 2) - 1.0).abs() < 1e-9, "two servers that were alike, now told apart");
        assert!(gain(&alike, &[], 2).abs() < 1e-9);
        assert!((gain(&alike, &[(0, 1)], 4) - 0.5).abs() < 1e-9, "for the two others it is no news");
    }

    #[test]
    fn answers_to_other_probes_are_no_difference() {
        let answers = |probe: u16, line: &str| BTreeMap::from([(ProbeId::new(probe), class(&line.parse().unwrap()))]);
        assert!(differ(&answers(203, "close 1002 | fin"), &answers(203, "close 1007 | fin")));
        assert!(!differ(&answers(203, "close 1002 | fin"), &answers(204, "close 1007 | fin")));
        assert!(!differ(&answers(100, "text 1 echo | alive"), &answers(100, "| alive")), "that is the application's");
    }
}
