//! What is said of a target in one line.

use super::cut::message;
use super::describe::{cut_short_in_words, refusal_in_words};
use super::finding::{Finding, Reached, TargetReport};
use super::heard::heard_in_words;
use super::judgement::{Judgement, Level, doubt};
use super::versions::versions_briefly;
use crate::database::vocabulary;
use crate::identify::{Answer, Candidate};

/// The most products or engines that are named.
const MOST_NAMES: usize = 3;

/// How good the news is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    /// It was found out.
    Good,
    /// Some of it was.
    Doubt,
    /// There is nothing to find out.
    Bad,
}

/// One line on a target, which stands alone.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Headline {
    pub(super) text: String,
    /// The probability of what is named, 0 to 1, where something is.
    pub(super) probability: Option<f64>,
    /// What is said besides, and is less sure.
    pub(super) besides: Option<String>,
    pub(super) tone: Tone,
}

impl Headline {
    /// That of a report.
    pub(super) fn of(report: &TargetReport) -> Self {
        match &report.finding {
            Finding::Unreachable(why) => Self::new(format!("not reached: {}", message(why)), Tone::Bad),
            Finding::NotWebSocket(reached) if reached.scan.observations.is_empty() => {
                let text = format!("nothing was seen: {}", cut_short_in_words(reached.scan.stop.as_ref()));
                Self::new(text, Tone::Doubt)
            }
            Finding::NotWebSocket(reached) => Self::new(
                format!("not a WebSocket: {}", message(&refusal_in_words(&report.target, &reached.scan))),
                Tone::Bad,
            ),
            Finding::WebSocket(reached) => judged(reached),
            Finding::Detected(detection) => {
                let words = message(&heard_in_words(&detection.heard, &report.target));
                if report.is_websocket() {
                    Self::new(format!("WebSocket: {words}"), Tone::Good)
                } else {
                    Self::new(format!("not a WebSocket: {words}"), Tone::Bad)
                }
            }
        }
    }

    /// The line without its target.
    pub(super) fn line(&self) -> String {
        let probability = self.probability.map(|probability| format!("  {}", percent(probability)));
        let besides = self.besides.as_ref().map(|besides| format!("  {besides}"));
        format!("{}{}{}", self.text, probability.unwrap_or_default(), besides.unwrap_or_default())
    }

    const fn new(text: String, tone: Tone) -> Self {
        Self { text, probability: None, besides: None, tone }
    }
}

/// Who answers, and why that is no more than a guess where it is.
pub(super) fn judged(reached: &Reached) -> Headline {
    let answer = &reached.answer;
    let judgement = Judgement::of(answer);
    let (named, besides) = named(&judgement, answer);
    if reached.is_identified() {
        return Headline { text: named, probability: Some(judgement.probability), besides, tone: Tone::Good };
    }
    let why = doubt(reached);
    let (text, is_named) = match (judgement.level, why) {
        (Level::Nothing, why) => (format!("not identified: {}", why.unwrap_or_default()), false),
        (_, None) => (named, true),
        (Level::Unknown, Some(why)) => (format!("not identified: {why}; {named}"), true),
        (_, Some(why)) => (format!("not identified: {why}; perhaps {named}"), true),
    };
    Headline { text, probability: is_named.then_some(judgement.probability), besides, tone: Tone::Doubt }
}

/// What is named, without its probability, and what is nearest where that is no product.
fn named(judgement: &Judgement<'_>, answer: &Answer) -> (String, Option<String>) {
    let proxy = answer.proxy.as_ref().map(|proxy| format!(" behind {}", vocabulary::name_of(&proxy.product)));
    let behind = proxy.unwrap_or_default();
    match judgement.level {
        Level::Nothing => (String::new(), None),
        Level::Unknown => {
            let nearest = format!("nearest: {}  {}", products(judgement.first), percent(answer.confidence()));
            (format!("unknown WebSocket server{behind}"), Some(nearest))
        }
        Level::Product => (products(judgement.first) + &behind, None),
        Level::Engine => {
            let likely = format!("most like {}", products(judgement.first));
            (format!("engine {}{behind}", list(&judgement.engines)), Some(likely))
        }
    }
}

fn products(candidates: &[Candidate]) -> String {
    let names: Vec<String> = candidates
        .iter()
        .map(|candidate| format!("{} {}", vocabulary::name_of(&candidate.product), versions_briefly(candidate)))
        .collect();
    list(&names)
}

/// Names with `or` between, and how many more there are.
pub(super) fn list<T: AsRef<str>>(names: &[T]) -> String {
    let mut told: Vec<String> = names.iter().take(MOST_NAMES).map(|name| name.as_ref().to_owned()).collect();
    if names.len() > MOST_NAMES {
        told.push(format!("{} others", names.len() - MOST_NAMES));
    }
    told.join(" or ")
}

/// A share in per cent; what is not certain is not told as if it were.
pub(super) fn percent(share: f64) -> String {
    let share = if share < 1.0 { share.min(0.9994) } else { share };
    format!("{:.1} %", 100.0 * share)
}
