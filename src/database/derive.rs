//! Recordings in, database out: pure, and the same for the same recordings.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::difference::{Comparison, usual_runs};
use super::model::{Behaviour, Database, Seen};
use super::observation_table::{Lines, distinct};
use super::place_versions::releases_of;
use super::recording::Recording;
use super::releases::Releases;
use super::version::version_order;
use crate::features::{Kind, Layer};
use crate::observation::noted::Noted;
use crate::probe::{self, ProbeId};

/// Derives the database from recordings of which everything is current ([`super::ProbeSets::drop_stale`]), and from the lists of releases that
/// there are of their products.
#[must_use]
pub fn derive(recordings: &[Recording], releases: &[Releases]) -> Database {
    let answers = recordings.iter().flat_map(|recording| recording.observations.values());
    let lines = Lines::new(distinct(answers.flat_map(|answers| answers.seen.keys())));
    let recorded: Vec<Behaviour> =
        most_asked_first(recordings).into_iter().map(|recording| behaviour_of(recording, &lines)).collect();
    let is_same = |one: &Behaviour, other: &Behaviour| {
        if (&one.product, &one.engine, &one.framework) != (&other.product, &other.engine, &other.framework) {
            return Some(false);
        }
        let differ = Comparison { one, other, lines: &lines, wanted: |_, _| true }.differ();
        differ.map(|differ| !differ)
    };
    let groups = groups(&recorded, is_same);
    let mut behaviours: Vec<Behaviour> = groups.into_iter().filter_map(|group| merged(&recorded, &group)).collect();
    for known in &mut behaviours {
        known.versions.sort_by(|one, other| version_order(one, other));
        forget_usual_counts(known);
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
        releases: Arc::new(releases_of(&behaviours, releases)),
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

/// Groups of which all members are the same, by their places: each joins the first group in which it is the same as every member that it can be
/// compared with, of which there is one at least. So one that races brings no two together that differ.
fn groups(all: &[Behaviour], is_same: impl Fn(&Behaviour, &Behaviour) -> Option<bool>) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (index, one) in all.iter().enumerate() {
        let fits = |members: &&mut Vec<usize>| {
            let mut compared = members.iter().filter_map(|member| is_same(&all[*member], one)).peekable();
            compared.peek().is_some() && compared.all(|same| same)
        };
        match groups.iter_mut().find(fits) {
            Some(members) => members.push(index),
            None => groups.push(vec![index]),
        }
    }
    groups
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

/// The members of a group as one.
fn merged(recorded: &[Behaviour], group: &[usize]) -> Option<Behaviour> {
    let members = || group.iter().map(|member| &recorded[*member]);
    let mut whole = members().next()?.clone();
    whole.versions = members().flat_map(|member| member.versions.iter().cloned()).collect();
    let mut sums: BTreeMap<(ProbeId, u32), u32> = BTreeMap::new();
    for seen in members().flat_map(|member| &member.seen) {
        *sums.entry((seen.probe, seen.line)).or_default() += u32::from(seen.count);
    }
    whole.seen = sums.into_iter().map(|((probe, line), count)| Seen { probe, line, count: times(count) }).collect();
    Some(whole)
}

/// Tens of thousands of runs are like any more.
fn times(count: u32) -> u16 {
    count.try_into().unwrap_or(u16::MAX)
}

/// Where all of the usual runs agreed their number says nothing, and the file is smaller without it.
fn forget_usual_counts(known: &mut Behaviour) {
    let usual = usual_runs(known);
    for same_probe in known.seen.chunk_by_mut(|one, other| one.probe == other.probe) {
        if let [only] = same_probe
            && u32::from(only.count) <= usual
        {
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
    let is_same = |one: &Behaviour, other: &Behaviour| {
        let wanted = |probe, kind| scope.counts(probe, kind);
        Comparison { one, other, lines, wanted }.differ().map(|differ| !differ)
    };
    let several =
        |members: &Vec<usize>| members.iter().any(|index| behaviours[*index].product != behaviours[members[0]].product);
    groups(behaviours, is_same).into_iter().filter(several).collect()
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
