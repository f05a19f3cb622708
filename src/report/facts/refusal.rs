//! Targets that open no WebSocket for us: whose refusals these are.

use std::collections::BTreeSet;

use super::banner::add_banners;
use super::list::Facts;
use crate::database::vocabulary;
use crate::probe;
use crate::report::cut::shorten;
use crate::report::describe::summary;
use crate::report::finding::Reached;
use crate::report::headline::{list, percent};
use crate::report::opener::{openers, option_of};
use crate::scan::Scan;

/// An engine that is less likely is not told: most of what refuses is an application or a proxy.
const LIKELY: f64 = 0.5;

/// A product that is less likely is not named as one that refuses.
const WORTH_NAMING: f64 = 0.05;

/// Who refuses, where refusals make one likelier than not.
pub(super) fn add_refused(facts: &mut Facts, reached: &Reached) {
    let answer = &reached.answer;
    if !answer.is_unknown() && answer.confidence() >= LIKELY {
        let likely: Vec<String> = answer
            .candidates
            .iter()
            .take_while(|candidate| candidate.probability >= WORTH_NAMING)
            .map(|one| format!("{} {}", vocabulary::name_of(&one.product), percent(one.probability)))
            .collect();
        let handshakes = handshakes_in_words(&reached.scan);
        facts.add("perhaps", format!("{}, by {handshakes} alone", list(&likely)));
    }
    add_banners(facts, reached);
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
pub(super) fn add_openers(facts: &mut Facts, scan: &Scan, asked: &str) {
    let openers = openers(scan);
    for (id, seen) in openers.iter().take(MOST_OPENERS) {
        let text = format!("probe {id} ({}): {}", summary(*id), shorten(&seen.to_string()));
        facts.add("opened by", text);
        if let Some(option) = probe::find(*id).ok().and_then(|probe| option_of(probe, seen, asked)) {
            facts.add("", format!("give {option} to have every probe do so"));
        }
    }
    if openers.len() > MOST_OPENERS {
        facts.add("", format!("and {} more probes", openers.len() - MOST_OPENERS));
    }
}
