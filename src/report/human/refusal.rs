//! Targets that open no WebSocket for us: whose refusals these are.

use std::fmt::Write as _;

use super::banner::write_banners;
use super::style::{FAINT, percent};
use crate::database::vocabulary;
use crate::observation::Observation;
use crate::probe::{self, Probe, ProbeId};
use crate::report::describe::{shorten, summary};
use crate::report::finding::Reached;
use crate::scan::Scan;

/// A product that is less likely is not named as one that refuses.
const LIKELY: f64 = 0.05;

/// The most products that are named so.
const MOST_LIKELY: usize = 4;

/// Who refuses, as far as refusals tell.
pub(super) fn write_refused(out: &mut String, reached: &Reached) {
    let answer = &reached.answer;
    if answer.first().is_empty() {
        write_banners(out, &reached.banners);
        return;
    }
    let likely: Vec<String> = answer
        .candidates
        .iter()
        .take_while(|candidate| candidate.probability >= LIKELY)
        .take(MOST_LIKELY)
        .map(|one| format!("{} ({})", vocabulary::name_of(&one.product), percent(one.probability)))
        .collect();
    let whose = if answer.is_unknown() {
        format!("a server that is not in the database ({})", percent(answer.unknown))
    } else if likely.is_empty() {
        "any of many".to_owned()
    } else {
        likely.join(", ")
    };
    let _ = writeln!(out, "  Refused by   {whose}");
    let handshakes = match reached.scan.observations.len() {
        1 => "one refused handshake".to_owned(),
        several => format!("{several} handshakes"),
    };
    let _ = writeln!(
        out,
        "               {FAINT}from {handshakes} alone: its WebSocket was not heard, so no version is told{FAINT:#}"
    );
    write_banners(out, &reached.banners);
}

/// Polite handshakes that were accepted where the plain one was not.
pub(super) fn write_openers(out: &mut String, scan: &Scan) {
    let drafted = |id: &ProbeId| probe::find(*id).is_ok_and(Probe::speaks_a_draft);
    let opened = |seen: &Observation, id: &ProbeId| seen.reply.is_websocket() || seen.reply.is_upgrade() && drafted(id);
    for (id, observation) in scan.observations.iter().filter(|(id, observation)| opened(observation, id)) {
        let _ = writeln!(out, "  But probe {id} ({}) opened one: {}", summary(*id), shorten(&observation.to_string()));
    }
}
