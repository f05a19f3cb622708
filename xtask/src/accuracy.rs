//! `cargo xtask accuracy`: how well servers are identified by a database that has not seen the run, the version or the engine.

mod figures;
mod page;

use std::collections::BTreeMap;

use anyhow::Result;
use clap::Args;
use stews::database::Recording;
use stews::identify::{Mask, Matcher, Policy};
use stews::probe::ProbeId;

use crate::calibrate::{self, Recorded};
use crate::condition::Conditioned;
use crate::conditions::BEHIND;
use crate::heldout::{self, Case, Held, Judged};
use crate::{paths, wire};
use figures::{Adaptive, Ratio, Report, Strangers};

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

/// From this probability on a name counts as confident.
const CONFIDENT: f64 = 0.9;

/// Writes the report, or with `check` fails where it is out of date or got worse.
pub fn run(plan: &Plan) -> Result<()> {
    let recorded = Recorded::load()?;
    let mut report = measure(&recorded)?;
    let wire = wire::load()?;
    let folder = paths::root()?.join("fingerprints");
    let before = std::fs::read_to_string(folder.join("accuracy.json")).ok();
    let before = before.and_then(|text| serde_json::from_str::<Report>(&text).ok());
    print!("{}", page::markdown(&report, &wire));
    match (&plan.reason, &before) {
        (Some(reason), _) => report.reason = Some(reason.clone()),
        (None, Some(before)) => {
            figures::refuse_regression(before, &report)?;
            report.reason.clone_from(&before.reason);
        }
        (None, None) => {}
    }
    let (text, check) = (page::markdown(&report, &wire), plan.check);
    let json = serde_json::to_string_pretty(&report)? + "\n";
    paths::write_or_check(&folder.join("accuracy.json"), &json, check, "cargo xtask accuracy")?;
    paths::write_or_check(&folder.join("accuracy.md"), &text, check, "cargo xtask accuracy")
}

fn measure(recorded: &Recorded) -> Result<Report> {
    let (whole, cases) = (recorded.whole(), recorded.cases()?);
    let halves = calibrate::halves(&recorded.recordings);
    let half = |engine: &str| halves[engine];
    // Each half of the engines is judged with the numbers that the other was fitted to.
    let fitted = [1, 0].map(|other| calibrate::fit(&whole, &cases, |engine| half(engine) == other));
    let [first, second] = fitted;
    let fitted = [first?, second?];
    let numbers = |engine: &str| Some(fitted[half(engine)].clone());
    let mut report = Report { schema: figures::SCHEMA, runs: cases.runs.len(), ..Report::default() };
    let (plain, masked, policy) = (Mask::default(), Mask { banners: true }, Policy::default());
    let runs = heldout::each(&cases.runs, (&whole, Held::Run), numbers, |case, matcher| {
        [case.answer(matcher, plain), case.answer(matcher, masked), case.adaptive_answer(matcher, &policy)]
    });
    let (mut known, mut asked) = (Vec::new(), Vec::new());
    for [whole, masked, adaptive] in runs {
        count_run(&mut report, &whole, &masked, &adaptive);
        known.push(whole);
        asked.push(adaptive);
    }
    for judged in
        heldout::each(&cases.runs, (&whole, Held::Version), numbers, |case, matcher| case.answer(matcher, plain))
    {
        report.count(&judged, "engine, version left out", judged.engine_is_right());
    }
    let strangers =
        heldout::each(&cases.runs, (&whole, Held::Engine), numbers, |case, matcher| case.answer(matcher, plain));
    for judged in &strangers {
        report.count(judged, "stranger not named confidently", !is_confident(judged));
        report.count(judged, "stranger said to be unknown", judged.answer.is_unknown());
    }
    for (scan, direct) in &cases.conditioned {
        let matcher = Matcher::calibrated(&whole, fitted[half(&direct.engine)].clone());
        count_conditioned(&mut report, scan, direct, &matcher)?;
    }
    report.ranges = figures::Ranges::of(&known);
    report.strangers = Strangers::of(&known, &strangers);
    report.adaptive = Adaptive::of(&asked);
    Ok(report)
}

/// Counts the three answers to one run: to all of it, to all of it without banners, and to what would have been asked.
fn count_run(report: &mut Report, whole: &Judged<'_>, masked: &Judged<'_>, adaptive: &Judged<'_>) {
    for (judged, how) in [(whole, ""), (masked, ", banners masked"), (adaptive, ", adaptive")] {
        report.count(judged, &format!("engine{how}"), judged.engine_is_right());
        report.count(judged, &format!("product{how}"), judged.product_is_right());
        report.count(judged, &format!("true version in the range{how}"), judged.version_is_in_range());
    }
    report.confuse(whole);
}

/// Counts a scan under a condition, and whether the proxy that stood in front was named.
fn count_conditioned(report: &mut Report, scan: &Conditioned, direct: &Recording, matcher: &Matcher<'_>) -> Result<()> {
    let case = Case::new(direct, scan.whole(direct)?);
    let condition = &scan.condition;
    let (whole, asked) = (case.answer(matcher, Mask::default()), case.adaptive_answer(matcher, &Policy::default()));
    for (judged, how) in [(&whole, ""), (&asked, ", adaptive")] {
        report.count(judged, &format!("engine{how}, {condition}"), judged.engine_is_right());
        let proxy = condition.strip_prefix(BEHIND);
        let named = judged.answer.edge.as_ref().map(|edge| edge.product.as_str());
        report.count(judged, &format!("proxy{how}, {condition}"), named == proxy);
    }
    Ok(())
}

/// Whether something is named with so much confidence that a wrong name would mislead.
fn is_confident(judged: &Judged<'_>) -> bool {
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
