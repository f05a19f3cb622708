//! `cargo xtask record --probes`: what servers answer to some probes alone, added to what is recorded of them. A new probe costs a few
//! connections a server, and nothing that is recorded is asked again.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use clap::Args;
use futures_util::StreamExt as _;
use stews::database::{Answers, ProbeSets, Recording};
use stews::observation::noted::Noted;
use stews::probe::{Probe, ProbeId, find, set_hash};

use crate::playground::build;
use crate::playground::manifest::{Role, Server};
use crate::playground::selection::{self, Selection};
use crate::record::consensus::{RUNS, RunConsensus};
use crate::record::recorder::{Deadly, Harm, one_run, run_on};
use crate::support::paths;

/// Which probes of which servers.
#[derive(Debug, Args)]
pub struct Plan {
    /// The probes to record, comma separated
    #[arg(long, value_name = "IDS", value_delimiter = ',', required = true)]
    probes: Vec<ProbeId>,
    /// Only these servers: product or product@version, comma separated
    #[arg(long, value_name = "SERVERS")]
    only: Option<String>,
    /// Ask again what is recorded with today's probes: without it an interrupted run goes on where it was
    #[arg(long)]
    again: bool,
    /// Build no image: only the servers that are built already
    #[arg(long, conflicts_with = "unblock")]
    built: bool,
    /// Build even what server.json says cannot be built here
    #[arg(long)]
    unblock: bool,
    /// Servers at a time
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=16))]
    jobs: u8,
}

/// Records the probes of the selected servers; those of which that failed.
pub async fn run(plan: &Plan) -> Result<Vec<String>> {
    let begun = std::time::Instant::now();
    let probes = chosen(&plan.probes)?;
    let folder = paths::recordings()?;
    let sets = store_todays_set()?;
    let (mut waiting, mut unchanged, mut failed) = (Vec::new(), 0, Vec::new());
    for server in servers(plan)? {
        let Ok(stored) = Recording::load(&folder.join(server.recording_path())) else {
            println!("not asked  {} (nothing is recorded of it: `cargo xtask regenerate` does that)", server.id());
            continue;
        };
        let lacking = lacking(&stored, &probes, &sets, plan.again);
        if lacking.is_empty() {
            unchanged += 1;
            continue;
        }
        waiting.push((server, stored, lacking));
    }
    let asked = waiting.into_iter().map(|(server, stored, probes)| async move {
        let recorded = server.clone();
        // A task of its own, so that one busy scan does not hold up the others.
        let task = tokio::spawn(async move { record(&recorded, stored, &probes).await });
        (server, task.await.context("the recording panicked").and_then(|recorded| recorded))
    });
    let mut asked = futures_util::stream::iter(asked).buffer_unordered(plan.jobs.into());
    let mut recorded = 0;
    while let Some((server, result)) = asked.next().await {
        match result.and_then(|recording| write(&folder, &recording)) {
            Ok(()) => {
                recorded += 1;
                println!("recorded   {}", server.id());
            }
            Err(error) => {
                println!("failed     {} ({error:#})", server.id());
                failed.push(server.id());
            }
        }
    }
    let seconds = begun.elapsed().as_secs();
    println!("{recorded} recorded, {unchanged} were already, {} failed, in {seconds} s", failed.len());
    Ok(failed)
}

/// The probes of these numbers. A ladder is climbed and long payloads are sent only as a whole, and timers are not recorded at all.
fn chosen(ids: &[ProbeId]) -> Result<Vec<&'static Probe>> {
    let one = |id: &ProbeId| {
        let probe = find(*id)?;
        let alone = !(probe.is_rung() || probe.has_long_payload() || probe.is_slow() || probe.id == ProbeId::BASELINE);
        ensure!(alone, "probe {id} cannot be recorded by itself; `cargo xtask regenerate` records all of them");
        Ok(probe)
    };
    ids.iter().map(one).collect()
}

/// The sets of probes, today's among them, which is stored before anything names it.
fn store_todays_set() -> Result<ProbeSets> {
    let folder = paths::probe_sets()?;
    let (name, text) = ProbeSets::stored_today();
    paths::write(&folder.join(name), &text)?;
    Ok(ProbeSets::load_all(&folder)?)
}

/// The selected servers, all of which have an image.
fn servers(plan: &Plan) -> Result<Vec<Server>> {
    let mut ready = if plan.built {
        selection::built(plan.only.as_deref())?
    } else {
        let selection = Selection { only: plan.only.clone(), unblock: plan.unblock, jobs: plan.jobs.min(2) };
        selection::build_selected(&selection)?.into_iter().map(|(server, _)| server).collect()
    };
    ready.retain(|server| server.manifest.role == Role::Server);
    Ok(ready)
}

/// The probes to ask: those of which nothing current is recorded, and that the server is not known to die of or to stall on.
fn lacking(stored: &Recording, probes: &[&'static Probe], sets: &ProbeSets, again: bool) -> Vec<&'static Probe> {
    let lacks = |probe: &&&'static Probe| {
        let harmful = stored.dies_of.iter().chain(&stored.stalls_on).any(|id| *id == probe.id);
        let current =
            stored.observations.contains_key(&probe.id) && sets.is_current(stored.probe_set_of(probe.id), probe.id);
        again || !current && !harmful
    };
    probes.iter().filter(lacks).copied().collect()
}

/// The stored recording with what the server answers to the probes; refused where it does not answer the legal handshake as is recorded.
async fn record(server: &Server, mut stored: Recording, probes: &[&'static Probe]) -> Result<Recording> {
    ensure!(
        stored.provenance.packages == build::image_info(server)?.packages,
        "the image holds other packages than the recorded one; run `cargo xtask regenerate --only {}`",
        server.id().replace(' ', "@")
    );
    let (mut runs, mut deadly) = (RunConsensus::default(), Deadly::new());
    let all: Vec<&'static Probe> = probes.iter().copied().chain([find(ProbeId::BASELINE)?]).collect();
    for _ in 0..RUNS {
        runs.add(&one_run(server, &all, &mut deadly).await?);
    }
    deadly.keys().for_each(|probe| runs.forget(*probe));
    runs.remove_nondeterminism(Some(&stored));
    let asked: BTreeSet<ProbeId> = probes.iter().map(|probe| probe.id).collect();
    if !runs.differing(None).is_disjoint(&asked) {
        run_on(server, &all, &mut runs, &mut deadly).await;
        deadly.keys().for_each(|probe| runs.forget(*probe));
        runs.remove_nondeterminism(Some(&stored));
    }
    // In shares of as many runs as the rest is recorded of.
    let consensus = runs.consensus(stored.runs as usize);
    let seen = Recording::of_runs(&stored.product, &stored.version, &consensus);
    ensure_same_baseline(&stored, &seen)?;
    add(&mut stored, seen, &asked);
    add_harm(&mut stored, &deadly);
    Ok(stored)
}

/// Fails where the legal handshake was answered in a way that is not recorded: then the server is not what was recorded. How the
/// connection ends after it is not compared.
fn ensure_same_baseline(stored: &Recording, seen: &Recording) -> Result<()> {
    let lines = |recording: &'_ Recording| recording.observations.get(&ProbeId::BASELINE).cloned().unwrap_or_default();
    let (then, now) = (lines(stored), lines(seen));
    ensure!(!now.seen.is_empty(), "the legal handshake was not answered");
    // Whether our patience or our deadline ends first with a server that stays silent is chance.
    let said = |line: &Noted| (line.observation().reply.clone(), line.observation().events.clone());
    match now.seen.keys().find(|line| !then.seen.keys().any(|known| said(known) == said(line))) {
        None => Ok(()),
        Some(line) => bail!(
            "the legal handshake is answered otherwise than recorded, with `{line}`; run `cargo xtask regenerate --only {}@{}`",
            stored.product,
            stored.version
        ),
    }
}

/// Adds the answers to the probes that were asked. What was observed with another set than the recording's own says so.
fn add(stored: &mut Recording, seen: Recording, asked: &BTreeSet<ProbeId>) {
    let today = set_hash();
    let own = (stored.provenance.probe_set != today).then_some(today);
    let new = seen.observations.into_iter().filter(|(probe, _)| asked.contains(probe));
    let stamped = new.map(|(probe, answers)| (probe, Answers { probe_set: own.clone(), ..answers }));
    stored.observations.extend(stamped);
}

/// Adds the probes that the server died of or stalled on.
fn add_harm(stored: &mut Recording, deadly: &Deadly) {
    for (probe, harm) in deadly {
        stored.observations.remove(probe);
        let list = match harm {
            Harm::Death => &mut stored.dies_of,
            Harm::Stall => &mut stored.stalls_on,
        };
        if !list.contains(probe) {
            list.push(*probe);
            list.sort_unstable();
        }
    }
}

fn write(folder: &Path, recording: &Recording) -> Result<()> {
    paths::write(&folder.join(recording.path()), &recording.to_text())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::consensus::Observed;

    fn recording(lines: &[(u16, &str)]) -> Recording {
        let seen: Observed = lines.iter().map(|(id, line)| (ProbeId::new(*id), line.parse().unwrap())).collect();
        Recording::of_runs("ws", "8", &[seen.clone(), seen.clone(), seen])
    }

    const BASELINE: (u16, &str) = (309, "HTTP/1.1 101 Switching Protocols {Upgrade: websocket} | alive");

    #[test]
    fn one_line_is_added_and_every_other_byte_stays() {
        let mut stored = recording(&[BASELINE, (203, "close 1002 | fin")]);
        stored.provenance.probe_set = "then".to_owned();
        let before = stored.to_text();
        let seen = recording(&[BASELINE, (203, "| reset"), (204, "close 1002 | fin")]);
        ensure_same_baseline(&stored, &seen).unwrap();
        add(&mut stored, seen, &[204].map(ProbeId::new).into());
        let after = stored.to_text();
        let added: Vec<&str> = after.lines().filter(|line| !before.contains(line.trim_end_matches(','))).collect();
        let line = format!("    \"204\": {{\"probe_set\":\"{}\",\"seen\":{{\"close 1002 | fin\":3}}}},", set_hash());
        assert_eq!(added, [line]);
        assert_eq!(after.replace(&format!("{}\n", added[0]), ""), before);
    }

    #[test]
    fn another_server_than_the_recorded_one_is_refused() {
        let stored = recording(&[BASELINE]);
        let other = (309, "HTTP/1.1 101 Switching Protocols {Upgrade: WebSocket} | alive");
        let error = ensure_same_baseline(&stored, &recording(&[other])).unwrap_err().to_string();
        assert!(error.contains("regenerate --only ws@8"), "{error}");
        assert!(ensure_same_baseline(&stored, &recording(&[(203, "| fin")])).is_err());
    }

    #[test]
    fn what_is_recorded_with_todays_probes_is_not_asked_again_nor_what_kills() {
        let mut stored = recording(&[BASELINE, (203, "close 1002 | fin"), (204, "| fin")]);
        stored.dies_of = vec![ProbeId::new(206)];
        stored.observations.get_mut(&ProbeId::new(204)).unwrap().probe_set = Some("then".to_owned());
        let probes = chosen(&[203, 204, 205, 206].map(ProbeId::new)).unwrap();
        let ids = |again| -> Vec<u16> {
            let lacking = lacking(&stored, &probes, &ProbeSets::today(), again);
            lacking.iter().map(|probe| probe.id.number()).collect()
        };
        assert_eq!(ids(false), [204, 205]);
        assert_eq!(ids(true), [203, 204, 205, 206]);
        for alone in [309, 612, 623] {
            assert!(chosen(&[ProbeId::new(alone)]).is_err(), "{alone}");
        }
    }
}
