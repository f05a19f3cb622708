//! The ratchet: figures may only improve.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};

use crate::evaluate::field_set::{self, HalfJudged};
use crate::evaluate::figures::Report;
use crate::evaluate::ranges::Widths;
use crate::evaluate::ratio::Ratio;

/// Figures may only improve: names all that got worse. Those of servers that were not measured before, or are not any more, are not
/// compared.
pub fn refuse_regression(before: &Report, now: &Report) -> Result<()> {
    let mut worse: Vec<String> = before.figures.keys().filter_map(|figure| fallen(figure, before, now)).collect();
    if before.servers.keys().eq(now.servers.keys()) {
        worse.extend(risen(before, now));
    }
    worse.extend(fallen_in_the_field(before, now));
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

/// The shares of each half of the field set that fell, where it is as large as before.
fn fallen_in_the_field(before: &Report, now: &Report) -> Vec<String> {
    let (Some(before), Some(now)) = (&before.field, &now.field) else { return Vec::new() };
    let mut worse = Vec::new();
    for (name, before, now) in [("held", &before.held, &now.held), ("open", &before.open, &now.open)] {
        let size = |half: &HalfJudged| (half.applications, half.scans, half.default.engine.scans.of);
        if size(before) != size(now) {
            continue;
        }
        let then = field_set::by_name(before);
        worse.extend(field_set::by_name(now).into_iter().filter_map(|(figure, percent)| {
            let then = *then.get(&figure)?;
            (percent + 1e-9 < then).then(|| {
                format!("{figure}, fell from {then:.1} % to {percent:.1} % in the {name} half of the field set")
            })
        }));
    }
    worse
}

/// A figure of a report, with its name.
type Named = (&'static str, fn(&Report) -> f64);

/// How many releases the ranges of the median answer hold; what was not measured is no number, and nothing is greater.
fn width(widths: Option<Widths>) -> f64 {
    widths.map_or(f64::NAN, |widths| widths.median)
}

/// The figures that rose and are no shares of runs, over the same servers.
fn risen(before: &Report, now: &Report) -> Vec<String> {
    let lower_is_better: [Named; 7] = [
        ("the area missed between known and unknown", |report| 1.0 - report.open_set.auroc),
        ("the calibration error", |report| report.open_set.calibration_error),
        ("the median range of versions", |report| report.ranges.median),
        ("the median range in releases", |report| width(report.ranges.listed)),
        ("the median range in releases of bisected products", |report| width(report.ranges.bisected)),
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
    use crate::evaluate::field_set::FieldSet;

    fn report(servers: &[(&str, usize)]) -> Report {
        let figures = |count| BTreeMap::from([("engine".to_owned(), Ratio { count, of: 3 })]);
        let all = servers.iter().map(|(name, count)| ((*name).to_owned(), figures(*count))).collect();
        Report { servers: all, figures: figures(0), ..Report::default() }
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
    fn the_field_set_holds_the_ratchet_while_it_is_as_large_as_before() {
        let report = |count, of| {
            let mut field = FieldSet::default();
            field.held.default.engine.scans = Ratio { count, of };
            Report { field: Some(field), ..Report::default() }
        };
        assert!(refuse_regression(&report(8, 9), &report(9, 9)).is_ok());
        assert!(refuse_regression(&report(8, 9), &report(5, 8)).is_ok());
        let error = refuse_regression(&report(9, 9), &report(8, 9)).unwrap_err().to_string();
        assert!(error.starts_with("engine, default scan, fell from 100.0 % to 88.9 % in the held half"), "{error}");
    }

    #[test]
    fn numbers_that_rise_are_refused_over_the_same_servers_alone() {
        let mut before = report(&[("ws 8", 3)]);
        before.adaptive.probes = [4.0, 9.0, 12.0];
        let mut now = report(&[("ws 8", 3)]);
        now.adaptive.probes = [5.0, 10.0, 12.0];
        let error = refuse_regression(&before, &now).unwrap_err().to_string();
        assert!(error.starts_with("the median number of probes rose from 4 to 5\n  the 95th percentile"), "{error}");
        now.adaptive.probes = before.adaptive.probes;
        now.ranges.listed = Some(Widths { median: 7.0, ..Widths::default() });
        assert!(refuse_regression(&before, &now).is_ok(), "it was not measured before");
        before.ranges.listed = Some(Widths { median: 6.0, ..Widths::default() });
        let error = refuse_regression(&before, &now).unwrap_err().to_string();
        assert!(error.starts_with("the median range in releases rose from 6 to 7"), "{error}");
        now.servers.extend(report(&[("new 1", 3)]).servers);
        assert!(refuse_regression(&before, &now).is_ok());
    }
}
