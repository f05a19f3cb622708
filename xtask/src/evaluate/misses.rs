//! What was judged: who was taken for whom, under which condition, and why.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use stews::database::Recording;
use stews::features::{Fact, Kind, Layer, facts};
use stews::identify::Observations;
use stews::report::versions_in_words;

use crate::conditions::stored::Conditioned;
use crate::evaluate::cases::known_facts;
use crate::evaluate::hold_out::Judged;

/// What is said of a miss: how many of the facts that differ most.
const CAUSES: usize = 2;

/// A server whose engine was not named, or the proxy in front of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Miss {
    /// Product and version.
    pub server: String,
    /// The condition.
    pub condition: String,
    /// What was named.
    pub named: String,
    /// Why.
    pub cause: String,
}

/// Runs by true product and named product, none if it was said to be unknown.
pub type Cells = BTreeMap<(String, Option<String>), usize>;

/// What was judged, condition by condition.
#[derive(Debug, Default)]
pub struct Outcomes {
    /// By condition.
    pub cells: BTreeMap<String, Cells>,
    /// True product and version, the ranges that were named and leave it out, and runs.
    pub versions: BTreeMap<(String, String, Vec<String>), usize>,
    /// What was not named, or named wrongly.
    pub misses: BTreeSet<Miss>,
}

/// The name of the condition that recordings are made in.
pub const RECORDED: &str = "recorded";

impl Outcomes {
    /// Notes the answer to a run of a recording.
    pub fn note_run(&mut self, judged: &Judged<'_>, observations: &Observations) {
        self.count(RECORDED, judged);
        let truth = judged.truth;
        if !judged.engine_is_right() {
            self.miss(RECORDED, truth, named_in_words(judged), cause(observations, truth));
        } else if judged.product_is_right() && !judged.version_is_in_range() {
            let candidates = judged.answer.first().iter().filter(|candidate| candidate.product == truth.product);
            let ranges = candidates.map(versions_in_words).collect();
            *self.versions.entry((truth.product.clone(), truth.version.clone(), ranges)).or_default() += 1;
        }
    }

    /// Notes the answer to a scan under a condition, and which proxy was named.
    pub fn note_scan(&mut self, scan: &Conditioned, judged: &Judged<'_>, observations: &Observations) {
        let condition = scan.condition.to_string();
        self.count(&condition, judged);
        let why = || {
            let early = scan.stopped.as_ref().map(|why| format!("the scan ended early ({why}); ")).unwrap_or_default();
            early + &cause(observations, judged.truth)
        };
        if !judged.engine_is_right() {
            self.miss(&condition, judged.truth, named_in_words(judged), why());
        }
        let proxy = judged.proxy();
        if proxy != scan.proxy() {
            self.miss(&condition, judged.truth, format!("in front: {}", proxy.unwrap_or("nothing")), why());
        }
    }

    fn count(&mut self, condition: &str, judged: &Judged<'_>) {
        let cells = self.cells.entry(condition.to_owned()).or_default();
        *cells.entry((judged.truth.product.clone(), named(judged))).or_default() += 1;
    }

    fn miss(&mut self, condition: &str, truth: &Recording, named: String, cause: String) {
        let server = format!("{} {}", truth.product, truth.version);
        self.misses.insert(Miss { server, condition: condition.to_owned(), named, cause });
    }
}

fn named_in_words(judged: &Judged<'_>) -> String {
    named(judged).unwrap_or_else(|| "unknown".to_owned())
}

/// The product that is named: the true one exactly where the answer counts as right, so that cells add up to the figures.
fn named(judged: &Judged<'_>) -> Option<String> {
    let truth = &judged.truth.product;
    if judged.product_is_right() {
        return Some(truth.clone());
    }
    let other = judged.answer.first().iter().find(|candidate| candidate.product != *truth);
    other.filter(|_| !judged.answer.is_unknown()).map(|candidate| candidate.product.clone())
}

/// Why a server was missed: in what its answers differ most from those recorded.
fn cause(observations: &Observations, direct: &Recording) -> String {
    let known = known_facts(direct);
    let mut changed: BTreeMap<(Kind, String), usize> = BTreeMap::new();
    let (mut differ, mut all) = (0, 0);
    for (probe, observation) in observations {
        let strange = |(kind, value): &Fact| {
            known.get(&(*probe, *kind)).is_none_or(|known| known.iter().all(|known| known != value))
        };
        let facts: Vec<_> = facts(observation).into_iter().filter(strange).collect();
        all += 1;
        differ += usize::from(!facts.is_empty());
        for (kind, value) in facts.into_iter().filter(|(kind, _)| kind.layer() != Layer::App) {
            *changed.entry((kind, value.into_owned())).or_default() += 1;
        }
    }
    if differ == 0 {
        return format!("all {all} answers are as recorded: nothing asked tells it from what is named");
    }
    let mut most: Vec<((Kind, String), usize)> = changed.into_iter().collect();
    most.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let most = most.into_iter().take(CAUSES);
    let most: Vec<String> = most.map(|((kind, value), count)| format!("{kind} “{value}” × {count}")).collect();
    format!("{differ} of {all} answers differ from the recording: {}", most.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use stews::probe::ProbeId;

    fn seen(line: &str) -> Observations {
        Observations::from([(ProbeId::new(203), line.parse().unwrap())])
    }

    #[test]
    fn a_miss_says_what_is_not_as_recorded() {
        let direct = Recording::of_runs("ws", "8", &[seen(r#"close 1002 "bad" | fin"#)]);
        assert_eq!(
            cause(&seen(r#"close 1002 "bad" | reset"#), &direct),
            "1 of 1 answers differ from the recording: end of connection “reset” × 1"
        );
        assert!(cause(&seen(r#"close 1002 "bad" | fin"#), &direct).starts_with("all 1 answers are as recorded"));
    }
}
