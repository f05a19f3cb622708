//! Who answers, for programs.

use serde::Serialize;

use crate::database::vocabulary;
use crate::identify::{Answer, Candidate, EngineShare, VersionRange};

/// Candidates of less probability are summed up, unless all are asked for: a target has a hundred of them.
pub(super) const LEAST: f64 = 0.001;

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
pub(super) struct RangeFacts {
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

/// Candidates that are not told one by one.
#[derive(Serialize)]
pub(super) struct LeftOut {
    candidates: usize,
    probability: f64,
}

/// The candidates that are at least so likely, and those that are named first.
pub(super) fn candidates(answer: &Answer, least: f64) -> &[Candidate] {
    let likely = answer.candidates.iter().take_while(|candidate| candidate.probability >= least).count();
    &answer.candidates[..likely.max(answer.first().len())]
}

/// The others.
pub(super) fn left_out(candidates: &[Candidate]) -> LeftOut {
    // A sum over nothing is -0.
    let probability = candidates.iter().map(|candidate| candidate.probability).fold(0.0, |sum, one| sum + one);
    LeftOut { candidates: candidates.len(), probability }
}

/// The engines that are at least so likely, and the first.
pub(super) fn engines(engines: &[EngineShare], least: f64) -> Vec<EnginePlace> {
    let told = engines.iter().enumerate().filter(|(place, share)| *place == 0 || share.probability >= least);
    told.map(|(_, share)| EnginePlace { engine: share.engine.clone(), probability: share.probability }).collect()
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

/// A range in its own types.
pub(super) fn range(range: &VersionRange) -> RangeFacts {
    RangeFacts {
        line: range.line().name().to_owned(),
        at_least: range.at_least().map(str::to_owned),
        before: range.before().map(str::to_owned),
        recorded: range.recorded().map(str::to_owned).collect(),
        newest_release: range.newest_release().map(str::to_owned),
    }
}
