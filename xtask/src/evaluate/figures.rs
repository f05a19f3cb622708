//! The figures of the report, and the ratchet that lets them only improve.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};
use stews::database::Recording;
use stews::probe::{ProbeId, default_set};

use crate::conditions::name::Condition;
use crate::conditions::stored::Conditioned;
use crate::evaluate::hold_out::Judged;
use crate::evaluate::statistics::{Prediction, auroc, calibration_error, quantile, rounded};

/// The version of the report.
pub const SCHEMA: u32 = 4;

/// From this probability on a name counts as confident.
const CONFIDENT: f64 = 0.9;

/// The stored report.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// The version of its form.
    pub schema: u32,
    /// Recorded runs.
    pub runs: usize,
    /// Each figure over all servers.
    pub figures: BTreeMap<String, Ratio>,
    /// What versions are named.
    pub ranges: Ranges,
    /// How unknown servers are told from known ones.
    pub open_set: OpenSet,
    /// What asking step by step takes.
    pub adaptive: Adaptive,
    /// Probes of the default set that were not asked everywhere: what is measured with them is measured on fewer servers.
    #[serde(default)]
    pub coverage: BTreeMap<ProbeId, Coverage>,
    /// The figures for each server, by product and version: what the ratchet compares.
    pub servers: BTreeMap<String, BTreeMap<String, Ratio>>,
    /// True product, then what was named, then runs.
    pub confusion: BTreeMap<String, BTreeMap<String, usize>>,
    /// Why figures were let fall when this report was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Where a probe was asked.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coverage {
    /// Recorded versions that were asked.
    pub versions: Ratio,
    /// Scans under conditions that asked it.
    pub scans: Ratio,
}

impl Coverage {
    /// The coverage of each probe of the default set that some recorded version was not asked.
    pub fn of(recordings: &[Recording], scans: &[(Conditioned, &Recording)]) -> BTreeMap<ProbeId, Self> {
        let asked = scans.iter().map(|(scan, _)| scan.all_asked().collect::<BTreeSet<ProbeId>>());
        let asked: Vec<BTreeSet<ProbeId>> = asked.collect();
        let of = |probe: ProbeId| {
            let mut coverage = Self::default();
            recordings.iter().for_each(|one| coverage.versions.add(one.observations.contains_key(&probe)));
            asked.iter().for_each(|one| coverage.scans.add(one.contains(&probe)));
            coverage
        };
        let all = default_set().into_iter().map(|probe| (probe.id, of(probe.id)));
        all.filter(|(_, coverage)| coverage.versions.count < coverage.versions.of).collect()
    }
}

/// The versions that answers name.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ranges {
    /// How many recorded versions the median answer names.
    pub median: f64,
    /// How many the answer at the 95th percentile names.
    pub p95: f64,
    /// How many products are named together, on average: more than one only where nothing asked tells them apart.
    pub mean_set: f64,
}

/// How well known servers are told from unknown ones, which are those whose engine is left out (the open set).
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenSet {
    /// The probability that an unknown server seems less known than a known one: the area under the curve.
    pub auroc: f64,
    /// The expected calibration error, unknown servers having a tenth of the weight.
    pub calibration_error: f64,
    /// The expected calibration error where both have as much weight as they have runs.
    pub calibration_error_unweighted: f64,
    /// Known servers that are said to be unknown.
    pub known_said_to_be_unknown: Ratio,
    /// Unknown servers that are named with a probability of at least 90 %.
    pub confident_wrong_names: Ratio,
}

/// What answers cost that are asked step by step.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adaptive {
    /// Probes asked, the baseline among them: median, 95th percentile, most.
    pub probes: [f64; 3],
    /// Answers by how many probes they took.
    pub distribution: BTreeMap<usize, usize>,
    /// The probes that were asked most often, with how often.
    pub most_asked: Vec<(u16, usize)>,
}

/// What a figure is to reach, in percent.
pub fn goal(figure: &str) -> Option<f64> {
    let (figure, how) = figure.split_once(", ").unwrap_or((figure, ""));
    if let Ok(condition) = how.parse::<Condition>() {
        return match (figure, condition) {
            ("engine", Condition::Varied) => Some(99.0),
            ("engine", Condition::Delayed) => Some(98.0),
            ("engine", Condition::Sink | Condition::Push) => Some(97.0),
            ("engine" | "proxy", Condition::Behind(_)) => Some(95.0),
            _ => None,
        };
    }
    match (figure, how) {
        ("engine", "") => Some(99.0),
        ("engine", "banners masked") | ("true version in the range", "") => Some(97.0),
        ("engine", "version left out") | ("unknown server not named confidently", "") => Some(95.0),
        _ => None,
    }
}

/// How often something holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ratio {
    /// How often.
    pub count: usize,
    /// Of how many times.
    pub of: usize,
}

impl Ratio {
    /// Counts one time more.
    pub fn add(&mut self, holds: bool) {
        self.count += usize::from(holds);
        self.of += 1;
    }

    /// The share in percent.
    pub fn percent(self) -> f64 {
        if self.of == 0 { 0.0 } else { 100.0 * self.count as f64 / self.of as f64 }
    }

    fn plus(self, other: Self) -> Self {
        Self { count: self.count + other.count, of: self.of + other.of }
    }
}

impl std::fmt::Display for Ratio {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{:.1} % ({} of {})", self.percent(), self.count, self.of)
    }
}

impl Report {
    /// Counts a figure for the server that was judged, and for all.
    pub fn count(&mut self, truth: &Recording, figure: &str, holds: bool) {
        let server = format!("{} {}", truth.product, truth.version);
        self.servers.entry(server).or_default().entry(figure.to_owned()).or_default().add(holds);
        self.figures.entry(figure.to_owned()).or_default().add(holds);
    }

    /// Counts what was named.
    pub fn confuse(&mut self, judged: &Judged<'_>) {
        let named: Vec<&str> = judged.answer.first().iter().map(|candidate| candidate.product.as_str()).collect();
        let named = if judged.answer.is_unknown() { "unknown".to_owned() } else { named.join(" or ") };
        *self.confusion.entry(judged.truth.product.clone()).or_default().entry(named).or_default() += 1;
    }
}

impl Ranges {
    /// Those of some answers.
    pub fn of(judged: &[Judged<'_>]) -> Self {
        let versions: Vec<f64> = judged.iter().map(|one| one.versions_named() as f64).collect();
        let sets: usize = judged.iter().map(|one| one.answer.first().len()).sum();
        Self {
            median: quantile(&versions, 0.5),
            p95: quantile(&versions, 0.95),
            mean_set: short(sets as f64 / judged.len().max(1) as f64),
        }
    }
}

/// How unknown some servers seemed.
pub fn how_unknown(judged: &[Judged<'_>]) -> Vec<f64> {
    judged.iter().map(|one| one.answer.unknown).collect()
}

/// The weight of an unknown server where one server in ten is unknown.
pub fn one_in_ten(known: &[Judged<'_>], unknown: &[Judged<'_>]) -> f64 {
    known.len() as f64 / unknown.len().max(1) as f64 / 9.0
}

/// How sure all answers were.
pub fn confidences(known: &[Judged<'_>], unknown: &[Judged<'_>], unknown_weight: f64) -> Vec<Prediction> {
    let said = |one: &Judged<'_>, right, weight| Prediction { confidence: one.confidence(), right, weight };
    let known = known.iter().map(|one| said(one, one.engine_is_right(), 1.0));
    let unknown = unknown.iter().map(|one| said(one, one.answer.is_unknown(), unknown_weight));
    known.chain(unknown).collect()
}

impl OpenSet {
    /// What known servers and unknown ones were taken for.
    pub fn of(known: &[Judged<'_>], unknown: &[Judged<'_>]) -> Self {
        let error = |weight| short(calibration_error(&confidences(known, unknown, weight)));
        Self {
            auroc: short(auroc(&how_unknown(known), &how_unknown(unknown)).unwrap_or_default()),
            calibration_error: error(one_in_ten(known, unknown)),
            calibration_error_unweighted: error(1.0),
            known_said_to_be_unknown: ratio(known, |one| one.answer.is_unknown()),
            confident_wrong_names: ratio(unknown, is_confident),
        }
    }
}

impl Adaptive {
    /// What some answers took.
    pub fn of(judged: &[Judged<'_>]) -> Self {
        let probes: Vec<f64> = judged.iter().map(|one| one.asked.len() as f64).collect();
        let mut distribution = BTreeMap::new();
        judged.iter().for_each(|one| *distribution.entry(one.asked.len()).or_default() += 1);
        let asked = tally(judged.iter().flat_map(|one| one.asked.iter().copied()));
        Self {
            probes: [0.5, 0.95, 1.0].map(|share| quantile(&probes, share)),
            distribution,
            most_asked: asked.into_iter().take(20).map(|(probe, count)| (probe.number(), count)).collect(),
        }
    }
}

/// Whether something is named with so much confidence that a wrong name would mislead.
pub fn is_confident(judged: &Judged<'_>) -> bool {
    !judged.answer.is_unknown() && judged.confidence() >= CONFIDENT
}

/// How often each probe was asked, the most frequent first.
fn tally(asked: impl Iterator<Item = ProbeId>) -> Vec<(ProbeId, usize)> {
    let mut counts: BTreeMap<ProbeId, usize> = BTreeMap::new();
    asked.for_each(|probe| *counts.entry(probe).or_default() += 1);
    let mut counts: Vec<(ProbeId, usize)> = counts.into_iter().collect();
    counts.sort_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(&other.0)));
    counts
}

/// A count of how often something holds.
fn ratio(judged: &[Judged<'_>], holds: impl Fn(&Judged<'_>) -> bool) -> Ratio {
    let mut ratio = Ratio::default();
    judged.iter().for_each(|one| ratio.add(holds(one)));
    ratio
}

/// A number as the report has it.
pub fn short(value: f64) -> f64 {
    rounded(value, 4)
}

/// Figures may only improve: names all that got worse. Those of servers that were not measured before, or are not any more, are not
/// compared.
pub fn refuse_regression(before: &Report, now: &Report) -> Result<()> {
    let mut worse: Vec<String> = before.figures.keys().filter_map(|figure| fallen(figure, before, now)).collect();
    if before.servers.keys().eq(now.servers.keys()) {
        worse.extend(risen(before, now));
    }
    let all = worse.join("\n  ");
    ensure!(
        worse.is_empty(),
        "{all}\nmend the matcher, or the recordings if they are wrong, or say with --reason why it cannot be mended"
    );
    Ok(())
}

/// A share of right answers that fell, with the servers for which it did.
fn fallen(figure: &str, before: &Report, now: &Report) -> Option<String> {
    let of = |server: &BTreeMap<String, Ratio>| server.get(figure).copied();
    let common: Vec<(&str, Ratio, Ratio)> = before
        .servers
        .iter()
        .filter_map(|(name, then)| Some((name.as_str(), of(then)?, of(now.servers.get(name)?)?)))
        .collect();
    let sum = |part: fn(&(&str, Ratio, Ratio)) -> Ratio| common.iter().map(part).fold(Ratio::default(), Ratio::plus);
    let (then, percent) = (sum(|one| one.1).percent(), sum(|one| one.2).percent());
    let worse = common.iter().filter(|(_, then, now)| now.percent() + 1e-9 < then.percent());
    let worse: Vec<&str> = worse.map(|(name, ..)| *name).collect();
    (percent + 1e-9 < then).then(|| {
        format!(
            "{figure} fell from {then:.1} % to {percent:.1} % over the servers measured before, for {}",
            worse.join(", ")
        )
    })
}

/// A figure of a report, with its name.
type Named = (&'static str, fn(&Report) -> f64);

/// The figures that rose and are no shares of runs, over the same servers.
fn risen(before: &Report, now: &Report) -> Vec<String> {
    let lower_is_better: [Named; 5] = [
        ("the area missed between known and unknown", |report| 1.0 - report.open_set.auroc),
        ("the calibration error", |report| report.open_set.calibration_error),
        ("the median range of versions", |report| report.ranges.median),
        ("the median number of probes", |report| report.adaptive.probes[0]),
        ("the 95th percentile of probes", |report| report.adaptive.probes[1]),
    ];
    let worse = lower_is_better.iter().filter_map(|(name, figure)| {
        let (then, now) = (figure(before), figure(now));
        (now > then + 1e-9).then(|| format!("{name} rose from {then} to {now}"))
    });
    worse.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(servers: &[(&str, usize)]) -> Report {
        let figures = |count| BTreeMap::from([("engine".to_owned(), Ratio { count, of: 3 })]);
        let all = servers.iter().map(|(name, count)| ((*name).to_owned(), figures(*count))).collect();
        Report { servers: all, figures: figures(0), ..Report::default() }
    }

    #[test]
    fn the_committed_report_reads_and_is_written_as_it_is() {
        let text = include_str!("../../../fingerprints/accuracy.json");
        let report: Report = serde_json::from_str(text).unwrap();
        assert!(serde_json::to_string_pretty(&report).unwrap() + "\n" == text);
    }

    #[test]
    fn goals_are_set_by_condition() {
        let goals = ["engine", "engine, push", "engine, adaptive", "proxy, behind-nginx", "proxy, push"].map(goal);
        assert_eq!(goals, [Some(99.0), Some(97.0), None, Some(95.0), None]);
    }

    #[test]
    fn only_servers_measured_before_hold_the_ratchet_and_those_that_fell_are_named() {
        let before = report(&[("ws 8", 3), ("gorilla v1", 2), ("gone 1", 3)]);
        assert!(refuse_regression(&before, &report(&[("ws 8", 3), ("gorilla v1", 2), ("new 1", 0)])).is_ok());
        assert!(refuse_regression(&before, &report(&[("ws 8", 2), ("gorilla v1", 3)])).is_ok());
        let error = refuse_regression(&before, &report(&[("ws 8", 1), ("gorilla v1", 3)])).unwrap_err().to_string();
        assert!(error.starts_with("engine fell from 83.3 % to 66.7 %"), "{error}");
        assert!(error.contains("for ws 8\nmend"), "{error}");
    }

    #[test]
    fn numbers_that_rise_are_refused_over_the_same_servers_alone() {
        let mut before = report(&[("ws 8", 3)]);
        before.adaptive.probes = [4.0, 9.0, 12.0];
        let mut now = report(&[("ws 8", 3)]);
        now.adaptive.probes = [5.0, 10.0, 12.0];
        let error = refuse_regression(&before, &now).unwrap_err().to_string();
        assert!(error.starts_with("the median number of probes rose from 4 to 5\n  the 95th percentile"), "{error}");
        now.servers.extend(report(&[("new 1", 3)]).servers);
        assert!(refuse_regression(&before, &now).is_ok());
    }
}
