use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use super::*;
use crate::database::{Recording, derive};
use crate::identify::cells::MIN_IN_CELL;
use crate::identify::columns::UNSEEN_ANSWER;
use crate::identify::index::AnswerClasses;
use crate::identify::tests::generated::{Case, cases};
use crate::identify::{Calibration, entropy};
use crate::probe::{ProbeId, find};

/// A matcher, and where a target stands as these say.
fn with_cell<T>(recordings: &[Recording], shares: &[f64], then: impl FnOnce(&Matcher<'_>, &HypothesisCell) -> T) -> T {
    let database = derive(recordings, &[]);
    let matcher = Matcher::calibrated(&database, Calibration::cautious());
    let behaviour = |recording: &Recording| {
        let mine = |known: &crate::database::Behaviour| {
            known.product == recording.product && known.versions.contains(&recording.version)
        };
        BehaviourId::nth(database.behaviours.iter().position(mine).unwrap())
    };
    let [unknown, of_known @ ..] = shares else { panic!("{shares:?}") };
    let all: f64 = shares[..=recordings.len()].iter().sum();
    let mut shares: BTreeMap<BehaviourId, f64> = BTreeMap::new();
    for (recording, share) in recordings.iter().zip(of_known) {
        *shares.entry(behaviour(recording)).or_default() += share / all;
    }
    let known = shares.into_iter().map(|(behaviour, recorded)| {
        let (engine, product) = (matcher.index.engine_of(behaviour), matcher.index.product_of(behaviour));
        CellBehaviour { behaviour, engine, product, recorded, other_front: 0.0 }
    });
    let mut known: Vec<CellBehaviour> = known.collect();
    known.sort_by_key(CellBehaviour::order);
    then(&matcher, &HypothesisCell { known, unknown: unknown / all })
}

fn recorded(product: &str, lines: &[(u16, &str)]) -> Recording {
    let run = lines.iter().map(|(probe, line)| (ProbeId::new(*probe), line.parse().unwrap())).collect();
    Recording::of_runs(product, "1", &[run])
}

fn probe(number: u16) -> &'static Probe {
    find(ProbeId::new(number)).unwrap()
}

/// What is expected of a probe once others were played.
fn gain_after(matcher: &Matcher<'_>, cell: &HypothesisCell, before: &[u16], then: u16) -> f64 {
    let mut cells = vec![cell.clone()];
    for number in before {
        cells = matcher.split(cells, probe(*number));
    }
    cells.iter().map(|cell| gain_in(matcher, cell, probe(then))).sum()
}

fn gain_in(matcher: &Matcher<'_>, cell: &HypothesisCell, probe: &Probe) -> f64 {
    let classes = matcher.index.answer_classes(probe.id);
    classes.map_or(0.0, |classes| cell.gain(probe, classes, &mut Scratch::default()))
}

fn share_of(cells: &[HypothesisCell], behaviour: BehaviourId) -> f64 {
    let mine = |cell: &HypothesisCell| {
        cell.known.iter().filter(|one| one.behaviour == behaviour).map(CellBehaviour::all).sum::<f64>()
    };
    cells.iter().map(mine).sum()
}

/// 203 tells ws from gorilla, and tornado was not asked; 204 tells tornado from the others.
fn partly_asked() -> [Recording; 3] {
    [
        recorded("ws", &[(203, "| fin"), (204, "| fin"), (205, "| fin")]),
        recorded("gorilla", &[(203, "| alive"), (204, "| fin")]),
        recorded("tornado", &[(204, "| alive"), (205, "| fin")]),
    ]
}

#[test]
fn what_was_not_asked_gains_nothing() {
    let with = |recordings: &[Recording], shares: &[f64]| {
        with_cell(recordings, shares, |matcher, cell| gain_in(matcher, cell, probe(203)))
    };
    let all = partly_asked();
    let (gain, of_two) = (with(&all, &[0.0, 0.25, 0.25, 0.5]), with(&all[..2], &[0.0, 0.5, 0.5]));
    assert!((gain - 0.5).abs() < 1e-9 && (of_two - 1.0).abs() < 1e-9, "half of it is about the two: {gain} {of_two}");
}

#[test]
fn who_was_not_asked_a_probe_is_not_told_apart_by_it() {
    with_cell(&partly_asked(), &[0.0, 1.0, 1.0, 1.0], |matcher, cell| {
        let before = gain_after(matcher, cell, &[], 204);
        assert!((gain_after(matcher, cell, &[203], 204) - before).abs() < 1e-9, "{before}");
        assert!(before > 0.9 && gain_after(matcher, cell, &[204], 204).abs() < 1e-9);
    });
}

#[test]
fn who_was_not_asked_is_where_the_answers_are_likely() {
    with_cell(&partly_asked(), &[0.0, 3.0, 1.0, 4.0], |matcher, cell| {
        let tornado = BehaviourId::nth(1);
        let cells = matcher.split(vec![cell.clone()], probe(203));
        let mut shares: Vec<f64> = cells.iter().map(|cell| share_of(std::slice::from_ref(cell), tornado)).collect();
        shares.sort_by(f64::total_cmp);
        assert!((shares[0] - 0.125).abs() < 1e-9 && (shares[1] - 0.375).abs() < 1e-9, "{shares:?}");
    });
}

#[test]
fn a_probe_that_nobody_left_was_asked_splits_nothing() {
    with_cell(&partly_asked(), &[1.0, 0.0, 0.0, 1.0], |matcher, cell| {
        let known = cell.known.iter().copied().filter(|one| one.all() > 0.0).collect();
        let cell = HypothesisCell { known, ..*cell };
        let cells = matcher.split(vec![cell.clone()], probe(203));
        assert_eq!(cells.len(), 1);
        let shares = |cell: &HypothesisCell| cell.known.iter().map(CellBehaviour::all).collect::<Vec<f64>>();
        assert_eq!((shares(&cells[0]), cells[0].unknown), (shares(&cell), cell.unknown));
        assert!(gain_in(matcher, &cell, probe(203)).abs() < 1e-9);
    });
}

/// How many bits more a probe may gain once others were played.
const SLACK: f64 = 0.1;

/// Some shares of an unknown server and of recordings.
fn shares() -> impl Strategy<Value = Vec<f64>> {
    vec(prop_oneof![1 => Just(0.001), 4 => 0.01f64..1.0], 19)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_split_creates_and_loses_no_behaviour(case in cases(), shares in shares(), which: Index) {
        with_cell(&case.recordings, &shares, |matcher, cell| {
            let number = which.get(&probes_of(&case)).number();
            let cells = matcher.split(vec![cell.clone()], probe(number));
            // But for what is too little to be counted.
            let dropped = 1e-9 + MIN_IN_CELL * matcher.index.answer_classes(ProbeId::new(number)).map_or(0, |classes| classes.classes().len()) as f64;
            for one in &cell.known {
                prop_assert!((share_of(&cells, one.behaviour) - one.all()).abs() < dropped, "{cell:?} {cells:?}");
            }
            let unknown: f64 = cells.iter().map(|cell| cell.unknown).sum();
            prop_assert!(unknown <= cell.unknown + 1e-9, "{cell:?} {cells:?}");
            let classes = matcher.index.answer_classes(ProbeId::new(number));
            let is_asked = |classes: &AnswerClasses| cell.known.iter().any(|one| classes.class_of(one.behaviour).is_some());
            match classes.filter(|classes| is_asked(classes)) {
                None => prop_assert!((unknown - cell.unknown).abs() < 1e-9, "{cell:?} {cells:?}"),
                Some(classes) if classes.classes().len() == cells.len() => {
                    let of_answers = cell.unknown * (1.0 - UNSEEN_ANSWER);
                    prop_assert!((unknown - of_answers).abs() < 1e-9, "{cell:?} {cells:?}");
                }
                // What is left out gains nothing, whatever is asked.
                Some(_) => prop_assert!(unknown < cell.unknown),
            }
            Ok(())
        })?;
    }

    /// However many probes are played, they tell no more than there is to know.
    #[test]
    fn no_more_is_gained_than_there_is_to_know(case in cases(), shares in shares(), order in Just((0..12).collect::<Vec<usize>>()).prop_shuffle()) {
        with_cell(&case.recordings, &shares, |matcher, cell| {
            let probes = probes_of(&case);
            let order: Vec<u16> = order.iter().filter_map(|place| Some(probes.get(*place)?.number())).take(3).collect();
            let gains: Vec<f64> = (0..order.len()).map(|count| gain_after(matcher, cell, &order[..count], order[count])).collect();
            let all = entropy(cell.unknown, 1.0) + cell.known.iter().map(|one| entropy(one.all(), 1.0)).sum::<f64>();
            prop_assert!(gains.iter().all(|gain| gain.is_finite() && *gain >= 0.0), "{gains:?}");
            prop_assert!(gains.iter().sum::<f64>() <= all + 1e-9, "{gains:?} of {all}");
            Ok(())
        })?;
    }

    /// What others gained is not gained again, so that what a probe was worth before is nearly a bound. It is not quite, since an answer
    /// says little of an engine or product whose versions answer in different ways, until another answer tells these apart.
    #[test]
    fn a_probe_gains_hardly_more_once_others_were_played(case in cases(), shares in shares(), order in Just((0..12).collect::<Vec<usize>>()).prop_shuffle()) {
        with_cell(&case.recordings, &shares, |matcher, cell| {
            let probes = probes_of(&case);
            let order: Vec<u16> = order.iter().filter_map(|place| Some(probes.get(*place)?.number())).take(3).collect();
            let Some((last, before)) = order.split_last() else { return Ok(()) };
            let gains: Vec<f64> = (0..=before.len()).map(|count| gain_after(matcher, cell, &before[..count], *last)).collect();
            prop_assert!(gains.is_sorted_by(|sooner, later| *later <= *sooner + SLACK), "{gains:?}");
            Ok(())
        })?;
    }

    /// Where a product was not asked a probe, no version of it, the probe is expected to tell no more than where it was. That does not hold
    /// of one version: where two versions of a product answer otherwise, the probe tells little about the product, and once one of them
    /// was not asked, the product looks as if it always answered as the other does. Neither does it where an unknown server is likely: how
    /// that answers is told by those that were asked.
    #[test]
    fn a_probe_that_fewer_products_were_asked_gains_no_more(case in cases(), shares in shares(), which: Index, whose: Index) {
        let case = case.steady();
        let probe = *which.get(&probes_of(&case));
        let product = whose.get(&case.recordings).product.clone();
        let shares = [&[0.0], &shares[1..]].concat();
        let gain = |recordings: &[Recording]| {
            with_cell(recordings, &shares, |matcher, cell| gain_in(matcher, cell, find(probe).unwrap()))
        };
        let (all, fewer) = (gain(&case.recordings), gain(&case.without(probe, |recording| recording.product == product)));
        prop_assert!(fewer <= all + 1e-9, "{probe} without {product}: {fewer} > {all}");
    }
}

/// The probes that anyone was asked.
fn probes_of(case: &Case) -> Vec<ProbeId> {
    let asked = case.recordings.iter().flat_map(|recording| recording.observations.keys().copied());
    let asked: std::collections::BTreeSet<ProbeId> = asked.chain([ProbeId::BASELINE]).collect();
    asked.into_iter().collect()
}
