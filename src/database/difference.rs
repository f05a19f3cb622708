//! Whether two behaviours differ by more than chance.
//!
//! Where all runs of one showed one value of a kind and all runs of the other another, they differ, however few the runs were. Where one of
//! them was seen to change in that kind though nothing else did, it races, and its shares say little: they depend on the machine. So
//! behaviours that showed the same values are alike whatever the shares, and a value that only one of them showed counts only as far as
//! its absence from the runs of the other can be no chance. That is judged by a permutation test, which is Fisher's exact test where there
//! are two values: were all runs of both put into one hat, how likely would two draws of these sizes part the values at least so well?
//!
//! Races of many probes are not added up: all that one run asks shares the load of the machine, so fifty races that were won in the same run
//! are hardly more than one. What nine runs of each cannot tell apart probe by probe counts as alike.

use super::limit::contradicting_rung;
use super::model::{Behaviour, Seen};
use super::observation_table::Lines;
use crate::features::Kind;
use crate::probe::ProbeId;

/// Races by chance part two behaviours that are one less often than this, all probes and kinds in which they race taken together: each is
/// judged at this level divided by their number (Bonferroni).
const SIGNIFICANCE: f64 = 0.05;

/// The runs that a version is recorded by unless they disagree.
const USUAL_RUNS: u32 = 3;

/// The runs that a behaviour is known by unless some disagreed.
pub(super) fn usual_runs(behaviour: &Behaviour) -> u32 {
    u32::try_from(behaviour.versions.len()).unwrap_or(u32::MAX).saturating_mul(USUAL_RUNS)
}

/// What a probe tells of two behaviours in one kind.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Verdict {
    /// Both showed the same values.
    Same,
    /// All runs of one showed one value, and all runs of the other another.
    Different,
    /// One of them races: how likely it is that chance parts the values at least so well.
    Chance(f64),
}

/// Two behaviours, and which facts of them are compared.
pub(super) struct Comparison<'a, W> {
    pub(super) one: &'a Behaviour,
    pub(super) other: &'a Behaviour,
    pub(super) lines: &'a Lines,
    /// Whether facts of a kind from a probe count.
    pub(super) wanted: W,
}

impl<W: Fn(ProbeId, Kind) -> bool> Comparison<'_, W> {
    /// Whether they differ; `None` where they were asked nothing in common.
    pub(super) fn differ(&self) -> Option<bool> {
        let (mut compared, mut races) = (false, Vec::new());
        for (_, verdict) in self.verdicts() {
            compared = true;
            match verdict {
                Verdict::Same => {}
                Verdict::Different => return Some(true),
                Verdict::Chance(chance) => races.push(chance),
            }
        }
        let level = SIGNIFICANCE / races.len() as f64;
        compared.then(|| races.iter().any(|chance| *chance < level) || self.limit().is_some())
    }

    /// The probes in whose answers they differ, in order.
    pub(super) fn differences(&self) -> Vec<ProbeId> {
        let all: Vec<(ProbeId, Verdict)> = self.verdicts().collect();
        let races = all.iter().filter(|(_, verdict)| matches!(verdict, Verdict::Chance(_))).count();
        let level = SIGNIFICANCE / races as f64;
        let differs = |verdict: &Verdict| match verdict {
            Verdict::Same => false,
            Verdict::Different => true,
            Verdict::Chance(chance) => *chance < level,
        };
        let mut probes: Vec<ProbeId> = all
            .into_iter()
            .filter(|(_, verdict)| differs(verdict))
            .map(|(probe, _)| probe)
            .chain(self.limit())
            .collect();
        probes.sort_unstable();
        probes.dedup();
        probes
    }

    /// The rung of the ladder of declared lengths that tells their limits apart, where it counts.
    fn limit(&self) -> Option<ProbeId> {
        let rung = contradicting_rung(self.one, self.other, self.lines);
        rung.filter(|rung| Kind::ALL.into_iter().any(|kind| (self.wanted)(*rung, kind)))
    }

    /// What each probe that both were asked tells, in each kind that counts.
    fn verdicts(&self) -> impl Iterator<Item = (ProbeId, Verdict)> {
        self.one.probes().flat_map(move |probe| {
            let (one, other) = (self.one.seen(probe), self.other.seen(probe));
            let kinds = Kind::ALL.into_iter().filter(move |kind| !other.is_empty() && (self.wanted)(probe, *kind));
            kinds.map(move |kind| {
                (probe, verdict(&self.values(self.one, one, kind), &self.values(self.other, other, kind)))
            })
        })
    }

    /// In how many runs each value of a kind was seen, [`super::observation_table::ABSENT`] among them, in order.
    fn values(&self, whose: &Behaviour, seen: &[Seen], kind: Kind) -> Vec<(u32, u32)> {
        let value = |seen: &Seen| self.lines.facts(seen.line)[kind];
        if let [only] = seen {
            // A count of 1 beside no other says that all of the usual runs agreed.
            let runs = if only.count > 1 { only.count.into() } else { usual_runs(whose) };
            return vec![(value(only), runs)];
        }
        let mut values: Vec<(u32, u32)> = seen.iter().map(|seen| (value(seen), seen.count.into())).collect();
        values.sort_unstable();
        values.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 += next.1;
            }
            same
        });
        values
    }
}

/// What the values of a kind tell, each with the number of its runs.
fn verdict(one: &[(u32, u32)], other: &[(u32, u32)]) -> Verdict {
    if one.iter().map(|(value, _)| value).eq(other.iter().map(|(value, _)| value)) {
        return Verdict::Same;
    }
    if one.len() == 1 && other.len() == 1 {
        return Verdict::Different;
    }
    let runs = |values: &[(u32, u32)]| values.iter().map(|(_, count)| count).sum::<u32>();
    let own = |mine: &[(u32, u32)], theirs: &[(u32, u32)]| {
        mine.iter().filter(|(value, _)| theirs.iter().all(|(other, _)| other != value)).map(|(_, count)| count).sum()
    };
    Verdict::Chance(chance([runs(one), runs(other)], [own(one, other), own(other, one)]))
}

/// How likely it is that, of the runs of two behaviours that are one, drawn at random into two lots of the sizes of theirs, one lot holds all
/// runs with the values that are one behaviour's `own`, and the other lot all those with the other's.
fn chance(runs: [u32; 2], own: [u32; 2]) -> f64 {
    let shared = runs[0] + runs[1] - own[0] - own[1];
    let both_ways = |mine: u32| if mine > runs[0] { 0.0 } else { ways(shared, runs[0] - mine) };
    let whole = ways(runs[0] + runs[1], runs[0]);
    ((both_ways(own[0]) + both_ways(own[1])) / whole).min(1.0)
}

/// The ways to draw so many of all.
fn ways(all: u32, drawn: u32) -> f64 {
    if drawn > all { 0.0 } else { (0..drawn).map(|one| f64::from(all - one) / f64::from(drawn - one)).product() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, wanted: f64) {
        assert!((found - wanted).abs() < 1e-9, "{found} is not {wanted}");
    }

    /// The two-sided values of Fisher's exact test, as R's `fisher.test` has them.
    #[test]
    fn with_two_values_it_is_fishers_exact_test() {
        close(chance([3, 3], [1, 0]), 1.0);
        close(chance([3, 3], [3, 3]), 0.1);
        close(chance([9, 9], [5, 0]), 0.029_411_764_705_882_35);
        close(chance([9, 9], [8, 0]), 0.000_411_353_352_529_823);
        close(chance([9, 9], [9, 9]), 4.113_533_525_298_23e-5);
    }

    #[test]
    fn what_is_always_so_and_always_otherwise_differs_though_the_runs_are_few() {
        assert_eq!(verdict(&[(1, 3)], &[(2, 3)]), Verdict::Different);
        assert_eq!(verdict(&[(1, 1)], &[(2, 1)]), Verdict::Different);
    }

    #[test]
    fn shares_of_the_same_values_say_nothing() {
        assert_eq!(verdict(&[(1, 8), (2, 1)], &[(1, 1), (2, 8)]), Verdict::Same);
    }

    #[test]
    fn a_race_that_one_lost_three_times_is_chance_and_nine_times_is_none() {
        let chance_of = |one: &[(u32, u32)], other: &[(u32, u32)]| match verdict(one, other) {
            Verdict::Chance(chance) => chance,
            verdict => panic!("{verdict:?}"),
        };
        assert!(chance_of(&[(1, 1), (2, 2)], &[(2, 3)]) > SIGNIFICANCE);
        assert!(chance_of(&[(1, 1), (2, 2)], &[(3, 3)]) > SIGNIFICANCE);
        assert!(chance_of(&[(1, 8), (2, 1)], &[(2, 9)]) < SIGNIFICANCE / 100.0);
        assert!(chance_of(&[(1, 5), (2, 4)], &[(2, 9)]) < SIGNIFICANCE);
    }
}
