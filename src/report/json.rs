//! For programs: own types, versioned apart from everything else.

use serde::Serialize;

use super::describe::{in_words, refusal_in_words};
use super::finding::{Finding, Reached, TargetReport};
use super::reporter::Reporter;
use crate::database::vocabulary;
use crate::identify::{
    Banner, Candidate, Contradiction, EngineShare, Evidence, Explanation, Named, ProbeEvidence, ProxyCandidate,
};
use crate::observation::Observation;
use crate::scan::{Limit, Scan, Stop};

/// The version of this form; fields may be added within one, never changed.
const SCHEMA: u32 = 1;

#[derive(Serialize)]
struct Document {
    schema: u32,
    targets: Vec<Target>,
}

/// What is said of one target.
#[derive(Serialize)]
pub(super) struct Target {
    schema: u32,
    target: String,
    outcome: Outcome,
    error: Option<String>,
    unknown: Option<f64>,
    candidates: Vec<Place>,
    engines: Vec<EnginePlace>,
    edge: Option<EdgePlace>,
    evidence: Vec<Reason>,
    protocols: Vec<&'static str>,
    banners: Vec<BannerFacts>,
    contradictions: Vec<Contradicted>,
    explanation: Option<Explained>,
    recording: Option<serde_json::Value>,
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
    with_its_front: f64,
    match_percent: f64,
    twins: Vec<String>,
}

#[derive(Serialize)]
struct EnginePlace {
    engine: String,
    probability: f64,
}

#[derive(Serialize)]
struct EdgePlace {
    product: String,
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
struct BannerFacts {
    text: String,
    version: Option<String>,
    products: Vec<String>,
    verdict: &'static str,
}

#[derive(Serialize)]
struct Contradicted {
    probe: u16,
    first: String,
    again: String,
}

#[derive(Serialize)]
struct Explained {
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

/// All targets as one document, which is written when the last is done.
#[derive(Default)]
pub struct Json {
    targets: Vec<Target>,
}

impl Reporter for Json {
    fn target(&mut self, report: &TargetReport) -> String {
        self.targets.push(target(report));
        String::new()
    }

    fn finish(&mut self) -> String {
        let document = Document { schema: SCHEMA, targets: std::mem::take(&mut self.targets) };
        // Plain fields and text keys cannot fail to serialise.
        serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
    }
}

/// One target in its own types.
pub(super) fn target(report: &TargetReport) -> Target {
    let (outcome, error, reached) = match &report.finding {
        Finding::Unreachable(why) => (Outcome::Unreachable, Some(why.clone()), None),
        Finding::NotWebSocket(reached) => {
            (Outcome::NotWebsocket, Some(refusal_in_words(&reached.scan.baseline)), Some(reached))
        }
        Finding::WebSocket(reached) if reached.is_identified() => (Outcome::Identified, None, Some(reached)),
        Finding::WebSocket(reached) => (Outcome::NotIdentified, None, Some(reached)),
    };
    let reached: Option<&Reached> = reached.map(AsRef::as_ref);
    let answer = reached.map(|reached| &reached.answer);
    Target {
        schema: SCHEMA,
        target: report.target.clone(),
        outcome,
        error,
        unknown: answer.map(|answer| answer.unknown),
        candidates: answer.map(|answer| answer.candidates.iter().map(place).collect()).unwrap_or_default(),
        engines: answer.map(|answer| answer.engines.iter().map(engine).collect()).unwrap_or_default(),
        edge: answer.and_then(|answer| answer.proxy.as_ref()).map(edge),
        evidence: answer.map(|answer| answer.evidence.iter().map(reason).collect()).unwrap_or_default(),
        protocols: answer.map(|answer| answer.protocols.clone()).unwrap_or_default(),
        banners: reached.map(|reached| reached.banners.iter().map(banner).collect()).unwrap_or_default(),
        contradictions: reached
            .map(|reached| reached.contradictions.iter().map(contradicted).collect())
            .unwrap_or_default(),
        explanation: reached.and_then(|reached| reached.explanation.as_ref().map(explained)),
        // With its keys sorted, as in a file.
        recording: reached.and_then(|reached| serde_json::to_value(reached.recording.as_ref()?).ok()),
        run: reached.map(|reached| run_facts(&reached.scan)),
    }
}

fn banner(banner: &Banner) -> BannerFacts {
    BannerFacts {
        text: banner.text.clone(),
        version: banner.version.clone(),
        products: banner.products.clone(),
        verdict: banner.verdict.word(),
    }
}

fn contradicted(contradiction: &Contradiction) -> Contradicted {
    Contradicted {
        probe: contradiction.probe.number(),
        first: contradiction.first.to_string(),
        again: contradiction.again.to_string(),
    }
}

fn explained(explanation: &Explanation) -> Explained {
    let behaving = |named: &Named| Behaving { product: named.product.clone(), versions: named.versions.clone() };
    let line = |seen: &Option<Observation>| seen.as_ref().map(ToString::to_string);
    let told = |one: &ProbeEvidence| Told {
        probe: one.probe.number(),
        bits: one.bits,
        observed: one.observed.to_string(),
        words: in_words(&one.observed),
        first: line(&one.first),
        second: line(&one.second),
    };
    let decides = explanation.deciding.iter().map(|one| Decides {
        probe: one.probe.number(),
        first: one.first.to_string(),
        second: one.second.to_string(),
    });
    Explained {
        first: behaving(&explanation.first),
        second: behaving(&explanation.second),
        probes: explanation.probes.iter().map(told).collect(),
        deciding: decides.collect(),
        turning: explanation.turning.iter().map(|probe| probe.number()).collect(),
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
        with_its_front: candidate.with_its_front,
        match_percent: candidate.match_percent,
        twins: candidate.twins.clone(),
    }
}

fn engine(share: &EngineShare) -> EnginePlace {
    EnginePlace { engine: share.engine.clone(), probability: share.probability }
}

fn edge(proxy: &ProxyCandidate) -> EdgePlace {
    EdgePlace { product: proxy.product.clone(), probability: proxy.probability }
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
        failures: scan.failures.iter().map(|(id, why)| (id.to_string(), why.to_string())).collect(),
    }
}

fn stopped(stop: &Stop) -> Stopped {
    let (why, probes) = match stop {
        Stop::Died { after, .. } => ("died", after),
        Stop::Changed { discarded, .. } => ("changed", discarded),
        Stop::TurnedAway { discarded, .. } => ("turned_away", discarded),
        Stop::Budget { limit: Limit::Connections(_), discarded } => ("out_of_connections", discarded),
        Stop::Budget { limit: Limit::Received(_), discarded } => ("out_of_bytes", discarded),
        Stop::Budget { limit: Limit::Time(_), discarded } => ("out_of_time", discarded),
        Stop::LocalResources { discarded, .. } => ("local_resources", discarded),
        Stop::Interrupted { discarded } => ("interrupted", discarded),
    };
    Stopped { why, probes: probes.iter().map(|id| id.number()).collect(), message: stop.to_string() }
}
