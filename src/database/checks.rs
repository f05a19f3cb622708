//! What must hold for the recordings: named functions, each with its complaints.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{ProbeSets, Recording, vocabulary};
use crate::observation::noted::Noted;
use crate::probe::{self, Probe, ProbeId};

/// Recordings with the files they were read from.
pub type Files = [(PathBuf, Recording)];

/// A named check and its complaints.
pub type Check = (&'static str, fn(&Files, &ProbeSets) -> Vec<String>);

/// All checks.
pub const CHECKS: &[Check] = &[
    ("a recording's path is its product and version", path_is_name),
    ("a product is in the vocabulary", product_is_known),
    ("every observation is written as the tool writes it", observations_are_canonical),
    ("every probe is in the recording's set of probes", probes_exist),
    ("counts add up to the runs", counts_add_up),
    ("a probe of which a server dies is known to kill it", deaths_are_known),
    ("the set of probes that a recording names is stored", probe_sets_are_known),
];

/// The complaints of all checks, each led by the file.
#[must_use]
pub fn check_all(files: &Files, sets: &ProbeSets) -> Vec<String> {
    CHECKS.iter().flat_map(|(_, check)| check(files, sets)).collect()
}

fn complain(path: &Path, what: &str) -> String {
    format!("{}: {what}", path.display())
}

fn path_is_name(files: &Files, _: &ProbeSets) -> Vec<String> {
    let wrong = files.iter().filter(|(path, recording)| !path.ends_with(recording.path()));
    wrong.map(|(path, recording)| complain(path, &format!("belongs at {}", recording.path().display()))).collect()
}

fn product_is_known(files: &Files, _: &ProbeSets) -> Vec<String> {
    let wrong = files.iter().filter(|(_, recording)| vocabulary::find(&recording.product).is_none());
    wrong
        .map(|(path, recording)| {
            let product = recording.product.escape_debug();
            complain(
                path,
                &format!(
                    "`{product}` is not in fingerprints/products.json; write `playground/{product}/server.json` and run \
                     `cargo xtask products`"
                ),
            )
        })
        .collect()
}

fn observations_are_canonical(files: &Files, _: &ProbeSets) -> Vec<String> {
    let mut complaints = Vec::new();
    for (path, recording) in files {
        for (id, answers) in &recording.observations {
            if !answers.seen.keys().all(Noted::is_canonical) {
                complaints.push(complain(path, &format!("probe {id}: not as the tool writes it")));
            }
        }
    }
    complaints
}

fn probes_exist(files: &Files, sets: &ProbeSets) -> Vec<String> {
    let mut complaints = Vec::new();
    for (path, recording) in files {
        let is_known = |probe: ProbeId| {
            let set = recording.probe_set_of(probe);
            !sets.knows(set) || sets.has(set, probe)
        };
        let unknown = recording.observations.keys().filter(|probe| !is_known(**probe));
        complaints.extend(unknown.map(|probe| complain(path, &format!("there is no probe `{probe}` in its set"))));
    }
    complaints
}

/// So that no scan sends by default what a recorded server dies of.
fn deaths_are_known(files: &Files, _: &ProbeSets) -> Vec<String> {
    let mut complaints = Vec::new();
    for (path, recording) in files {
        // Where the name says the language too, that is left out.
        let name = vocabulary::name_of(&recording.product).split(" (").next().unwrap_or_default();
        let kills =
            |probe: &Probe| probe.kills.iter().any(|who| who.split_once(' ').is_some_and(|(who, _)| who == name));
        let is_named = |id: &ProbeId| probe::find(*id).is_ok_and(kills);
        let unnamed = recording.dies_of.iter().filter(|id| !is_named(id));
        complaints.extend(unnamed.map(|id| {
            complain(path, &format!("{name} dies of probe {id}; name it in the probe's `kills`, by name and version"))
        }));
    }
    complaints
}

fn counts_add_up(files: &Files, _: &ProbeSets) -> Vec<String> {
    let mut complaints = Vec::new();
    for (path, recording) in files {
        for (id, answers) in &recording.observations {
            let sum: u32 = answers.seen.values().sum();
            if sum == 0 || sum > recording.runs {
                complaints.push(complain(path, &format!("probe {id}: {sum} observations in {} runs", recording.runs)));
            }
        }
    }
    complaints
}

fn probe_sets_are_known(files: &Files, sets: &ProbeSets) -> Vec<String> {
    let mut complaints = Vec::new();
    for (path, recording) in files {
        let own = recording.observations.values().filter_map(|answers| answers.probe_set.as_deref());
        let named: BTreeSet<&str> = own.chain([recording.provenance.probe_set.as_str()]).collect();
        for set in named.into_iter().filter(|set| !sets.knows(set)) {
            let file = format!("fingerprints/probe_sets/{}.json", set.escape_debug());
            complaints.push(complain(path, &format!("there is no {file}, the probes it was recorded with")));
        }
    }
    complaints
}
