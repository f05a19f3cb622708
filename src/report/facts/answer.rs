//! Who answers: engine, product, versions, why, proxy.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::banner::add_banners;
use super::list::Facts;
use crate::database::vocabulary;
use crate::identify::{Answer, Candidate, Comparison, ProbeEvidence};
use crate::observation::Observation;
use crate::report::contrast::contrast;
use crate::report::describe::summary;
use crate::report::finding::Reached;
use crate::report::headline::{list, percent};
use crate::report::judgement::{Judgement, Level};
use crate::report::versions::{behaviour_in_words, versions_briefly};

/// The most products that are told of the engine that is named.
const MOST_PRODUCTS: usize = 4;

/// The most reasons that are given.
const MOST_REASONS: usize = 4;

/// Evidence below this many bits is no reason.
const WORTH_TELLING: f64 = 0.5;

/// Products below this probability are not told.
const LEAST: f64 = 0.01;

/// Adds who answers: engine, products, versions, why, proxy, what the server says of itself.
pub(super) fn add_answer(facts: &mut Facts, reached: &Reached) {
    let answer = &reached.answer;
    let judgement = Judgement::of(answer);
    if judgement.level == Level::Nothing {
        add_banners(facts, reached);
        return;
    }
    add_engine(facts, answer, &judgement);
    if judgement.level != Level::Unknown {
        add_products(facts, answer, &judgement);
        add_versions(facts, &judgement);
    }
    reached.why.iter().for_each(|why| add_why(facts, why));
    add_proxy(facts, answer);
    add_banners(facts, reached);
    if !answer.protocols.is_empty() {
        facts.add("protocols", answer.protocols.join(", "));
    }
}

fn add_engine(facts: &mut Facts, answer: &Answer, judgement: &Judgement<'_>) {
    let mut text = format!("{} {}", list(&judgement.engines), percent(answer.confidence()));
    if answer.unknown >= 0.05 {
        let _ = write!(text, "; one that is not in the database {}", percent(answer.unknown));
    }
    facts.add("engine", text);
}

/// The products on the engines that are named, where it is not one that the headline has: those that are likely, and what else it may be.
fn add_products(facts: &mut Facts, answer: &Answer, judgement: &Judgement<'_>) {
    let named = |candidate: &&Candidate| judgement.engines.contains(&candidate.engine.as_str());
    let mine: Vec<&Candidate> = answer.candidates.iter().filter(named).collect();
    let told: Vec<&Candidate> =
        mine.iter().copied().filter(|one| one.with_its_front >= LEAST).take(MOST_PRODUCTS).collect();
    let mut words: Vec<String> = told.iter().map(|candidate| product(candidate)).collect();
    let of = |share: fn(&Candidate) -> f64| mine.iter().map(|candidate| share(candidate)).sum::<f64>();
    let other = (of(|candidate| candidate.probability) - of(|candidate| candidate.with_its_front)).max(0.0);
    if other >= LEAST {
        words.push(format!("an application or framework that is not recorded {}", percent(other)));
    }
    facts.add("product", words.join("; "));
    let twins: Vec<&str> =
        judgement.first.iter().take(1).flat_map(|first| &first.twins).map(|id| vocabulary::name_of(id)).collect();
    if !twins.is_empty() && judgement.first.len() == 1 {
        facts.add("", format!("no default probe tells it from {}", list(&twins)));
    }
}

fn product(candidate: &Candidate) -> String {
    let framework = candidate.framework.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
    format!("{}{framework} {}", vocabulary::name_of(&candidate.product), percent(candidate.with_its_front))
}

/// What is recorded of the versions that are named, what is inferred from that, and what is not known.
fn add_versions(facts: &mut Facts, judgement: &Judgement<'_>) {
    if judgement.level == Level::Engine && judgement.first.len() > MOST_PRODUCTS {
        return;
    }
    let is_one = judgement.first.len() == 1;
    for candidate in judgement.first.iter().take(MOST_PRODUCTS) {
        let name = if is_one { String::new() } else { format!("{} ", vocabulary::name_of(&candidate.product)) };
        let mut text = format!("{name}{}: {}", versions_briefly(candidate), behaviour_in_words(candidate));
        if candidate.in_ranges < 0.995 {
            let _ = write!(text, "; {} if it is this product", percent(candidate.in_ranges));
        }
        facts.add("version", text);
    }
}

/// Why it is the first and not the second, and what speaks against that: a sentence for each probe.
fn add_why(facts: &mut Facts, why: &Comparison) {
    let second = vocabulary::name_of(&why.second.product);
    let told = |sign: f64| why.probes.iter().filter(move |one: &&ProbeEvidence| one.bits * sign > WORTH_TELLING);
    let reasons = |sign, whose: fn(&ProbeEvidence) -> &Option<Observation>, name: &str| {
        let mut said = BTreeSet::new();
        let all = told(sign).filter_map(|one| Some((one, reason(one, whose(one).as_ref()?, name))));
        // One reason is one, however many probes show it.
        all.filter(move |(_, text)| said.insert(text.clone())).collect::<Vec<_>>()
    };
    let first = vocabulary::name_of(&why.first.product);
    let sides = [
        ("why", reasons(1.0, |one| &one.second, second), MOST_REASONS),
        ("against", reasons(-1.0, |one| &one.first, first), MOST_REASONS / 2),
    ];
    for (label, reasons, most) in sides {
        for (place, (one, text)) in reasons.into_iter().take(most).enumerate() {
            let sent = format!("{} ({})", summary(one.probe), one.probe);
            facts.add_about(if place == 0 { label } else { "" }, sent, text);
        }
    }
}

/// What it did, and what another would have done.
fn reason(one: &ProbeEvidence, usual: &Observation, name: &str) -> String {
    let (mine, theirs) = contrast(&one.observed, usual);
    format!("it {mine}; {name} {theirs}")
}

fn add_proxy(facts: &mut Facts, answer: &Answer) {
    let text = match &answer.proxy {
        Some(proxy) => format!(
            "{} {}; what it changes counts for nothing",
            vocabulary::name_of(&proxy.product),
            percent(proxy.probability)
        ),
        None => "none seen".to_owned(),
    };
    facts.add("proxy", text);
}
