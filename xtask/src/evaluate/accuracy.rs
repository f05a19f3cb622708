//! How well servers are identified by a database that has not seen the run, the version, the product or the engine.

use std::collections::BTreeMap;

use anyhow::Result;
use stews::database::Recording;
use stews::identify::{Calibration, Mask, Matcher, Policy, ReverseProxy};

use crate::conditions::name::Condition;
use crate::conditions::stored::Conditioned;
use crate::evaluate::calibrate;
use crate::evaluate::cases::{self, Cases, Recorded};
use crate::evaluate::figures::{self, Adaptive, Coverage, OpenSet, Report};
use crate::evaluate::hold_out::{self, Case, HoldOut, Judged, Known};
use crate::evaluate::misses::Outcomes;
use crate::evaluate::ranges::{Ranges, Told};
use crate::evaluate::statistics::Prediction;
use crate::evaluate::{cut_short, field_set, measure_proxies, parallel, ranges};
use crate::field;

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

/// So many scans under conditions are judged before they are counted: their answers are large.
const BATCH: usize = 64;

/// What cases are judged by.
struct Judge<'a> {
    whole: Known<'a>,
    halves: BTreeMap<&'a str, usize>,
    /// For the engines of either half, the numbers that the other half was fitted to.
    fitted: [Calibration; 2],
}

impl<'a> Judge<'a> {
    fn new(whole: Known<'a>, cases: &Cases<'_>, halves: BTreeMap<&'a str, usize>) -> Result<Self> {
        let fit = |other: &usize| calibrate::fit(whole, cases, |engine| halves[engine] == *other);
        let mut fitted = parallel::map("halves that numbers are fitted to", &[1, 0], fit).into_iter();
        let mut next = || fitted.next().unwrap_or_else(|| Ok(Calibration::cautious()));
        let fitted = [next()?, next()?];
        Ok(Self { whole, halves, fitted })
    }

    /// The numbers for an engine.
    fn numbers(&self, engine: &str) -> Calibration {
        self.fitted[self.halves[engine]].clone()
    }

    /// What `judge` makes of each case.
    fn each<'c, T: Clone + Send>(
        &self,
        cases: &'c [Case<'c>],
        held: HoldOut,
        judge: impl Fn(&'c Case<'c>, &Matcher<'_>) -> T + Sync,
    ) -> Vec<T> {
        hold_out::each_distinct(cases, &self.whole, held, |engine| self.numbers(engine), judge)
    }
}

/// Judges all recorded runs, all scans under conditions and the field set.
pub fn measure(recorded: &Recorded) -> Result<Measured> {
    let (whole, cases) = (recorded.whole()?, recorded.cases()?);
    let judge = Judge::new(whole.known(), &cases, cases::halves(&recorded.recordings))?;
    let mut report = Report { schema: figures::SCHEMA, runs: cases.runs.len(), ..Report::default() };
    let mut outcomes = Outcomes::default();
    let known = count_runs(&mut report, &mut outcomes, &judge, &cases);
    let left_out = count_left_out(&mut report, &judge, &cases);
    let unknown = judge.each(&cases.runs, HoldOut::Engine, |case, matcher| case.answer(matcher, Mask::default()));
    for judged in &unknown {
        report.count(judged.truth, "unknown server not named confidently", !judged.is_wrongly_identified());
        report.count(judged.truth, "unknown server said to be unknown", judged.answer.is_unknown());
    }
    for said in judge.each(&cases.behind, HoldOut::Engine, Said::of) {
        report.count(said.truth, "unknown server not named confidently, behind proxies", !said.is_somebody_else);
    }
    count_conditions(&mut report, &mut outcomes, &judge, &cases);
    report.balance();
    report.cut_short = cut_short::measure(&cases.runs, &judge.whole, |engine| judge.numbers(engine));
    report.field = field_set::measure(&field::stored::load_all()?, &whole.database, Calibration::measured());
    let (database, lists) = (judge.whole.database, &recorded.releases[..]);
    report.ranges = Ranges::of(&ranges::Measure { database, lists, known: &known, left_out: &left_out });
    report.open_set = OpenSet::of(&known, &unknown);
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

/// What of an answer is counted where the rest of it is not.
#[derive(Clone, Copy)]
struct Said<'a> {
    truth: &'a Recording,
    is_right: bool,
    is_somebody_else: bool,
    /// What is said of its version, where another of its product is known.
    version: Option<Told>,
}

impl<'a> Said<'a> {
    fn of(case: &Case<'a>, matcher: &Matcher<'_>) -> Self {
        let judged = case.answer(matcher, Mask::default());
        Self {
            truth: judged.truth,
            is_right: judged.engine_is_right(),
            is_somebody_else: judged.is_wrongly_identified(),
            version: is_known(matcher, &judged.truth.product).then(|| Told::of(&judged)),
        }
    }
}

fn is_known(matcher: &Matcher<'_>, product: &str) -> bool {
    matcher.behaviours().iter().any(|known| known.product == product)
}

/// Counts the runs whose version or whose product is left out, and returns what is said of the versions that are.
fn count_left_out<'a>(report: &mut Report, judge: &Judge<'_>, cases: &'a Cases<'a>) -> Vec<(&'a str, Told)> {
    let mut left_out = Vec::new();
    for (held, how) in [(HoldOut::Version, "version left out"), (HoldOut::Product, "product left out")] {
        for said in judge.each(&cases.runs, held, Said::of) {
            report.count(said.truth, &format!("engine, {how}"), said.is_right);
            report.count(said.truth, &format!("not identified as another engine, {how}"), !said.is_somebody_else);
            if let Some(told) = said.version {
                report.count(said.truth, "version in range, version left out", told.is_held);
                left_out.push((said.truth.product.as_str(), told));
            }
        }
    }
    left_out
}

/// Counts the runs, each left out of the database, and returns the answers to all that was observed in them.
fn count_runs<'a>(
    report: &mut Report,
    outcomes: &mut Outcomes,
    judge: &Judge<'_>,
    cases: &'a Cases<'a>,
) -> Vec<Judged<'a>> {
    let (plain, masked, policy) = (Mask::default(), Mask { banners: true }, Policy::default());
    let runs = judge.each(&cases.runs, HoldOut::Run, |case, matcher| {
        [case.answer(matcher, plain), case.answer(matcher, masked), case.adaptive_answer(matcher, &policy)]
    });
    let (mut known, mut asked) = (Vec::new(), Vec::new());
    for ([whole, masked, adaptive], case) in runs.into_iter().zip(&cases.runs) {
        count_run(report, &whole, &masked, &adaptive);
        outcomes.note_run(&whole, &case.observations);
        known.push(whole);
        asked.push(adaptive);
    }
    report.adaptive = Adaptive::of(&asked);
    known
}

/// Counts the three answers to one run: to all of it, to all of it without banners, and to what would have been asked.
fn count_run(report: &mut Report, whole: &Judged<'_>, masked: &Judged<'_>, adaptive: &Judged<'_>) {
    for (judged, how) in [(whole, ""), (masked, ", banners masked"), (adaptive, ", adaptive")] {
        let mut count = |figure: &str, holds| report.count(judged.truth, &format!("{figure}{how}"), holds);
        count("engine", judged.engine_is_right());
        count("not identified as another engine", !judged.is_wrongly_identified());
        count("product", judged.product_is_right());
        count("true version in the range", judged.version_is_in_range());
    }
    report.confuse(whole);
}

/// Counts all scans under conditions.
fn count_conditions(report: &mut Report, outcomes: &mut Outcomes, judge: &Judge<'_>, cases: &Cases<'_>) {
    let matchers = judge.fitted.each_ref().map(|numbers| Matcher::calibrated(judge.whole.database, numbers.clone()));
    for batch in cases.conditioned.chunks(BATCH) {
        let judged = parallel::map("scans under conditions", batch, |(scan, direct)| {
            let matcher = &matchers[judge.halves[direct.engine.as_str()]];
            let case = Case::new(direct, scan.whole(direct));
            // Where the handshake is refused, all polite handshakes are sent in any case.
            let asked = scan.condition != Condition::Refused;
            let asked = asked.then(|| case.adaptive_answer(matcher, &Policy::default()));
            (case.answer(matcher, Mask::default()), asked, case)
        });
        for ((scan, _), (whole, asked, case)) in batch.iter().zip(&judged) {
            outcomes.note_scan(scan, whole, &case.observations);
            count_conditioned(report, scan, whole, asked.as_ref());
        }
    }
    for (scan, direct) in &cases.shared {
        report.count(direct, &format!("noticed, {}", scan.condition), scan.noticed == Some(true));
    }
}

/// Counts a scan under a condition, and whether the proxy that stood in front was named.
fn count_conditioned(report: &mut Report, scan: &Conditioned, whole: &Judged<'_>, asked: Option<&Judged<'_>>) {
    let (direct, condition) = (whole.truth, &scan.condition);
    report.count(direct, &format!("product, {condition}"), whole.product_is_right());
    for (judged, how) in std::iter::once((whole, "")).chain(asked.map(|asked| (asked, ", adaptive"))) {
        report.count(direct, &format!("engine{how}, {condition}"), judged.engine_is_right());
        report.count(direct, &format!("proxy{how}, {condition}"), judged.proxy() == scan.proxy());
    }
}
