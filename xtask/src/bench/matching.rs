//! What it takes to choose probes and to identify, a target: recorded servers, asked step by step as on the wire, without a wire.

use std::time::{Duration, Instant};

use anyhow::Result;
use stews::database::Database;
use stews::identify::{Matcher, Observations, Policy};
use stews::probe::{Probe, ProbeId, gentle_set};

use crate::bench::ratios::{Figure, Goal, Row};
use crate::evaluate::hold_out::{self, Case};
use crate::evaluate::statistics::quantile;
use crate::support::recordings;

/// How many servers are looked at, spread over all that are recorded.
const SERVERS: usize = 120;

/// How often each target is looked at; the least of its times counts, since whatever else runs only adds to it.
const REPEATS: u8 = 3;

/// The most milliseconds that a target may take.
const MOST_A_TARGET: f64 = 1.0;

/// What a target took.
#[derive(Clone, Copy, Debug, Default)]
struct Spent {
    /// Choosing what to ask next, at all steps.
    choosing: Duration,
    /// Identifying it at the end.
    identifying: Duration,
    /// Choosing what to ask again, and comparing what it says of itself.
    checking: Duration,
}

impl Spent {
    fn all(&self) -> Duration {
        self.choosing + self.identifying + self.checking
    }
}

/// Rows for each way to remember what was chosen.
pub fn measure() -> Result<Vec<Row>> {
    let (database, recordings) = (Database::embedded()?, recordings::load_all()?);
    let mut cases = hold_out::cases(&recordings);
    cases.retain(|case| case.is_first_run() && case.observations.contains_key(&ProbeId::BASELINE));
    let step = cases.len().div_ceil(SERVERS).max(1);
    let cases: Vec<Case<'_>> = cases.into_iter().step_by(step).collect();
    let matcher = Matcher::new(&database);
    // What the matcher works out once, whoever is asked, is no target's.
    for case in &cases {
        look(&matcher, case);
    }
    let alone = |case: &Case<'_>| least((0..REPEATS).map(|_| look_anew(&matcher, case)));
    let known = |case: &Case<'_>| least((0..REPEATS).map(|_| look_again(&matcher, case)));
    let rows = [
        ("nothing remembered", cases.iter().map(alone).collect::<Vec<_>>()),
        ("one memo, empty at first", filling(&matcher, &cases)),
        ("one memo, all known", cases.iter().map(known).collect()),
    ];
    let row = |(memo, spent): (&str, Vec<Spent>)| Row {
        measure: format!("matching, {memo}, {} servers", spent.len()),
        figures: figures(&spent),
    };
    Ok(rows.into_iter().map(row).collect())
}

/// Looks at all, one after the other, where nothing is remembered at first: some targets answer like others before them.
fn filling(matcher: &Matcher<'_>, cases: &[Case<'_>]) -> Vec<Spent> {
    let pass = |_| {
        matcher.forget();
        cases.iter().map(|case| look(matcher, case)).collect::<Vec<_>>()
    };
    let passes: Vec<Vec<Spent>> = (0..REPEATS).map(pass).collect();
    (0..cases.len()).map(|place| least(passes.iter().map(|pass| pass[place]))).collect()
}

/// Looks at a target where nothing is remembered.
fn look_anew(matcher: &Matcher<'_>, case: &Case<'_>) -> Spent {
    matcher.forget();
    look(matcher, case)
}

/// Looks at a target that answers as the one before.
fn look_again(matcher: &Matcher<'_>, case: &Case<'_>) -> Spent {
    look(matcher, case);
    look(matcher, case)
}

/// The look that took least.
fn least(looks: impl Iterator<Item = Spent>) -> Spent {
    looks.min_by_key(Spent::all).unwrap_or_default()
}

/// Asks a recorded server step by step, and identifies it as the command line does.
fn look(matcher: &Matcher<'_>, case: &Case<'_>) -> Spent {
    let available: Vec<&'static Probe> =
        gentle_set().into_iter().filter(|probe| case.observations.contains_key(&probe.id)).collect();
    let mut seen: Observations = case.seen_of(&[ProbeId::BASELINE]);
    let mut spent = Spent::default();
    loop {
        let next = timed(&mut spent.choosing, || matcher.next(&seen, &available, &Policy::default()));
        if next.is_empty() {
            break;
        }
        seen.extend(case.seen_of(&next.iter().map(|probe| probe.id).collect::<Vec<_>>()));
    }
    let judged = timed(&mut spent.identifying, || matcher.judge(&seen));
    timed(&mut spent.checking, || {
        let again = judged.ask_again.iter().filter_map(|probe| Some((probe.id, seen.get(&probe.id)?.clone())));
        let (answer, again) = (matcher.judge(&seen).answer.clone(), again.collect::<Vec<_>>());
        std::hint::black_box((matcher.banners(&seen, &answer), matcher.contradictions(&seen, &again, &answer)))
    });
    spent
}

/// Adds how long something takes.
fn timed<T>(sum: &mut Duration, work: impl FnOnce() -> T) -> T {
    let begun = Instant::now();
    let done = std::hint::black_box(work());
    *sum += begun.elapsed();
    done
}

fn figures(spent: &[Spent]) -> Vec<Figure> {
    let of = |part: fn(&Spent) -> Duration| spent.iter().map(|one| part(one).as_secs_f64() * 1e3).collect::<Vec<_>>();
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
    let all = of(Spent::all);
    vec![
        Figure::new("ms a target, mean", mean(&all), None).with_goal(Goal::AtMost(MOST_A_TARGET)),
        Figure::new("ms a target, 95th percentile", quantile(&all, 0.95), None),
        Figure::new("  choosing, mean", mean(&of(|spent| spent.choosing)), None),
        Figure::new("  choosing, 95th percentile", quantile(&of(|spent| spent.choosing), 0.95), None),
        Figure::new("  identifying, mean", mean(&of(|spent| spent.identifying)), None),
        Figure::new("  identifying, 95th percentile", quantile(&of(|spent| spent.identifying), 0.95), None),
        Figure::new("  checking, mean", mean(&of(|spent| spent.checking)), None),
        Figure::new("  checking, 95th percentile", quantile(&of(|spent| spent.checking), 0.95), None),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_means_and_percentiles_of_targets() {
        let spent: Vec<Spent> =
            (1..=100).map(|time| Spent { choosing: Duration::from_millis(time), ..Spent::default() }).collect();
        let figures = figures(&spent);
        let values: Vec<f64> = figures.iter().map(|figure| figure.stews).collect();
        assert_eq!(values, [50.5, 95.0, 50.5, 95.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(figures[0].met, Some(false));
    }
}
