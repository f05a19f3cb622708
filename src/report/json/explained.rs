//! What `--explain` says, for programs.

use serde::Serialize;

use crate::identify::{Explanation, Named, ProbeEvidence};
use crate::observation::Observation;
use crate::report::cut::value as text;
use crate::report::describe::in_words;

#[derive(Serialize)]
pub(super) struct Explained {
    first: Behaving,
    second: Behaving,
    probes: Vec<Told>,
    deciding: Vec<Decides>,
    turning: Vec<u16>,
}

#[derive(Serialize)]
struct Behaving {
    product: String,
    versions: Vec<String>,
}

#[derive(Serialize)]
struct Told {
    probe: u16,
    bits: f64,
    observed: String,
    words: String,
    first: Option<String>,
    second: Option<String>,
}

#[derive(Serialize)]
struct Decides {
    probe: u16,
    first: String,
    second: String,
}

/// An explanation in its own types.
pub(super) fn explained(explanation: &Explanation) -> Explained {
    let behaving = |named: &Named| Behaving { product: named.product.clone(), versions: named.versions.clone() };
    let line = |seen: &Option<Observation>| seen.as_ref().map(|seen| text(&seen.to_string()));
    let told = |one: &ProbeEvidence| Told {
        probe: one.probe.number(),
        bits: one.bits,
        observed: text(&one.observed.to_string()),
        words: in_words(&one.observed),
        first: line(&one.first),
        second: line(&one.second),
    };
    let decides = explanation.deciding.iter().map(|one| Decides {
        probe: one.probe.number(),
        first: text(&one.first.to_string()),
        second: text(&one.second.to_string()),
    });
    Explained {
        first: behaving(&explanation.first),
        second: behaving(&explanation.second),
        probes: explanation.probes.iter().map(told).collect(),
        deciding: decides.collect(),
        turning: explanation.turning.iter().map(|probe| probe.number()).collect(),
    }
}
