//! Recordings in, database out: pure, and the same for the same recordings.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::model::{Behaviour, Database, Seen};
use super::observation_table::{ABSENT, Lines, distinct};
use super::recording::Recording;
use super::version::version_order;
use crate::features::{Kind, Layer};
use crate::observation::noted::Noted;
use crate::probe::{self, ProbeId};

/// A behaviour's facts: for each probe that was asked, by kind the values seen.
type Facts = BTreeMap<ProbeId, BTreeMap<Kind, BTreeSet<u32>>>;

/// Derives the database from recordings of which everything is current ([`super::ProbeSets::drop_stale`]).
#[must_use]
pub fn derive(recordings: &[Recording]) -> Database {
    let answers = recordings.iter().flat_map(|recording| recording.observations.values());
    let lines = Lines::new(distinct(answers.flat_map(|answers| answers.seen.keys())));
    let mut behaviours: Vec<(Behaviour, Facts)> = Vec::new();
    for recording in most_asked_first(recordings) {
        let behaviour = behaviour_of(recording, &lines);
        let facts = facts(&behaviour.seen, &lines, |_, _| true);
        let same = behaviours.iter_mut().find(|(known, theirs)| {
            (&known.product, &known.engine, &known.framework)
                == (&behaviour.product, &behaviour.engine, &behaviour.framework)
                && agree(theirs, &facts)
        });
        match same {
            Some((known, theirs)) => {
                merge(known, behaviour);
                complete(theirs, facts);
            }
            None => behaviours.push((behaviour, facts)),
        }
    }
    let mut behaviours: Vec<Behaviour> = behaviours.into_iter().map(|(behaviour, _)| behaviour).collect();
    for known in &mut behaviours {
        known.versions.sort_by(|one, other| version_order(one, other));
        forget_counts_of_the_only(&mut known.seen);
    }
    behaviours.sort_by(|one, other| {
        one.product.cmp(&other.product).then_with(|| version_order(&one.versions[0], &other.versions[0]))
    });
    name_twins(&mut behaviours, &lines);
    let played: BTreeSet<ProbeId> = behaviours.iter().flat_map(Behaviour::probes).collect();
    let hash = |id: ProbeId| Some((id, probe::find(id).ok()?.content_hash()));
    Database {
        probe_set: probe::set_hash(),
        probes: played.into_iter().filter_map(hash).collect(),
        behaviours,
        lines: Arc::new(lines),
        dropped: Vec::new(),
    }
}

/// Recordings in the order in which they become behaviours: what was asked more comes first, so that what was asked less finds whom it
/// agrees with, and among equals the older version.
fn most_asked_first(recordings: &[Recording]) -> Vec<&Recording> {
    let mut ordered: Vec<&Recording> = recordings.iter().collect();
    ordered.sort_by(|one, other| {
        let asked = other.observations.len().cmp(&one.observations.len());
        asked.then_with(|| version_order(&one.version, &other.version))
    });
    ordered
}

/// Whether facts are the same for every probe that both were asked, of which there is one at least: what was not asked says nothing.
fn agree(one: &Facts, other: &Facts) -> bool {
    let common = one.iter().filter_map(|(probe, facts)| Some((facts, other.get(probe)?)));
    let mut compared = common.map(|(one, other)| one == other).peekable();
    compared.peek().is_some() && compared.all(|same| same)
}

/// Adds the facts of probes that were not asked before.
fn complete(known: &mut Facts, other: Facts) {
    for (probe, facts) in other {
        known.entry(probe).or_insert(facts);
    }
}

fn behaviour_of(recording: &Recording, lines: &Lines) -> Behaviour {
    let mut seen: Vec<Seen> = Vec::new();
    for (probe, answers) in &recording.observations {
        let known = |(line, count): (&Noted, &u32)| {
            Some(Seen { probe: *probe, line: lines.find(line.as_str())?, count: times(*count) })
        };
        seen.extend(answers.seen.iter().filter_map(known));
    }
    seen.sort_unstable();
    Behaviour {
        product: recording.product.clone(),
        engine: recording.engine.clone(),
        framework: recording.framework.clone(),
        versions: vec![recording.version.clone()],
        twins: Vec::new(),
        seen,
    }
}

fn merge(known: &mut Behaviour, other: Behaviour) {
    known.versions.extend(other.versions);
    let all = known.seen.iter().chain(&other.seen);
    let mut sums: BTreeMap<(ProbeId, u32), u32> = BTreeMap::new();
    for seen in all {
        *sums.entry((seen.probe, seen.line)).or_default() += u32::from(seen.count);
    }
    known.seen = sums.into_iter().map(|((probe, line), count)| Seen { probe, line, count: times(count) }).collect();
}

/// Tens of thousands of runs are like any more.
fn times(count: u32) -> u16 {
    count.try_into().unwrap_or(u16::MAX)
}

/// Where all runs agreed their number says nothing, and the file is smaller without it.
fn forget_counts_of_the_only(seen: &mut [Seen]) {
    for same_probe in seen.chunk_by_mut(|one, other| one.probe == other.probe) {
        if let [only] = same_probe {
            only.count = 1;
        }
    }
}

/// Takes one run of a recording out of its behaviour. Where all runs agreed, the others say the same.
pub(super) fn take_run(known: &mut Behaviour, recording: &Recording, run: u32, lines: &Lines) {
    for (probe, line) in recording.run(run) {
        let Some(line) = lines.find(line.as_str()) else { continue };
        if known.seen(probe).len() > 1 {
            for seen in known.seen.iter_mut().filter(|seen| (seen.probe, seen.line) == (probe, line)) {
                seen.count -= 1;
            }
        }
    }
    known.seen.retain(|seen| seen.count > 0);
}

/// The facts of some probes and kinds that a behaviour amounts to.
pub(super) fn facts(seen: &[Seen], lines: &Lines, wanted: impl Fn(ProbeId, Kind) -> bool) -> Facts {
    let mut facts = Facts::new();
    for one in seen.iter().filter(|one| Kind::ALL.into_iter().any(|kind| wanted(one.probe, kind))) {
        let numbers = lines.facts(one.line);
        let of_probe = facts.entry(one.probe).or_default();
        for kind in Kind::ALL {
            let value = numbers[kind];
            if value != ABSENT && wanted(one.probe, kind) {
                of_probe.entry(kind).or_default().insert(value);
            }
        }
    }
    facts
}

/// How much of what servers do is compared when they are called alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All default probes, banners aside.
    Everything,
    /// The default probes, and of their answers only what the WebSocket library itself decides: no header fields and
    /// bodies, which frameworks and proxies write.
    Library,
}

impl Scope {
    /// Whether a fact counts.
    pub(super) fn counts(self, probe: ProbeId, kind: Kind) -> bool {
        let Ok(probe) = probe::find(probe) else { return false };
        let layer = crate::features::layer(probe, kind);
        probe.is_default()
            && match self {
                Self::Everything => layer != Layer::Banner,
                Self::Library => layer == Layer::Engine,
            }
    }
}

/// Groups of behaviours that no fact of a scope tells apart, each of several products (versions of one that are alike are no
/// news), in the order of their first members.
pub(super) fn alike(behaviours: &[Behaviour], lines: &Lines, scope: Scope) -> Vec<Vec<usize>> {
    let mut groups: Vec<(Facts, Vec<usize>)> = Vec::new();
    for (index, behaviour) in behaviours.iter().enumerate() {
        let facts = facts(&behaviour.seen, lines, |probe, kind| scope.counts(probe, kind));
        match groups.iter_mut().find(|(theirs, _)| agree(theirs, &facts)) {
            Some((theirs, members)) => {
                members.push(index);
                complete(theirs, facts);
            }
            None => groups.push((facts, vec![index])),
        }
    }
    let several =
        |members: &Vec<usize>| members.iter().any(|index| behaviours[*index].product != behaviours[members[0]].product);
    groups.into_iter().map(|(_, members)| members).filter(several).collect()
}

/// Products that answer all default probes alike name each other on both sides.
fn name_twins(behaviours: &mut [Behaviour], lines: &Lines) {
    for group in alike(behaviours, lines, Scope::Everything) {
        let products: BTreeSet<String> = group.iter().map(|index| behaviours[*index].product.clone()).collect();
        for index in group {
            let own = behaviours[index].product.clone();
            behaviours[index].twins = products.iter().filter(|other| **other != own).cloned().collect();
        }
    }
}
