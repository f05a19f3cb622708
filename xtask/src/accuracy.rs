//! `cargo xtask accuracy`: how well recorded runs are identified by a database that has not seen them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Result, ensure};
use clap::Args;
use serde::{Deserialize, Serialize};
use stews::database::{Recording, derive};
use stews::identify::{Answer, Mask, Observations, identify};
use stews::probe::{Probe, find};

use crate::paths;

/// The stored report; `regressed` compares its figures.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Report {
    schema: u32,
    /// Recorded runs, each identified by a database derived from all other runs.
    runs: usize,
    leave_one_run_out: Score,
    leave_one_run_out_banners_masked: Score,
    /// Every product in turn identified by a database without it: how many runs are said to be unknown.
    leave_one_product_out_unknown: Ratio,
    /// The same four figures for each server, by product and version: what the ratchet compares.
    servers: BTreeMap<String, Figures>,
    /// Why figures were let fall when this report was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// The headline figures of one server, or of several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Figures {
    right: Ratio,
    right_masked: Ratio,
    version: Ratio,
    stranger_unknown: Ratio,
}

impl Figures {
    fn named(&self) -> [(&'static str, Ratio); 4] {
        [
            ("top-1 product", self.right),
            ("top-1 product, banners masked", self.right_masked),
            ("true version named", self.version),
            ("strangers said to be unknown", self.stranger_unknown),
        ]
    }
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Score {
    top1_product: Ratio,
    true_version_named: Ratio,
    flagged_unknown: Ratio,
    /// True product, then named product, then runs.
    confusion: BTreeMap<String, BTreeMap<String, usize>>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ratio {
    count: usize,
    of: usize,
}

impl Ratio {
    fn add(&mut self, hit: bool) {
        self.count += usize::from(hit);
        self.of += 1;
    }

    fn plus(self, other: Self) -> Self {
        Self { count: self.count + other.count, of: self.of + other.of }
    }

    fn percent(self) -> f64 {
        if self.of == 0 { 0.0 } else { 100.0 * self.count as f64 / self.of as f64 }
    }
}

/// What to do with the report.
#[derive(Debug, Default, Args)]
pub struct Plan {
    /// Change nothing; fail if the committed report is out of date, naming the command that mends it
    #[arg(long)]
    pub check: bool,
    /// Let figures of servers that were measured before fall, for this reason, which is written into the report
    #[arg(long, value_name = "WHY", conflicts_with = "check")]
    pub reason: Option<String>,
}

/// Writes the report, or with `check` fails where it is out of date or got worse.
pub fn run(plan: &Plan) -> Result<()> {
    let recordings: Vec<Recording> =
        Recording::load_all(&paths::recordings()?)?.into_iter().map(|(_, recording)| recording).collect();
    ensure!(!recordings.is_empty(), "there are no recordings; run `cargo xtask regenerate`");
    let mut report = measure(&recordings);
    let folder = paths::root()?.join("fingerprints");
    let before = std::fs::read_to_string(folder.join("accuracy.json")).ok();
    let before = before.and_then(|text| serde_json::from_str::<Report>(&text).ok());
    print!("{}", markdown(&report));
    match (&plan.reason, &before) {
        (Some(reason), _) => report.reason = Some(reason.clone()),
        (None, Some(before)) => {
            refuse_regression(before, &report)?;
            report.reason.clone_from(&before.reason);
        }
        (None, None) => {}
    }
    let (text, check) = (markdown(&report), plan.check);
    let json = serde_json::to_string_pretty(&report)? + "\n";
    paths::write_or_check(&folder.join("accuracy.json"), &json, check, "cargo xtask accuracy")?;
    paths::write_or_check(&folder.join("accuracy.md"), &text, check, "cargo xtask accuracy")
}

fn measure(recordings: &[Recording]) -> Report {
    let mut report = Report { schema: 2, ..Report::default() };
    let database = derive(recordings);
    for recording in recordings {
        let without_engine = database.retain(|known| known.engine != recording.engine);
        let mut figures = Figures::default();
        for run in 0..recording.runs {
            let observations = light(recording, run);
            let others = database.without_run(recording, run);
            report.runs += 1;
            let answer = identify(&observations, &others, Mask::default());
            let (right, version) = report.leave_one_run_out.add(recording, &answer);
            figures.right.add(right);
            figures.version.add(version);
            let masked = identify(&observations, &others, Mask { banners: true });
            figures.right_masked.add(report.leave_one_run_out_banners_masked.add(recording, &masked).0);
            let answer = identify(&observations, &without_engine, Mask::default());
            report.leave_one_product_out_unknown.add(answer.is_unknown());
            figures.stranger_unknown.add(answer.is_unknown());
        }
        report.servers.insert(format!("{} {}", recording.product, recording.version), figures);
    }
    report
}

/// What the default set would have observed in one run.
fn light(recording: &Recording, run: u32) -> Observations {
    let parsed = recording.run(run).into_iter().filter_map(|(id, line)| Some((id.parse().ok()?, line.parse().ok()?)));
    parsed.filter(|(id, _)| find(*id).is_ok_and(Probe::is_default)).collect()
}

impl Score {
    /// Counts an answer; whether the product was right, and whether the version was among those named.
    fn add(&mut self, truth: &Recording, answer: &Answer) -> (bool, bool) {
        let first = answer.first();
        let named: Vec<&str> = first.iter().map(|candidate| candidate.product.as_str()).collect();
        let twins_only = first
            .iter()
            .all(|candidate| candidate.product == truth.product || candidate.twins.contains(&truth.product));
        let right = named.contains(&truth.product.as_str()) && twins_only && !answer.is_unknown();
        let version = first
            .iter()
            .any(|candidate| candidate.product == truth.product && candidate.versions.contains(&truth.version));
        self.top1_product.add(right);
        self.true_version_named.add(version);
        self.flagged_unknown.add(answer.is_unknown());
        let name = if answer.is_unknown() { "unknown".to_owned() } else { named.join(" or ") };
        *self.confusion.entry(truth.product.clone()).or_default().entry(name).or_default() += 1;
        (right, version)
    }
}

/// Figures may only improve. Those of servers that were not measured before, or are not any more, are not compared.
fn refuse_regression(before: &Report, now: &Report) -> Result<()> {
    let common: Vec<(&str, Figures, Figures)> = before
        .servers
        .iter()
        .filter_map(|(name, then)| Some((name.as_str(), *then, *now.servers.get(name)?)))
        .collect();
    for (index, (figure, _)) in Figures::default().named().into_iter().enumerate() {
        let of = |figures: &Figures| figures.named()[index].1;
        let then = common.iter().map(|(_, then, _)| of(then)).fold(Ratio::default(), Ratio::plus).percent();
        let percent = common.iter().map(|(_, _, now)| of(now)).fold(Ratio::default(), Ratio::plus).percent();
        let worse = common.iter().filter(|(_, then, now)| of(now).percent() + 1e-9 < of(then).percent());
        let worse: Vec<&str> = worse.map(|(name, ..)| *name).collect();
        ensure!(
            percent + 1e-9 >= then,
            "{figure} fell from {then:.1} % to {percent:.1} % over the servers measured before, for {}; mend the matcher, or \
             the recordings if they are wrong, or say with --reason why it cannot be mended",
            worse.join(", ")
        );
    }
    Ok(())
}

fn markdown(report: &Report) -> String {
    let mut out = String::from(
        "# Accuracy\n\nGenerated by `cargo xtask accuracy` from the recordings; the default set of probes only.\n\n",
    );
    let _ =
        writeln!(out, "{} recorded runs, each identified by a database derived from all other runs.\n", report.runs);
    out.push_str("| figure | all features | banners masked |\n|---|---|---|\n");
    let (all, masked) = (&report.leave_one_run_out, &report.leave_one_run_out_banners_masked);
    for (name, one, other) in [
        ("right product in first place", all.top1_product, masked.top1_product),
        ("true version among those named", all.true_version_named, masked.true_version_named),
        ("known server said to be unknown", all.flagged_unknown, masked.flagged_unknown),
    ] {
        let _ = writeln!(out, "| {name} | {} | {} |", show(one), show(other));
    }
    let _ = writeln!(
        out,
        "\nStrangers (the engine left out of the database) said to be unknown: {}\n",
        show(report.leave_one_product_out_unknown)
    );
    out.push_str(
        "## Confusion (true product: named product × runs)\n\nProducts that were always named right are left out.\n\n",
    );
    let confused = all.confusion.iter().filter(|(truth, named)| named.keys().ne([*truth]));
    for (truth, named) in confused {
        let cells: Vec<String> = named.iter().map(|(name, count)| format!("{name} × {count}")).collect();
        let _ = writeln!(out, "- {truth}: {}", cells.join(", "));
    }
    out
}

fn show(ratio: Ratio) -> String {
    format!("{:.1} % ({} of {})", ratio.percent(), ratio.count, ratio.of)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(servers: &[(&str, usize)]) -> Report {
        let figures = |count| Figures { right: Ratio { count, of: 3 }, ..Figures::default() };
        let servers = servers.iter().map(|(name, count)| ((*name).to_owned(), figures(*count))).collect();
        Report { servers, ..Report::default() }
    }

    #[test]
    fn only_servers_measured_before_hold_the_ratchet_and_those_that_fell_are_named() {
        let before = report(&[("ws 8", 3), ("gorilla v1", 2), ("gone 1", 3)]);
        assert!(refuse_regression(&before, &report(&[("ws 8", 3), ("gorilla v1", 2), ("new 1", 0)])).is_ok());
        assert!(refuse_regression(&before, &report(&[("ws 8", 2), ("gorilla v1", 3)])).is_ok());
        let error = refuse_regression(&before, &report(&[("ws 8", 1), ("gorilla v1", 3)])).unwrap_err().to_string();
        assert!(error.starts_with("top-1 product fell from 83.3 % to 66.7 %"), "{error}");
        assert!(error.contains("for ws 8; mend"), "{error}");
    }
}
