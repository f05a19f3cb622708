//! From all answers to a handshake to expressions, each with what everything recorded that it matches has in common.

use std::collections::BTreeSet;

use regex::bytes::Regex;

use super::answers::{Answer, answers, example};
use super::naming::{Name, Versions};
use super::pattern::Pattern;
use crate::database::{Behaviour, Database};
use crate::observation::Reply;
use crate::probe::Probe;

/// An expression with a name.
#[derive(Clone, Debug)]
pub(super) struct Rule<'a> {
    /// The expression, to be anchored at the beginning.
    pub(super) regex: String,
    /// An answer that it was made from.
    pub(super) example: Vec<u8>,
    /// The behaviours that it matches an answer of.
    pub(super) members: Vec<&'a Behaviour>,
    /// What they have in common.
    pub(super) name: Name<'a>,
}

/// What a text is compared with, as the formats that are exported do it.
pub(super) fn compile(regex: &str) -> Option<Regex> {
    Regex::new(&format!(r"(?-u)\A{regex}")).ok()
}

/// The rules for the answers to a probe, those that name most precisely first.
pub(super) fn rules<'a>(database: &'a Database, probe: &Probe) -> Vec<Rule<'a>> {
    let all = answers(database, probe.id);
    let whole: Vec<(&'a Behaviour, Vec<u8>)> =
        all.iter().filter_map(|answer| Some((answer.behaviour, example(&answer.reply)?))).collect();
    let mut seen = BTreeSet::new();
    let mut rules: Vec<Rule<'a>> = Vec::new();
    for answer in all.iter().filter(|answer| shows_websocket(&answer.reply)) {
        let Some(pattern) = Pattern::of_reply(&answer.reply) else { continue };
        if seen.insert(pattern.regex()) {
            rules.extend(rule(database, answer, &pattern, &whole));
        }
    }
    rules.sort_by_cached_key(|rule| (rule.name.products.len(), rule.members.len(), rule.name.id(), rule.regex.clone()));
    rules
}

fn rule<'a>(
    database: &'a Database,
    answer: &Answer<'a>,
    pattern: &Pattern,
    whole: &[(&'a Behaviour, Vec<u8>)],
) -> Option<Rule<'a>> {
    let regex = pattern.regex();
    let compiled = compile(&regex)?;
    let matched: Vec<&(&'a Behaviour, Vec<u8>)> = whole.iter().filter(|(_, bytes)| compiled.is_match(bytes)).collect();
    let mut members: Vec<&Behaviour> = matched.iter().map(|(behaviour, _)| *behaviour).collect();
    members.dedup();
    let mut name = Name::of(database, &members)?;
    if name.product().is_some()
        && let Some(group) = version_group(&compiled, &matched)
    {
        name.versions = Versions::Said(group);
    }
    Some(Rule { regex, example: example(&answer.reply)?, members, name })
}

/// The group that is the version of the product in each answer, if there is one.
fn version_group(regex: &Regex, matched: &[&(&Behaviour, Vec<u8>)]) -> Option<usize> {
    let is_version = |group: usize, (behaviour, bytes): &(&Behaviour, Vec<u8>)| {
        let found = regex.captures(bytes).and_then(|found| found.get(group).map(|group| group.as_bytes().to_vec()));
        found.is_some_and(|said| behaviour.versions.iter().any(|version| version.as_bytes() == said))
    };
    (1..regex.captures_len()).find(|group| matched.iter().all(|answer| is_version(*group, answer)))
}

/// Whether an answer shows that WebSockets are spoken here. Any server may say no more than `400 Bad Request`, and be none that is known.
pub(super) fn shows_websocket(reply: &Reply) -> bool {
    const WORD: &[u8] = b"websocket";
    let says = |bytes: &[u8]| bytes.to_ascii_lowercase().windows(WORD.len()).any(|part| part == WORD);
    match reply {
        Reply::Usual => true,
        Reply::Nothing => false,
        Reply::Bytes(bytes) => says(bytes),
        Reply::Response { head, body } => {
            let field = head.headers.iter().any(|field| says(field.name.as_bytes()) || says(&field.value));
            matches!(head.status, 101 | 426) || field || says(head.reason.as_bytes()) || says(body)
        }
    }
}
