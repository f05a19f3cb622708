//! `cargo xtask accuracy`: how well servers are identified by a database that has not seen the run, the version or the engine.

use std::sync::Arc;

use anyhow::Result;
use clap::Args;
use stews::database::Recording;
use stews::identify::{Mask, Matcher, Policy};

use crate::conditions::name::REFUSED;
use crate::conditions::stored::Conditioned;
use crate::cost;
use crate::evaluate::calibrate;
use crate::evaluate::cases::{self, Recorded};
use crate::evaluate::figures::{self, Adaptive, Report, Strangers, is_confident};
use crate::evaluate::hold_out::{self, Case, Held, Judged};
use crate::evaluate::measure_proxies;
use crate::evaluate::misses::Seen;
use crate::pages::{accuracy as page, accuracy_html as html};
use crate::playground::manifest::{self, Manifest};
use crate::support::paths;

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
    let recorded = Recorded::load()?;
    let manifests = manifest::load_all(&paths::root()?.join("playground"))?;
    let (mut report, seen, browser) = measure(&recorded, &manifests)?;
    let wire = cost::load()?;
    let folder = paths::root()?.join("fingerprints");
    let text = page::markdown(&report, &seen, &wire);
    print!("{text}");
    let before = std::fs::read_to_string(folder.join("accuracy.json")).ok();
    let before = before.and_then(|text| serde_json::from_str::<Report>(&text).ok());
    match (&plan.reason, &before) {
        (Some(reason), _) => report.reason = Some(reason.clone()),
        (None, Some(before)) => {
            figures::refuse_regression(before, &report)?;
            report.reason.clone_from(&before.reason);
        }
        (None, None) => {}
    }
    let check = plan.check;
    let json = serde_json::to_string_pretty(&report)? + "\n";
    paths::write_or_check(&folder.join("accuracy.json"), &json, check, "cargo xtask accuracy")?;
    paths::write_or_check(&folder.join("accuracy.html"), &browser, check, "cargo xtask accuracy")?;
    paths::write_or_check(&folder.join("accuracy.md"), &text, check, "cargo xtask accuracy")
}

/// The figures, what was judged, and the page for a browser.
fn measure(recorded: &Recorded, manifests: &[Arc<Manifest>]) -> Result<(Report, Seen, String)> {
    let (whole, cases) = (recorded.whole(), recorded.cases()?);
    let halves = cases::halves(&recorded.recordings);
    let half = |engine: &str| halves[engine];
    // Each half of the engines is judged with the numbers that the other was fitted to.
    let fitted = [1, 0].map(|other| calibrate::fit(&whole, &cases, |engine| half(engine) == other));
    let [first, second] = fitted;
    let fitted = [first?, second?];
    let numbers = |engine: &str| Some(fitted[half(engine)].clone());
    let mut report = Report { schema: figures::SCHEMA, runs: cases.runs.len(), ..Report::default() };
    let (plain, masked, policy) = (Mask::default(), Mask { banners: true }, Policy::default());
    let runs = hold_out::each(&cases.runs, (&whole, Held::Run), numbers, |case, matcher| {
        [case.answer(matcher, plain), case.answer(matcher, masked), case.adaptive_answer(matcher, &policy)]
    });
    let (mut known, mut asked, mut seen) = (Vec::new(), Vec::new(), Seen::default());
    for ([whole, masked, adaptive], case) in runs.into_iter().zip(&cases.runs) {
        count_run(&mut report, &whole, &masked, &adaptive);
        seen.note_run(&whole, &case.observations);
        known.push(whole);
        asked.push(adaptive);
    }
    for judged in
        hold_out::each(&cases.runs, (&whole, Held::Version), numbers, |case, matcher| case.answer(matcher, plain))
    {
        report.count(judged.truth, "engine, version left out", judged.engine_is_right());
    }
    let strangers =
        hold_out::each(&cases.runs, (&whole, Held::Engine), numbers, |case, matcher| case.answer(matcher, plain));
    for judged in &strangers {
        report.count(judged.truth, "stranger not named confidently", !is_confident(judged));
        report.count(judged.truth, "stranger said to be unknown", judged.answer.is_unknown());
    }
    for judged in
        hold_out::each(&cases.behind, (&whole, Held::Engine), numbers, |case, matcher| case.answer(matcher, plain))
    {
        report.count(judged.truth, "stranger not named confidently, behind proxies", !is_confident(&judged));
    }
    let matchers = fitted.each_ref().map(|numbers| Matcher::calibrated(&whole, numbers.clone()));
    for (scan, direct) in &cases.conditioned {
        count_conditioned(&mut report, &mut seen, scan, (direct, &matchers[half(&direct.engine)]))?;
    }
    for (scan, direct) in &cases.shared {
        report.count(direct, &format!("noticed, {}", scan.condition), scan.noticed == Some(true));
    }
    report.ranges = figures::Ranges::of(&known);
    report.strangers = Strangers::of(&known, &strangers);
    report.adaptive = Adaptive::of(&asked);
    let edges = measure_proxies::measure(&cases, |_| true)?;
    let parts = html::Parts {
        report: &report,
        figures: page::FIGURES,
        recordings: &recorded.recordings,
        manifests,
        edges: &edges,
        answers: &figures::confidences(&known, &strangers, figures::one_in_ten(&known, &strangers)),
        unknown: (&figures::unknown(&known), &figures::unknown(&strangers)),
    };
    let browser = html::page(&seen, &parts)?;
    Ok((report, seen, browser))
}

/// Counts the three answers to one run: to all of it, to all of it without banners, and to what would have been asked.
fn count_run(report: &mut Report, whole: &Judged<'_>, masked: &Judged<'_>, adaptive: &Judged<'_>) {
    for (judged, how) in [(whole, ""), (masked, ", banners masked"), (adaptive, ", adaptive")] {
        let mut count = |figure: &str, holds| report.count(judged.truth, &format!("{figure}{how}"), holds);
        count("engine", judged.engine_is_right());
        count("product", judged.product_is_right());
        count("true version in the range", judged.version_is_in_range());
    }
    report.confuse(whole);
}

/// Counts a scan under a condition, and whether the proxy that stood in front was named.
fn count_conditioned(
    report: &mut Report,
    seen: &mut Seen,
    scan: &Conditioned,
    (direct, matcher): (&Recording, &Matcher<'_>),
) -> Result<()> {
    let case = Case::new(direct, scan.whole(direct)?);
    let condition = &scan.condition;
    let whole = case.answer(matcher, Mask::default());
    // Where the handshake is refused, all polite handshakes are sent in any case.
    let asked = (condition != REFUSED).then(|| case.adaptive_answer(matcher, &Policy::default()));
    seen.note_scan(scan, &whole, &case.observations);
    report.count(direct, &format!("product, {condition}"), whole.product_is_right());
    for (judged, how) in std::iter::once((&whole, "")).chain(asked.iter().map(|asked| (asked, ", adaptive"))) {
        report.count(direct, &format!("engine{how}, {condition}"), judged.engine_is_right());
        report.count(direct, &format!("proxy{how}, {condition}"), judged.proxy() == scan.proxy());
    }
    Ok(())
}
