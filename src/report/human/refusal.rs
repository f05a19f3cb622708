//! Targets that open no WebSocket for us: whose refusals these are.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::banner::write_banners;
use super::style::{FAINT, percent};
use crate::database::vocabulary;
use crate::probe;
use crate::report::cut::shorten;
use crate::report::describe::summary;
use crate::report::finding::Reached;
use crate::report::opener::{openers, option_of};
use crate::scan::Scan;

/// A product that is less likely is not named as one that refuses.
const LIKELY: f64 = 0.05;

/// The most products that are named so.
const MOST_LIKELY: usize = 4;

/// Who refuses, as far as refusals tell.
pub(super) fn write_refused(out: &mut String, reached: &Reached) {
    let answer = &reached.answer;
    if answer.first().is_empty() {
        write_banners(out, reached);
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
    let handshakes = handshakes_in_words(&reached.scan);
    let _ = writeln!(
        out,
        "               {FAINT}from {handshakes} alone: its WebSocket was not heard, so no version is told{FAINT:#}"
    );
    write_banners(out, reached);
}

/// What a judgement by handshakes is drawn from: one answer is one, however often it was given.
fn handshakes_in_words(scan: &Scan) -> String {
    let answers: BTreeSet<String> = scan.observations.values().map(ToString::to_string).collect();
    match (answers.len(), scan.observations.len()) {
        (_, 1) => "one refused handshake".to_owned(),
        (1, times) => format!("one refusal, given {times} times,"),
        (answers, times) => format!("{answers} answers to {times} handshakes"),
    }
}

/// The most handshakes that are named that were accepted where the plain one was not.
const MOST_OPENERS: usize = 5;

/// Polite handshakes that were accepted where the plain one was not, and what to give to have all be like them.
pub(super) fn write_openers(out: &mut String, scan: &Scan, asked: &str) {
    let openers = openers(scan);
    for (id, seen) in openers.iter().take(MOST_OPENERS) {
        let _ = writeln!(out, "  But probe {id} ({}) opened one: {}", summary(*id), shorten(&seen.to_string()));
        if let Some(option) = probe::find(*id).ok().and_then(|probe| option_of(probe, seen, asked)) {
            let _ = writeln!(out, "               give {option} to have every probe do so");
        }
    }
    if openers.len() > MOST_OPENERS {
        let _ = writeln!(out, "  and {} more probes opened one", openers.len() - MOST_OPENERS);
    }
}
