//! What must hold for the recordings: named functions, each with its complaints.

use std::path::{Path, PathBuf};

use super::{ProbeSets, Recording, vocabulary};
use crate::observation::Observation;

/// Recordings with the files they were read from.
pub type Files = [(PathBuf, Recording)];

/// A named check and its complaints.
pub type Check = (&'static str, fn(&Files, &ProbeSets) -> Vec<String>);

/// All checks.
pub const CHECKS: &[Check] = &[
    ("a recording's path is its product and version", path_is_name),
    ("a product is in the vocabulary", product_is_known),
    ("every observation is in the notation", observations_read),
    ("every probe is in the recording's set of probes", probes_exist),
    ("counts add up to the runs", counts_add_up),
    ("the set of probes that a recording names is stored", probe_set_is_known),
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

fn observations_read(files: &Files, _: &ProbeSets) -> Vec<String> {
    let mut complaints = Vec::new();
    for (path, recording) in files {
        for (id, line) in
            recording.observations.iter().flat_map(|(id, counted)| counted.keys().map(move |line| (id, line)))
        {
            match line.parse::<Observation>() {
                Ok(observation) if observation.to_string() == *line => {}
                Ok(_) => complaints.push(complain(path, &format!("probe {id}: not as the tool writes it"))),
                Err(error) => complaints.push(complain(path, &format!("probe {id}: {error}"))),
            }
        }
    }
    complaints
}

fn probes_exist(files: &Files, sets: &ProbeSets) -> Vec<String> {
    let mut complaints = Vec::new();
    for (path, recording) in files {
        let set = &recording.provenance.probe_set;
        let is_known = |id: &String| id.parse().is_ok_and(|probe| sets.has(set, probe));
        let unknown = recording.observations.keys().filter(|id| sets.knows(set) && !is_known(id));
        complaints
            .extend(unknown.map(|id| complain(path, &format!("there is no probe `{}` in its set", id.escape_debug()))));
    }
    complaints
}

fn counts_add_up(files: &Files, _: &ProbeSets) -> Vec<String> {
    let mut complaints = Vec::new();
    for (path, recording) in files {
        for (id, counted) in &recording.observations {
            let sum: u32 = counted.values().sum();
            if sum == 0 || sum > recording.runs {
                complaints.push(complain(path, &format!("probe {id}: {sum} observations in {} runs", recording.runs)));
            }
        }
    }
    complaints
}

fn probe_set_is_known(files: &Files, sets: &ProbeSets) -> Vec<String> {
    let wrong = files.iter().filter(|(_, recording)| !sets.knows(&recording.provenance.probe_set));
    wrong
        .map(|(path, recording)| {
            let set = recording.provenance.probe_set.escape_debug();
            complain(path, &format!("there is no fingerprints/probe_sets/{set}.json, the probes it was recorded with"))
        })
        .collect()
}
