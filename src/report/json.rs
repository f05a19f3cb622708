//! For programs: own types, versioned apart from everything else.

use serde::Serialize;

use super::{Finding, TargetReport, human};
use crate::database::vocabulary;
use crate::identify::{Answer, Candidate, EngineShare, Evidence};
use crate::scan::{Scan, Stop};

/// The version of this form; fields may be added within one, never changed.
const SCHEMA: u32 = 1;

#[derive(Serialize)]
struct Document {
    schema: u32,
    targets: Vec<Target>,
}

#[derive(Serialize)]
struct Target {
    schema: u32,
    target: String,
    outcome: Outcome,
    error: Option<String>,
    unknown: Option<f64>,
    candidates: Vec<Place>,
    engines: Vec<EnginePlace>,
    evidence: Vec<Reason>,
    protocols: Vec<&'static str>,
    run: Option<RunFacts>,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Identified,
    NotIdentified,
    NotWebsocket,
    Unreachable,
}

#[derive(Serialize)]
struct Place {
    product: String,
    name: String,
    engine: String,
    framework: Option<String>,
    versions: Vec<String>,
    ranges: Vec<String>,
    probability: f64,
    match_percent: f64,
    twins: Vec<String>,
}

#[derive(Serialize)]
struct EnginePlace {
    engine: String,
    probability: f64,
}

#[derive(Serialize)]
struct Reason {
    probe: u16,
    kind: &'static str,
    value: String,
    observation: String,
    bits: f64,
}

#[derive(Serialize)]
struct RunFacts {
    round_trip_ms: f64,
    elapsed_ms: f64,
    connections: u64,
    bytes_sent: u64,
    bytes_received: u64,
    stopped: Option<Stopped>,
    observations: std::collections::BTreeMap<String, String>,
    failures: std::collections::BTreeMap<String, String>,
}

#[derive(Serialize)]
struct Stopped {
    why: &'static str,
    probes: Vec<u16>,
    message: String,
}

/// All targets as one document.
#[must_use]
pub fn document(reports: &[TargetReport]) -> String {
    let document = Document { schema: SCHEMA, targets: reports.iter().map(target).collect() };
    // Plain fields and text keys cannot fail to serialise.
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

/// One target as one line.
#[must_use]
pub fn line(report: &TargetReport) -> String {
    serde_json::to_string(&target(report)).unwrap_or_default() + "\n"
}

fn target(report: &TargetReport) -> Target {
    let (outcome, error, scan, answer) = match &report.finding {
        Finding::Unreachable(why) => (Outcome::Unreachable, Some(why.clone()), None, None),
        Finding::NotWebSocket(scan) => {
            (Outcome::NotWebsocket, Some(human::refusal_in_words(&scan.baseline)), Some(scan), None)
        }
        Finding::WebSocket(scan, answer) => {
            let outcome = if answer.is_unknown() { Outcome::NotIdentified } else { Outcome::Identified };
            (outcome, None, Some(scan), Some(answer))
        }
    };
    let answer: Option<&Answer> = answer.map(AsRef::as_ref);
    Target {
        schema: SCHEMA,
        target: report.target.clone(),
        outcome,
        error,
        unknown: answer.map(|answer| answer.unknown),
        candidates: answer.map(|answer| answer.candidates.iter().map(place).collect()).unwrap_or_default(),
        engines: answer.map(|answer| answer.engines.iter().map(engine).collect()).unwrap_or_default(),
        evidence: answer.map(|answer| answer.evidence.iter().map(reason).collect()).unwrap_or_default(),
        protocols: answer.map(|answer| answer.protocols.clone()).unwrap_or_default(),
        run: scan.map(|scan| run_facts(scan)),
    }
}

fn place(candidate: &Candidate) -> Place {
    Place {
        product: candidate.product.clone(),
        name: vocabulary::name_of(&candidate.product).to_owned(),
        engine: candidate.engine.clone(),
        framework: candidate.framework.clone(),
        versions: candidate.versions.clone(),
        ranges: candidate.ranges.iter().map(ToString::to_string).collect(),
        probability: candidate.probability,
        match_percent: candidate.match_percent,
        twins: candidate.twins.clone(),
    }
}

fn engine(share: &EngineShare) -> EnginePlace {
    EnginePlace { engine: share.engine.clone(), probability: share.probability }
}

fn reason(evidence: &Evidence) -> Reason {
    Reason {
        probe: evidence.feature.probe.number(),
        kind: evidence.feature.kind.name(),
        value: evidence.feature.value.clone(),
        observation: evidence.observation.clone(),
        bits: evidence.bits,
    }
}

fn run_facts(scan: &Scan) -> RunFacts {
    RunFacts {
        round_trip_ms: scan.round_trip.as_secs_f64() * 1000.0,
        elapsed_ms: scan.cost.elapsed.as_secs_f64() * 1000.0,
        connections: scan.cost.connections,
        bytes_sent: scan.cost.sent,
        bytes_received: scan.cost.received,
        stopped: scan.stop.as_ref().map(stopped),
        observations: scan.observations.iter().map(|(id, seen)| (id.to_string(), seen.to_string())).collect(),
        failures: scan.failures.iter().map(|(id, why)| (id.to_string(), why.clone())).collect(),
    }
}

fn stopped(stop: &Stop) -> Stopped {
    let (why, probes) = match stop {
        Stop::Died { after, .. } => ("died", after),
        Stop::Changed { discarded, .. } => ("changed", discarded),
    };
    Stopped { why, probes: probes.iter().map(|id| id.number()).collect(), message: human::stop_in_words(stop) }
}
