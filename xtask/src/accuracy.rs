//! `cargo xtask accuracy`: how well recorded runs are identified by a database that has not seen them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Result, ensure};
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

    fn percent(self) -> f64 {
        if self.of == 0 { 0.0 } else { 100.0 * self.count as f64 / self.of as f64 }
    }
}

/// Writes the report, or with `check` fails where it is out of date or got worse.
pub fn run(check: bool) -> Result<()> {
    let recordings: Vec<Recording> =
        Recording::load_all(&paths::recordings()?)?.into_iter().map(|(_, recording)| recording).collect();
    ensure!(!recordings.is_empty(), "there are no recordings; run `cargo xtask regenerate`");
    let report = measure(&recordings);
    let text = markdown(&report);
    print!("{text}");
    let folder = paths::root()?.join("fingerprints");
    refuse_regression(&folder.join("accuracy.json"), &report)?;
    let json = serde_json::to_string_pretty(&report)? + "\n";
    paths::write_or_check(&folder.join("accuracy.json"), &json, check, "cargo xtask accuracy")?;
    paths::write_or_check(&folder.join("accuracy.md"), &text, check, "cargo xtask accuracy")
}

fn measure(recordings: &[Recording]) -> Report {
    let mut report = Report { schema: 1, ..Report::default() };
    let database = derive(recordings);
    for recording in recordings {
        let without_engine = database.retain(|known| known.engine != recording.engine);
        for run in 0..recording.runs {
            let observations = light(recording, run);
            let others = database.without_run(recording, run);
            report.runs += 1;
            report.leave_one_run_out.add(recording, &identify(&observations, &others, Mask::default()));
            let masked = identify(&observations, &others, Mask { banners: true });
            report.leave_one_run_out_banners_masked.add(recording, &masked);
            let answer = identify(&observations, &without_engine, Mask::default());
            report.leave_one_product_out_unknown.add(answer.is_unknown());
        }
    }
    report
}

/// What the default set would have observed in one run.
fn light(recording: &Recording, run: u32) -> Observations {
    let parsed = recording.run(run).into_iter().filter_map(|(id, line)| Some((id.parse().ok()?, line.parse().ok()?)));
    parsed.filter(|(id, _)| find(*id).is_ok_and(Probe::is_default)).collect()
}

impl Score {
    fn add(&mut self, truth: &Recording, answer: &Answer) {
        let first = answer.first();
        let named: Vec<&str> = first.iter().map(|candidate| candidate.product.as_str()).collect();
        let twins_only = first
            .iter()
            .all(|candidate| candidate.product == truth.product || candidate.twins.contains(&truth.product));
        self.top1_product.add(named.contains(&truth.product.as_str()) && twins_only && !answer.is_unknown());
        self.true_version_named.add(
            first
                .iter()
                .any(|candidate| candidate.product == truth.product && candidate.versions.contains(&truth.version)),
        );
        self.flagged_unknown.add(answer.is_unknown());
        let name = if answer.is_unknown() { "unknown".to_owned() } else { named.join(" or ") };
        *self.confusion.entry(truth.product.clone()).or_default().entry(name).or_default() += 1;
    }
}

/// Figures may only improve.
fn refuse_regression(path: &std::path::Path, report: &Report) -> Result<()> {
    let Some(before) = std::fs::read_to_string(path).ok().and_then(|text| serde_json::from_str::<Report>(&text).ok())
    else {
        return Ok(());
    };
    let figures = |report: &Report| {
        [
            ("top-1 product", report.leave_one_run_out.top1_product.percent()),
            ("top-1 product, banners masked", report.leave_one_run_out_banners_masked.top1_product.percent()),
            ("true version named", report.leave_one_run_out.true_version_named.percent()),
            ("strangers said to be unknown", report.leave_one_product_out_unknown.percent()),
        ]
    };
    for ((name, now), (_, then)) in figures(report).into_iter().zip(figures(&before)) {
        ensure!(
            now + 1e-9 >= then,
            "{name} fell from {then:.1} % to {now:.1} %; mend the matcher, or the recordings if they are wrong"
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
    out.push_str("## Confusion (true product: named product × runs)\n\n");
    for (truth, named) in &all.confusion {
        let cells: Vec<String> = named.iter().map(|(name, count)| format!("{name} × {count}")).collect();
        let _ = writeln!(out, "- {truth}: {}", cells.join(", "));
    }
    out
}

fn show(ratio: Ratio) -> String {
    format!("{:.1} % ({} of {})", ratio.percent(), ratio.count, ratio.of)
}
