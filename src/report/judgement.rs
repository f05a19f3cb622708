//! Who answers, as every format names it: the same names with the same probability for people and programs.

use std::collections::BTreeSet;

use super::finding::Reached;
use crate::identify::{Answer, Candidate};

/// Products are named where they are this likely with their versions; otherwise what is named is the engine.
const PRODUCT: f64 = 0.8;

/// The most products that are named together.
const MOST_PRODUCTS: usize = 3;

/// What is named of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// Products, with the ranges that their versions are in.
    Product,
    /// Engines: what stands around them is likely not recorded, or nothing tells it.
    Engine,
    /// That no engine of the database explains it.
    Unknown,
    /// Nothing: there is nothing to compare with.
    Nothing,
}

impl Level {
    /// The word for it.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Product => "product",
            Self::Engine => "engine",
            Self::Unknown => "unknown",
            Self::Nothing => "nothing",
        }
    }
}

/// Who answers.
#[derive(Clone, Debug)]
pub(super) struct Judgement<'a> {
    pub(super) level: Level,
    /// The candidates that are likeliest: those that are named, or the nearest of an unknown server.
    pub(super) first: &'a [Candidate],
    /// Their engines, each once, the likeliest first.
    pub(super) engines: Vec<&'a str>,
    /// The probability of all that is named, 0 to 1.
    pub(super) probability: f64,
}

impl<'a> Judgement<'a> {
    /// Whether anything is named.
    pub(super) fn is_named(&self) -> bool {
        self.level != Level::Nothing
    }

    /// That of an answer.
    pub(super) fn of(answer: &'a Answer) -> Self {
        let first = answer.first();
        let mut told = BTreeSet::new();
        let engines = first.iter().map(|candidate| candidate.engine.as_str());
        let engines = engines.filter(|engine| told.insert(*engine)).collect();
        let (level, probability) = level(answer);
        Self { level, first, engines, probability }
    }
}

/// What is named, and how likely that is.
fn level(answer: &Answer) -> (Level, f64) {
    let first = answer.first();
    if first.is_empty() {
        return (Level::Nothing, 0.0);
    }
    if answer.is_unknown() {
        return (Level::Unknown, answer.unknown);
    }
    let product = product_probability(first);
    if first.len() <= MOST_PRODUCTS && product >= PRODUCT {
        return (Level::Product, product);
    }
    (Level::Engine, answer.confidence())
}

/// The probability that it is one of these products, in one of the versions that are named of it.
pub(super) fn product_probability(candidates: &[Candidate]) -> f64 {
    candidates.iter().map(|candidate| candidate.with_its_front * candidate.in_ranges).sum()
}

/// Why a target that speaks WebSocket is not identified; nothing where it is, or where its engine is unknown.
pub(super) fn doubt(reached: &Reached) -> Option<&'static str> {
    let answer = &reached.answer;
    if reached.is_identified() {
        None
    } else if reached.scan.is_cut_short() {
        Some(super::describe::cut_short_in_words(reached.scan.stop.as_ref()))
    } else if !reached.contradictions.is_empty() {
        Some("asked again, it answers otherwise")
    } else if !reached.scan.has_spoken() {
        Some(super::describe::silence_in_words(&reached.scan))
    } else if answer.first().is_empty() {
        Some("no probe that was answered is in the database")
    } else if answer.is_unknown() {
        None
    } else {
        Some("too little tells")
    }
}
