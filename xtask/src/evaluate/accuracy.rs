//! How well servers are identified by a database that has not seen the run, the version or the engine.

use anyhow::Result;
use stews::database::Recording;
use stews::identify::{Mask, Matcher, Policy, ReverseProxy};

use crate::conditions::name::Condition;
use crate::conditions::stored::Conditioned;
use crate::evaluate::calibrate;
use crate::evaluate::cases::{self, Recorded};
use crate::evaluate::figures::{self, Adaptive, Coverage, OpenSet, Report, is_confident};
use crate::evaluate::hold_out::{self, Case, HoldOut, Judged};
use crate::evaluate::measure_proxies;
use crate::evaluate::misses::Outcomes;
use crate::evaluate::statistics::Prediction;

/// What was measured.
#[derive(Default)]
pub struct Measured {
    /// The figures.
    pub report: Report,
    /// Who was taken for whom.
    pub outcomes: Outcomes,
    /// How sure each answer was.
    pub answers: Vec<Prediction>,
    /// How unknown known servers seemed.
    pub known: Vec<f64>,
    /// How unknown those seemed whose engine was left out.
    pub unknown: Vec<f64>,
    /// What proxies rewrite.
    pub edges: Vec<ReverseProxy>,
}

/// Judges all recorded runs and all scans under conditions.
pub fn measure(recorded: &Recorded) -> Result<Measured> {
    let (whole, cases) = (recorded.whole()?, recorded.cases()?);
    let whole = whole.known();
    let halves = cases::halves(&recorded.recordings);
    let half = |engine: &str| halves[engine];
    // Each half of the engines is judged with the numbers that the other was fitted to.
    let fitted = [1, 0].map(|other| calibrate::fit(whole, &cases, |engine| half(engine) == other));
    let [first, second] = fitted;
    let fitted = [first?, second?];
    let numbers = |engine: &str| Some(fitted[half(engine)].clone());
    let mut report = Report { schema: figures::SCHEMA, runs: cases.runs.len(), ..Report::default() };
    let (plain, masked, policy) = (Mask::default(), Mask { banners: true }, Policy::default());
    let runs = hold_out::each(&cases.runs, &whole, HoldOut::Run, numbers, |case, matcher| {
        [case.answer(matcher, plain), case.answer(matcher, masked), case.adaptive_answer(matcher, &policy)]
    });
    let (mut known, mut asked, mut outcomes) = (Vec::new(), Vec::new(), Outcomes::default());
    for ([whole, masked, adaptive], case) in runs.into_iter().zip(&cases.runs) {
        count_run(&mut report, &whole, &masked, &adaptive);
        outcomes.note_run(&whole, &case.observations);
        known.push(whole);
        asked.push(adaptive);
    }
    for judged in
        hold_out::each(&cases.runs, &whole, HoldOut::Version, numbers, |case, matcher| case.answer(matcher, plain))
    {
        report.count(judged.truth, "engine, version left out", judged.engine_is_right());
    }
    for judged in
        hold_out::each(&cases.runs, &whole, HoldOut::Product, numbers, |case, matcher| case.answer(matcher, plain))
    {
        report.count(judged.truth, "engine, product left out", judged.engine_is_right());
    }
    let unknown =
        hold_out::each(&cases.runs, &whole, HoldOut::Engine, numbers, |case, matcher| case.answer(matcher, plain));
    for judged in &unknown {
        report.count(judged.truth, "unknown server not named confidently", !is_confident(judged));
        report.count(judged.truth, "unknown server said to be unknown", judged.answer.is_unknown());
    }
    for judged in
        hold_out::each(&cases.behind, &whole, HoldOut::Engine, numbers, |case, matcher| case.answer(matcher, plain))
    {
        report.count(judged.truth, "unknown server not named confidently, behind proxies", !is_confident(&judged));
    }
    let matchers = fitted.each_ref().map(|numbers| Matcher::calibrated(whole.database, numbers.clone()));
    for (scan, direct) in &cases.conditioned {
        count_conditioned(&mut report, &mut outcomes, scan, direct, &matchers[half(&direct.engine)])?;
    }
    for (scan, direct) in &cases.shared {
        report.count(direct, &format!("noticed, {}", scan.condition), scan.noticed == Some(true));
    }
    report.ranges = figures::Ranges::of(&known);
    report.open_set = OpenSet::of(&known, &unknown);
    report.adaptive = Adaptive::of(&asked);
    report.coverage = Coverage::of(&recorded.recordings, &cases.conditioned);
    Ok(Measured {
        edges: measure_proxies::measure(&cases, |_| true)?,
        answers: figures::confidences(&known, &unknown, figures::one_in_ten(&known, &unknown)),
        known: figures::how_unknown(&known),
        unknown: figures::how_unknown(&unknown),
        report,
        outcomes,
    })
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
    outcomes: &mut Outcomes,
    scan: &Conditioned,
    direct: &Recording,
    matcher: &Matcher<'_>,
) -> Result<()> {
    let case = Case::new(direct, scan.whole(direct));
    let condition = &scan.condition;
    let whole = case.answer(matcher, Mask::default());
    // Where the handshake is refused, all polite handshakes are sent in any case.
    let asked = (*condition != Condition::Refused).then(|| case.adaptive_answer(matcher, &Policy::default()));
    outcomes.note_scan(scan, &whole, &case.observations);
    report.count(direct, &format!("product, {condition}"), whole.product_is_right());
    for (judged, how) in std::iter::once((&whole, "")).chain(asked.iter().map(|asked| (asked, ", adaptive"))) {
        report.count(direct, &format!("engine{how}, {condition}"), judged.engine_is_right());
        report.count(direct, &format!("proxy{how}, {condition}"), judged.proxy() == scan.proxy());
    }
    Ok(())
}
