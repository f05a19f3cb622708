//! For programs: own types, versioned apart from everything else.

mod answered;
mod beginning;
mod candidates;
mod detected;
mod explained;
mod found;

use serde::Serialize;

use answered::{Answered, answered};
use beginning::{Beginning, beginning};
use candidates::{EnginePlace, LEAST, LeftOut, Place, candidates, engines, left_out, place};
use detected::detected;
use explained::{Explained, explained};
use found::{Found, found};

use super::closing::closed_at_once_in_words;
use super::cut::value as cut_text;
use super::fault::{Fault, fault};
use super::finding::{Finding, TargetReport};
use super::opener::{openers, option_of};
use super::reporter::{Reporter, Totals};
use super::tool::Tool;
use crate::identify::{Banner, Contradiction, Evidence};
use crate::probe;
use crate::scan::{Scan, Stop};
use crate::wire::Close;
use crate::wire::escape::{for_terminal, shorten};

/// The version of this form; fields may be added within one, never changed.
const SCHEMA: u32 = 2;

/// The most of a text where a target has too many long ones, in characters.
const SHORT: usize = 256;

/// The most of one target, in bytes.
const MOST: usize = 1024 * 1024;

/// What is said of one target.
#[derive(Serialize)]
pub(super) struct Target<'a> {
    #[serde(flatten)]
    beginning: Beginning<'a>,
    outcome: Outcome,
    error: Option<Fault>,
    /// Of a target that speaks WebSocket: who answers, as it is said to people.
    answer: Option<Answered>,
    closed_at_once: Option<ClosedAtOnce>,
    opened_by: Vec<Opener>,
    /// The likeliest first; of a target that is no WebSocket they are of who refuses.
    candidates: Vec<Place>,
    /// The candidates that are too unlikely to be told one by one.
    left_out: Option<LeftOut>,
    engines: Vec<EnginePlace>,
    evidence: Vec<Reason>,
    protocols: Vec<&'static str>,
    banners: Vec<BannerFacts>,
    contradictions: Vec<Contradicted>,
    explanation: Option<Explained>,
    /// Only where they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    findings: Option<Vec<Found>>,
    run: Option<RunFacts>,
    /// What was left out or shortened since it would have been too much.
    cut: Vec<&'static str>,
}

#[derive(Serialize)]
struct ClosedAtOnce {
    code: Option<u16>,
    reason: String,
    words: String,
}

/// A probe that opened a WebSocket where the legal handshake did not, and the option that has all do as it does.
#[derive(Serialize)]
struct Opener {
    probe: u16,
    option: Option<String>,
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

/// All targets as one document, of which each part leaves as soon as it is known: whatever ends a run, what is left to do is to close it.
#[derive(Clone, Debug, Default)]
pub struct Json {
    /// What results are made with.
    pub tool: Tool,
    /// Whether candidates of any probability are told.
    pub all_candidates: bool,
}

impl Reporter for Json {
    fn target(&self, report: &TargetReport) -> String {
        // A line break within a text is escaped, so that all are of the layout.
        self.text(report, true).replace('\n', "\n    ")
    }

    fn before(&self, is_first: bool) -> String {
        if is_first { format!("{{\n  \"schema\": {SCHEMA},\n  \"targets\": [\n    ") } else { ",\n    ".to_owned() }
    }

    fn finish(&self, has_targets: bool, totals: &Totals) -> String {
        let end =
            if has_targets { "\n  ]".to_owned() } else { format!("{{\n  \"schema\": {SCHEMA},\n  \"targets\": []") };
        let left = totals.not_looked_at.map_or_else(|| "null".to_owned(), |left| left.to_string());
        let skipped = totals.skipped_lines;
        format!("{end},\n  \"not_looked_at\": {left},\n  \"skipped_lines\": {skipped}\n}}\n")
    }
}

impl Json {
    /// One target as JSON, over several lines or on one.
    pub(super) fn text(&self, report: &TargetReport, pretty: bool) -> String {
        match &report.finding {
            Finding::Detected(detection) => written(&detected(report, detection, &self.tool, SCHEMA), pretty),
            _ => bounded(self.of_target(report), pretty),
        }
    }

    /// One target in its own types, however much it is.
    pub(super) fn of_target(&self, report: &TargetReport) -> Target<'_> {
        let reached = match &report.finding {
            Finding::NotWebSocket(reached) | Finding::WebSocket(reached) => Some(reached.as_ref()),
            Finding::Unreachable(_) | Finding::Detected(_) => None,
        };
        let is_open = matches!(report.finding, Finding::WebSocket(_));
        let answer = reached.map(|reached| &reached.answer);
        let least = if self.all_candidates { 0.0 } else { LEAST };
        let told = answer.map_or(&[][..], |answer| candidates(answer, least));
        let closing = reached.and_then(|reached| reached.scan.closed_at_once());
        let refused = reached.filter(|_| !is_open);
        Target {
            beginning: beginning(report, &self.tool, SCHEMA),
            outcome: outcome(report),
            error: fault(report),
            answer: reached.filter(|_| is_open).map(answered),
            closed_at_once: closing.map(closed_at_once),
            opened_by: refused.map(|reached| opened_by(&reached.scan, &report.target)).unwrap_or_default(),
            candidates: told.iter().map(place).collect(),
            left_out: answer.map(|answer| left_out(&answer.candidates[told.len()..])),
            engines: answer.map(|answer| engines(&answer.engines, least)).unwrap_or_default(),
            evidence: answer.map(|answer| answer.evidence.iter().map(reason).collect()).unwrap_or_default(),
            protocols: answer.map(|answer| answer.protocols.clone()).unwrap_or_default(),
            banners: reached.map(|reached| reached.banners.iter().map(banner).collect()).unwrap_or_default(),
            contradictions: reached
                .map(|reached| reached.contradictions.iter().map(contradicted).collect())
                .unwrap_or_default(),
            explanation: reached.and_then(|reached| reached.explanation.as_ref().map(explained)),
            findings: report.findings().map(found),
            run: reached.map(|reached| run_facts(&reached.scan)),
            cut: Vec::new(),
        }
    }
}

fn outcome(report: &TargetReport) -> Outcome {
    match &report.finding {
        Finding::Unreachable(_) => Outcome::Unreachable,
        // Nothing was seen of it, so nothing is said of it.
        Finding::NotWebSocket(reached) if reached.scan.observations.is_empty() => Outcome::NotIdentified,
        Finding::NotWebSocket(_) => Outcome::NotWebsocket,
        Finding::WebSocket(reached) if reached.is_identified() => Outcome::Identified,
        // Of those that are only looked at, fields of their own tell.
        Finding::WebSocket(_) | Finding::Detected(_) => Outcome::NotIdentified,
    }
}

fn written(value: &impl Serialize, pretty: bool) -> String {
    let text = if pretty { serde_json::to_string_pretty(value) } else { serde_json::to_string(value) };
    // Plain fields and text keys cannot fail to serialise.
    text.unwrap_or_default()
}

/// The text of a target; what makes it more than there is room for, laid out or not, is left out and shortened, what is needed least first.
fn bounded(mut target: Target<'_>, pretty: bool) -> String {
    let text = written(&target, pretty);
    if text.len() <= MOST || target.run.is_none() {
        return text;
    }
    type Step = fn(&mut Target<'_>);
    let steps: [(&'static str, Step); 3] = [
        ("explanation", |target| target.explanation = None),
        ("evidence", |target| {
            target.evidence.truncate(256);
            let reasons = target.evidence.iter_mut();
            reasons.flat_map(|reason| [&mut reason.value, &mut reason.observation]).for_each(cut);
        }),
        ("observations", |target| {
            let run = target.run.iter_mut();
            run.flat_map(|run| run.observations.values_mut().chain(run.failures.values_mut())).for_each(cut);
        }),
    ];
    for (name, step) in steps {
        if written(&target, false).len() <= MOST {
            break;
        }
        step(&mut target);
        target.cut.push(name);
    }
    written(&target, pretty)
}

/// A text cut to a beginning.
fn cut(text: &mut String) {
    *text = shorten(text, SHORT);
}

fn closed_at_once(close: &Close) -> ClosedAtOnce {
    ClosedAtOnce {
        code: close.code,
        reason: cut_text(&for_terminal(&close.reason)),
        words: closed_at_once_in_words(close),
    }
}

fn opened_by(scan: &Scan, asked: &str) -> Vec<Opener> {
    let option = |id, seen| probe::find(id).ok().and_then(|probe| option_of(probe, seen, asked));
    openers(scan).into_iter().map(|(id, seen)| Opener { probe: id.number(), option: option(id, seen) }).collect()
}

fn banner(banner: &Banner) -> BannerFacts {
    BannerFacts {
        text: cut_text(&banner.text),
        version: banner.version.clone(),
        products: banner.products.clone(),
        verdict: banner.verdict.word(),
    }
}

fn contradicted(contradiction: &Contradiction) -> Contradicted {
    Contradicted {
        probe: contradiction.probe.number(),
        first: cut_text(&contradiction.first.to_string()),
        again: cut_text(&contradiction.again.to_string()),
    }
}

fn reason(evidence: &Evidence) -> Reason {
    Reason {
        probe: evidence.feature.probe.number(),
        kind: evidence.feature.kind.name(),
        value: cut_text(&evidence.feature.value),
        observation: cut_text(&evidence.observation),
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
        observations: scan
            .observations
            .iter()
            .map(|(id, seen)| (id.to_string(), cut_text(&seen.to_string())))
            .collect(),
        failures: scan.failures.iter().map(|(id, why)| (id.to_string(), cut_text(&why.to_string()))).collect(),
    }
}

fn stopped(stop: &Stop) -> Stopped {
    let probes = stop.concerned().iter().map(|id| id.number()).collect();
    Stopped { why: stop.kind(), probes, message: cut_text(&stop.to_string()) }
}
