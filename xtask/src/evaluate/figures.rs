//! The figures of the report.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use stews::database::Recording;
use stews::probe::{ProbeId, default_set};

use crate::conditions::name::Condition;
use crate::conditions::stored::Conditioned;
use crate::evaluate::cut_short::CutShort;
use crate::evaluate::field_set::FieldSet;
use crate::evaluate::hold_out::Judged;
use crate::evaluate::ranges::Ranges;
use crate::evaluate::ratio::{Balanced, Ratio};
use crate::evaluate::statistics::{Prediction, auroc, calibration_error, quantile, rounded};

/// The version of the report.
pub const SCHEMA: u32 = 5;

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
    /// Each figure with every product counted once: the mean over its versions.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub products: BTreeMap<String, Balanced>,
    /// Applications that nobody recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<FieldSet>,
    /// Scans that end after a few probes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cut_short: Vec<CutShort>,
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
    /// Unknown servers of which an engine is identified (exit 0).
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
        ("engine", "banners masked") | ("true version in the range", "") | ("version in range", "version left out") => {
            Some(97.0)
        }
        ("engine", "version left out" | "product left out") | ("unknown server said to be unknown", "") => Some(95.0),
        ("unknown server not named confidently", "") => Some(98.0),
        _ => None,
    }
}

impl Report {
    /// Counts a figure for the server that was judged, and for all.
    pub fn count(&mut self, truth: &Recording, figure: &str, holds: bool) {
        let server = format!("{} {}", truth.product, truth.version);
        self.servers.entry(server).or_default().entry(figure.to_owned()).or_default().add(holds);
        self.figures.entry(figure.to_owned()).or_default().add(holds);
    }

    /// Works out [`Report::products`] from what was counted of each server.
    pub fn balance(&mut self) {
        let of = |figure: &str| {
            let servers = self.servers.iter().filter_map(|(server, figures)| Some((server, figures.get(figure)?)));
            // No product has a space in its name.
            let product = |server: &'_ str| server.split_once(' ').map_or(server.len(), |(product, _)| product.len());
            Balanced::over(servers.map(|(server, ratio)| (&server[..product(server)], ratio.percent() / 100.0)))
        };
        self.products = self.figures.keys().map(|figure| (figure.clone(), of(figure))).collect();
    }

    /// Counts what was named.
    pub fn confuse(&mut self, judged: &Judged<'_>) {
        let named: Vec<&str> = judged.answer.first().iter().map(|candidate| candidate.product.as_str()).collect();
        let named = if judged.answer.is_unknown() { "unknown".to_owned() } else { named.join(" or ") };
        *self.confusion.entry(judged.truth.product.clone()).or_default().entry(named).or_default() += 1;
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
            known_said_to_be_unknown: Ratio::of(known, |one| one.answer.is_unknown()),
            confident_wrong_names: Ratio::of(unknown, Judged::is_wrongly_identified),
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

/// How often each probe was asked, the most frequent first.
fn tally(asked: impl Iterator<Item = ProbeId>) -> Vec<(ProbeId, usize)> {
    let mut counts: BTreeMap<ProbeId, usize> = BTreeMap::new();
    asked.for_each(|probe| *counts.entry(probe).or_default() += 1);
    let mut counts: Vec<(ProbeId, usize)> = counts.into_iter().collect();
    counts.sort_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(&other.0)));
    counts
}

/// A number as the report has it.
pub fn short(value: f64) -> f64 {
    rounded(value, 4)
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_product_counts_once_however_many_versions_and_runs_it_has() {
        let mut report = Report::default();
        let [ws, other, gorilla] = [("ws", "7"), ("ws", "8 beta"), ("gorilla", "1")]
            .map(|(product, version)| Recording::of_runs(product, version, &[]));
        for (truth, holds) in [(&ws, true), (&ws, true), (&other, false), (&gorilla, true)] {
            report.count(truth, "engine", holds);
        }
        report.balance();
        assert_eq!(report.figures["engine"], Ratio { count: 3, of: 4 });
        assert_eq!(report.products["engine"], Balanced { count: 1.5, of: 2 });
    }
}
