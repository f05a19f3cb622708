//! For people and `grep`: one line a target.

use super::cut::{message, quoted_url};
use super::describe::{cut_short_in_words, refusal_in_words};
use super::finding::{Finding, Reached, TargetReport};
use super::heard::heard_in_words;
use super::reporter::Reporter;
use super::versions::versions_in_words;
use crate::database::vocabulary;
use crate::identify::Answer;

/// The most products that are named for one target.
const MOST_NAMES: usize = 3;

/// One line a target, its parts two spaces apart: the URL, who answers there, how likely that is. Where it was not identified, why, behind `not`.
#[derive(Debug, Default)]
pub struct Line;

impl Reporter for Line {
    fn target(&self, report: &TargetReport) -> String {
        let words = match &report.finding {
            Finding::Unreachable(why) => format!("not reached: {}", message(why)),
            Finding::NotWebSocket(reached) if reached.scan.observations.is_empty() => {
                format!("not seen: {}", cut_short_in_words(reached.scan.stop.as_ref()))
            }
            Finding::NotWebSocket(reached) => {
                format!("not a WebSocket: {}", message(&refusal_in_words(&report.target, &reached.scan)))
            }
            Finding::WebSocket(reached) => judgement(reached),
            Finding::Detected(detection) if report.is_websocket() => {
                format!("WebSocket: {}", message(&heard_in_words(&detection.heard, &report.target)))
            }
            Finding::Detected(detection) => {
                format!("not a WebSocket: {}", message(&heard_in_words(&detection.heard, &report.target)))
            }
        };
        format!("{}  {words}{}\n", quoted_url(&report.target), findings(report))
    }
}

/// What it does wrong, where that was asked for.
fn findings(report: &TargetReport) -> String {
    let Some(findings) = report.findings() else { return String::new() };
    let ids: Vec<&str> = findings.found.iter().map(|finding| finding.rule.id).collect();
    match ids.len() {
        0 => "  no findings".to_owned(),
        1 => format!("  1 finding: {}", ids[0]),
        count => format!("  {count} findings: {}", ids.join(", ")),
    }
}

/// Who answers, or why that cannot be said.
fn judgement(reached: &Reached) -> String {
    let answer = &reached.answer;
    if reached.is_identified() {
        return format!("{}  {}", named(answer), percent(answer.confidence()));
    }
    let why = if reached.scan.is_cut_short() {
        cut_short_in_words(reached.scan.stop.as_ref()).to_owned()
    } else if !reached.contradictions.is_empty() {
        "it contradicts itself".to_owned()
    } else if answer.first().is_empty() {
        "nothing to compare it with".to_owned()
    } else if answer.is_unknown() {
        format!("an engine that is not in the database ({})", percent(answer.unknown))
    } else {
        "too little to be sure".to_owned()
    };
    if answer.first().is_empty() {
        return format!("not identified: {why}");
    }
    format!("not identified: {why}; the nearest is {}  {}", named(answer), percent(answer.confidence()))
}

/// The engine, and the products that it may be in with their versions.
fn named(answer: &Answer) -> String {
    let mut engines: Vec<&str> = answer.first().iter().map(|candidate| candidate.engine.as_str()).collect();
    engines.dedup();
    engines.truncate(MOST_NAMES);
    let named = answer.first().iter().take(MOST_NAMES);
    let products: Vec<String> = named
        .map(|candidate| format!("{} {}", vocabulary::name_of(&candidate.product), versions_in_words(candidate)))
        .collect();
    let more = match answer.first().len().saturating_sub(MOST_NAMES) {
        0 => String::new(),
        others => format!(" or {others} others"),
    };
    let behind = answer.proxy.as_ref().map(|proxy| format!(" behind {}", vocabulary::name_of(&proxy.product)));
    format!("{}  {}{more}{}", engines.join(" or "), products.join(" or "), behind.unwrap_or_default())
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}
