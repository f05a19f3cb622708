//! Memory: whether it grows with the list, and what a target takes that is under way.

use std::time::Duration;

use anyhow::Result;

use crate::bench::children::FarmProcess;
use crate::bench::farm::Ports;
use crate::bench::list::{FarmTarget, SPARSE, WEBSOCKETS, targets};
use crate::bench::ratios::{Figure, Goal, Row};
use crate::bench::subject::Stews;
use crate::bench::trial::{Goals, Outcome, Trial, figures};

/// Targets at a time.
const CONCURRENCY: usize = 1000;

/// The most mebibytes in all.
const MOST: f64 = 100.0;

/// The most kibibytes for a target that is under way.
const MOST_A_TARGET: f64 = 64.0;

/// So few targets, one at a time, take what there is without any.
const FEW: usize = 4;

/// How long an answer is waited for.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Rows for lists of these lengths. Each begins with as many WebSockets as there may be under way, so that what more is needed for a longer
/// list is its length alone; almost all of the rest are closed ports.
pub fn measure(stews: &Stews, farm: &mut FarmProcess, lengths: &[usize]) -> Result<Vec<Row>> {
    let few = trial(&targets(WEBSOCKETS, &farm.ports, FEW, 0), 1).run(stews, farm)?;
    let mut rows = Vec::new();
    for length in lengths {
        eprintln!("memory: {length} targets …");
        let under_way = CONCURRENCY.min(*length);
        let outcome = trial(&list(&farm.ports, *length), CONCURRENCY).run(stews, farm)?;
        let goals = Goals { peak: Some(Goal::AtMost(MOST)), ..Goals::default() };
        let mut figures = figures(&outcome, &goals);
        figures.insert(0, a_target_under_way(&few, &outcome, under_way));
        rows.push(Row { measure: format!("memory, {length} targets, {under_way} at a time"), figures });
    }
    Ok(rows)
}

fn list(ports: &Ports, length: usize) -> Vec<FarmTarget> {
    let first = CONCURRENCY.min(length);
    let mut list = targets(WEBSOCKETS, ports, first, 0);
    list.extend(targets(SPARSE, ports, length - first, first));
    list
}

const fn trial(targets: &[FarmTarget], concurrency: usize) -> Trial<'_> {
    Trial { targets, detect: false, concurrency, timeout: TIMEOUT, rounds: 1 }
}

/// What is needed beyond what a few targets need, one at a time, by what is under way.
fn a_target_under_way(few: &Outcome, many: &Outcome, under_way: usize) -> Figure {
    let kib = |few: f64, many: f64| (many - few) / under_way.max(1) as f64;
    let floor = kib(few.floor.peak_kib, many.floor.peak_kib);
    Figure::new("KiB a target under way", kib(few.stews.peak_kib, many.stews.peak_kib), Some(floor))
        .with_goal(Goal::AtMost(MOST_A_TARGET))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::farm::Kind;
    use crate::bench::trial::Sample;

    #[test]
    fn each_list_begins_alike_and_goes_on_with_closed_ports() {
        let ports = Ports::default();
        let (short, long) = (list(&ports, 1000), list(&ports, 3000));
        assert_eq!(long[..1000], short);
        assert!(short.iter().all(|target| target.kind.is_websocket()));
        assert_eq!(long[1000..].iter().filter(|target| target.kind == Kind::Closed).count(), 1980);
        assert_eq!(list(&ports, 10).len(), 10);
    }

    #[test]
    fn memory_under_way_is_what_is_more_than_for_a_few() {
        let outcome = |stews: f64, floor: f64| Outcome {
            stews: Sample { peak_kib: stews, ..Sample::default() },
            floor: Sample { peak_kib: floor, ..Sample::default() },
            websockets: 0,
        };
        let figure = a_target_under_way(&outcome(2000.0, 1000.0), &outcome(52_000.0, 6000.0), 1000);
        assert_eq!((figure.stews, figure.floor, figure.met), (50.0, Some(5.0), Some(true)));
    }
}
