//! Who answers, for programs.

use serde::Serialize;

use crate::database::vocabulary;
use crate::identify::{Candidate, EngineShare, VersionRange};

#[derive(Serialize)]
pub(super) struct Place {
    product: String,
    name: String,
    engine: String,
    framework: Option<String>,
    versions: Vec<String>,
    ranges: Vec<RangeFacts>,
    probability: f64,
    with_its_front: f64,
    in_ranges: f64,
    match_percent: f64,
    twins: Vec<String>,
}

/// Releases of one line, from one on and before another, as far as recorded releases that differ bound them.
#[derive(Serialize)]
struct RangeFacts {
    line: String,
    at_least: Option<String>,
    before: Option<String>,
    recorded: Vec<String>,
    newest_release: Option<String>,
}

#[derive(Serialize)]
pub(super) struct EnginePlace {
    engine: String,
    probability: f64,
}

/// A candidate in its own types.
pub(super) fn place(candidate: &Candidate) -> Place {
    Place {
        product: candidate.product.clone(),
        name: vocabulary::name_of(&candidate.product).to_owned(),
        engine: candidate.engine.clone(),
        framework: candidate.framework.clone(),
        versions: candidate.versions.clone(),
        ranges: candidate.ranges.iter().map(range).collect(),
        probability: candidate.probability,
        with_its_front: candidate.with_its_front,
        in_ranges: candidate.in_ranges,
        match_percent: candidate.match_percent,
        twins: candidate.twins.clone(),
    }
}

fn range(range: &VersionRange) -> RangeFacts {
    RangeFacts {
        line: range.line().name().to_owned(),
        at_least: range.at_least().map(str::to_owned),
        before: range.before().map(str::to_owned),
        recorded: range.recorded().map(str::to_owned).collect(),
        newest_release: range.newest_release().map(str::to_owned),
    }
}

/// An engine in its own types.
pub(super) fn engine(share: &EngineShare) -> EnginePlace {
    EnginePlace { engine: share.engine.clone(), probability: share.probability }
}
