//! Scans that end after a few probes: whether answers are as sure as they are right, however early they are asked for.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use stews::database::version_order;
use stews::identify::{Calibration, Mask, Matcher, Policy};

use crate::evaluate::hold_out::{self, Case, HoldOut, Judged, Known};
use crate::evaluate::ratio::Ratio;
use crate::evaluate::statistics::{Prediction, calibration_error, rounded};

/// After how many probes, the baseline among them, scans are cut short.
const PROBES: [usize; 9] = [1, 2, 3, 5, 8, 12, 20, 30, 40];

/// Scans cut short after so many probes, of the newest and the oldest version of each product.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CutShort {
    /// How many probes were played, the baseline among them.
    pub probes: usize,
    /// The expected calibration error at the level of engines, known and unknown servers weighted as the matcher's priors have them.
    pub calibration_error: f64,
    /// The run left out: the engine is named first.
    pub run: Ratio,
    /// The run left out: another engine is identified (exit 0).
    pub run_somebody_else: Ratio,
    /// The product left out: the engine is named first.
    pub product: Ratio,
    /// The product left out: another engine is identified (exit 0).
    pub product_somebody_else: Ratio,
    /// The engine left out: the server is said to be unknown.
    pub engine: Ratio,
    /// The engine left out: another engine is identified (exit 0).
    pub engine_somebody_else: Ratio,
}

/// What was said after some probes.
#[derive(Clone, Copy)]
struct Said {
    confidence: f64,
    is_right: bool,
    is_somebody_else: bool,
}

/// Judges scans cut short, each engine with the numbers for it.
pub fn measure(cases: &[Case<'_>], whole: &Known<'_>, numbers: impl Fn(&str) -> Calibration + Sync) -> Vec<CutShort> {
    let chosen = newest_and_oldest(cases);
    let said = [HoldOut::Run, HoldOut::Product, HoldOut::Engine]
        .map(|held| hold_out::each_distinct(&chosen, whole, held, &numbers, |case, matcher| cut(case, matcher, held)));
    let priors = Calibration::measured();
    (0..PROBES.len()).map(|place| count(place, &said, priors)).collect()
}

/// The first runs of the newest and of the oldest version of each product.
fn newest_and_oldest<'a>(cases: &[Case<'a>]) -> Vec<Case<'a>> {
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for case in cases.iter().filter(|case| case.is_first_run()) {
        versions.entry(&case.truth.product).or_default().push(&case.truth.version);
    }
    let mut ends: BTreeSet<(&str, &str)> = BTreeSet::new();
    for (product, mut versions) in versions {
        versions.sort_by(|one, other| version_order(one, other));
        ends.extend([versions.first(), versions.last()].into_iter().flatten().map(|version| (product, *version)));
    }
    cases.iter().filter(|case| case.is_first_run() && ends.contains(&case.name())).map(Case::again).collect()
}

/// The answers after each of [`PROBES`], in the order in which the matcher asks.
fn cut(case: &Case<'_>, matcher: &Matcher<'_>, held: HoldOut) -> Vec<Said> {
    let most = PROBES[PROBES.len() - 1];
    let order = case.asked(matcher, &Policy { most, ..Policy::eager() });
    let mut all: Vec<(usize, Said)> = Vec::new();
    for probes in PROBES.map(|probes| probes.min(order.len())) {
        let said = match all.last() {
            // Nothing more could be asked.
            Some((before, said)) if *before == probes => *said,
            _ => Said::of(&after(case, matcher, &order[..probes]), held),
        };
        all.push((probes, said));
    }
    all.into_iter().map(|(_, said)| said).collect()
}

fn after<'a>(case: &Case<'a>, matcher: &Matcher<'_>, probes: &[stews::probe::ProbeId]) -> Judged<'a> {
    let answer = matcher.identify(&case.seen_of(probes), Mask::default());
    Judged { truth: case.truth, answer, asked: probes.to_vec() }
}

impl Said {
    fn of(judged: &Judged<'_>, held: HoldOut) -> Self {
        let is_right = if held == HoldOut::Engine { judged.answer.is_unknown() } else { judged.engine_is_right() };
        Self { confidence: judged.confidence(), is_right, is_somebody_else: judged.is_wrongly_identified() }
    }
}

/// The figures at a place of [`PROBES`], of answers with the run, the product and the engine left out.
fn count(place: usize, said: &[Vec<Vec<Said>>; 3], priors: &Calibration) -> CutShort {
    let at = said.each_ref().map(|cases| cases.iter().map(|case| case[place]).collect::<Vec<Said>>());
    let known = 1.0 - priors.unknown_prior;
    let masses = [known * (1.0 - priors.other_front_prior), known * priors.other_front_prior, priors.unknown_prior];
    let predictions = at.iter().zip(masses).flat_map(|(all, mass)| {
        let weight = mass / all.len().max(1) as f64;
        all.iter().map(move |one| Prediction { confidence: one.confidence, right: one.is_right, weight })
    });
    let [run, product, engine] = at.each_ref().map(|all| Ratio::of(all, |one| one.is_right));
    let wrong = at.each_ref().map(|all| Ratio::of(all, |one| one.is_somebody_else));
    CutShort {
        probes: PROBES[place],
        calibration_error: rounded(calibration_error(&predictions.collect::<Vec<Prediction>>()), 4),
        run,
        run_somebody_else: wrong[0],
        product,
        product_somebody_else: wrong[1],
        engine,
        engine_somebody_else: wrong[2],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(confidence: f64, is_right: bool, is_somebody_else: bool) -> Vec<Said> {
        vec![Said { confidence, is_right, is_somebody_else }; PROBES.len()]
    }

    #[test]
    fn unknown_servers_weigh_what_the_prior_says_however_many_they_are() {
        let priors = Calibration { unknown_prior: 0.2, other_front_prior: 0.5, ..Calibration::cautious() };
        // All are sure; the known ones rightly, the unknown ones wrongly.
        let all = [vec![said(1.0, true, false); 9], vec![said(1.0, true, false); 3], vec![said(1.0, false, true); 5]];
        let counted = count(2, &all, &priors);
        assert_eq!(
            (counted.probes, counted.run, counted.engine_somebody_else),
            (3, Ratio { count: 9, of: 9 }, Ratio { count: 5, of: 5 })
        );
        assert!((counted.calibration_error - 0.2).abs() < 1e-9, "{counted:?}");
    }
}
