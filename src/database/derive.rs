//! Recordings in, database out: pure, and the same for the same recordings.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use super::{Behaviour, Counted, Database, Recording, SCHEMA};
use crate::features::{Kind, features};
use crate::observation::Observation;
use crate::probe;

/// A behaviour's facts: for each probe and kind the values seen.
type Facts = BTreeMap<(String, Kind), BTreeSet<String>>;

/// Derives the database.
#[must_use]
pub fn derive(recordings: &[Recording]) -> Database {
    let mut behaviours: Vec<(Behaviour, Facts)> = Vec::new();
    for recording in recordings {
        let facts = facts(&recording.observations, |_| true);
        let same = behaviours.iter_mut().find(|(known, theirs)| {
            (&known.product, &known.engine, &known.framework)
                == (&recording.product, &recording.engine, &recording.framework)
                && *theirs == facts
        });
        match same {
            Some((known, _)) => merge(known, recording),
            None => behaviours.push((behaviour_of(recording), facts)),
        }
    }
    let mut behaviours: Vec<Behaviour> = behaviours.into_iter().map(|(behaviour, _)| behaviour).collect();
    behaviours.iter_mut().for_each(|known| known.versions.sort_by(|one, other| version_order(one, other)));
    behaviours.sort_by(|one, other| {
        one.product.cmp(&other.product).then_with(|| version_order(&one.versions[0], &other.versions[0]))
    });
    name_twins(&mut behaviours);
    let probe_set = recordings.first().map(|recording| recording.provenance.probe_set.clone()).unwrap_or_default();
    Database { schema: SCHEMA, probe_set, behaviours }
}

fn behaviour_of(recording: &Recording) -> Behaviour {
    Behaviour {
        product: recording.product.clone(),
        engine: recording.engine.clone(),
        framework: recording.framework.clone(),
        versions: vec![recording.version.clone()],
        twins: Vec::new(),
        observations: recording.observations.clone(),
    }
}

fn merge(known: &mut Behaviour, recording: &Recording) {
    known.versions.push(recording.version.clone());
    for (probe, counted) in &recording.observations {
        let sum = known.observations.entry(probe.clone()).or_default();
        for (line, count) in counted {
            *sum.entry(line.clone()).or_default() += count;
        }
    }
}

/// The facts of some kinds that recorded observations amount to.
fn facts(observations: &BTreeMap<String, Counted>, wanted: impl Fn(Kind) -> bool) -> Facts {
    let mut facts = Facts::new();
    for (id, counted) in observations {
        let Some(probe) = id.parse().ok().and_then(|id| probe::find(id).ok()) else { continue };
        for line in counted.keys() {
            let Ok(observation) = line.parse::<Observation>() else { continue };
            for feature in features(probe, &observation).into_iter().filter(|feature| wanted(feature.kind)) {
                facts.entry((id.clone(), feature.kind)).or_default().insert(feature.value);
            }
        }
    }
    facts
}

/// Products that answer all default probes alike name each other on both sides.
fn name_twins(behaviours: &mut [Behaviour]) {
    let others: BTreeSet<String> =
        probe::ALL.iter().filter(|probe| !probe.is_default()).map(|probe| probe.id.to_string()).collect();
    let masked: Vec<Facts> = behaviours
        .iter()
        .map(|behaviour| {
            let mut facts = facts(&behaviour.observations, |kind| kind != Kind::Banner);
            facts.retain(|(probe, _), _| !others.contains(probe));
            facts
        })
        .collect();
    for index in 0..behaviours.len() {
        let twins: BTreeSet<String> = (0..behaviours.len())
            .filter(|&other| masked[other] == masked[index] && behaviours[other].product != behaviours[index].product)
            .map(|other| behaviours[other].product.clone())
            .collect();
        behaviours[index].twins = twins.into_iter().collect();
    }
}

/// Versions by their numbers, so that 8.9 comes before 8.10.
pub(crate) fn version_order(one: &str, other: &str) -> Ordering {
    let parts = |text: &str| -> Vec<Result<u64, String>> {
        let split = text.trim_start_matches('v').split(['.', '-', '+']);
        split.map(|part| part.parse().map_err(|_| part.to_owned())).collect()
    };
    parts(one).cmp(&parts(other)).then_with(|| one.cmp(other))
}
