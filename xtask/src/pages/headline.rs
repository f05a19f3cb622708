//! The figures that the accuracy pages begin with, as errors: what goes wrong on servers that nobody recorded, and with scans cut short.

use std::fmt::Write as _;

use serde::Serialize;

use crate::evaluate::cut_short::CutShort;
use crate::evaluate::field_set::{FieldSet, HalfJudged, ScansJudged, Share};
use crate::evaluate::figures::Report;
use crate::evaluate::ratio::{Balanced, Ratio};
use crate::evaluate::statistics::wilson;

/// A table of errors: the fewer the better.
#[derive(Debug, Serialize)]
pub struct ErrorTable {
    /// What was judged.
    pub title: String,
    /// How.
    pub note: String,
    /// What the columns after the first are about.
    pub columns: Vec<&'static str>,
    /// The errors.
    pub rows: Vec<ErrorRow>,
}

/// One kind of error.
#[derive(Debug, Serialize)]
pub struct ErrorRow {
    /// What went wrong.
    pub name: String,
    /// The most that is to go wrong, in percent.
    pub goal: Option<f64>,
    /// How often, column by column; nothing where it was not measured.
    pub cells: Vec<Option<Errors>>,
}

/// How often something went wrong.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Errors {
    /// The share in percent.
    pub percent: f64,
    /// Its Wilson interval of 95 %, in percent; none of what is no count.
    pub interval: Option<(f64, f64)>,
    /// All of it in words.
    pub text: String,
}

impl Errors {
    fn of(ratio: Ratio) -> Option<Self> {
        Self::new(ratio.count as f64, ratio.of, ratio.to_string())
    }

    fn balanced(share: Balanced) -> Option<Self> {
        Self::new(share.count, share.of, share.to_string())
    }

    /// A calibration error, which is no count of anything.
    fn calibration(error: f64) -> Self {
        Self { percent: 100.0 * error, interval: None, text: format!("{:.1} %", 100.0 * error) }
    }

    fn new(count: f64, of: usize, text: String) -> Option<Self> {
        let percent = |share: f64| (10_000.0 * share).round() / 100.0;
        let (low, high) = wilson(count, of as f64);
        let interval = Some((percent(low), percent(high)));
        (of > 0).then(|| Self { percent: percent(count / of as f64), interval, text })
    }
}

/// The tables, the most telling first.
pub fn tables(report: &Report) -> Vec<ErrorTable> {
    let mut all: Vec<ErrorTable> = report.field.iter().map(held).collect();
    all.push(left_out(report));
    if !report.cut_short.is_empty() {
        all.push(cut_short(&report.cut_short));
    }
    all.extend(report.field.iter().map(open));
    all
}

fn held(field: &FieldSet) -> ErrorTable {
    ErrorTable {
        title: "Applications that nobody recorded".to_owned(),
        note: format!(
            "The half of the field set that was not looked at while the matcher was made. {} A default scan is replayed from what the \
             thorough scan observed; deaths and times are those of real default scans.",
            half_note(&field.held, &field.date)
        ),
        columns: FIELD_COLUMNS.to_vec(),
        rows: field_rows(&field.held),
    }
}

fn open(field: &FieldSet) -> ErrorTable {
    ErrorTable {
        title: "Applications that were looked at".to_owned(),
        note: format!(
            "The other half of the field set, which the matcher may have been mended by: no proof of anything. {}",
            half_note(&field.open, &field.date)
        ),
        columns: FIELD_COLUMNS.to_vec(),
        rows: field_rows(&field.open),
    }
}

fn half_note(half: &HalfJudged, date: &str) -> String {
    let [median, high] = half.milliseconds;
    format!(
        "{} applications with {} engines in {} scans, {} of them behind a proxy; the latest of {date}. A default scan takes {median} ms at the \
         median and {high} ms at the 95th percentile, over loopback.",
        half.applications, half.engines, half.scans, half.behind_proxies
    )
}

const FIELD_COLUMNS: [&str; 4] = [
    "default scan, by scan",
    "default scan, each application once",
    "thorough scan, by scan",
    "thorough scan, each application once",
];

fn field_rows(half: &HalfJudged) -> Vec<ErrorRow> {
    let row = |name: &str, goal, share: fn(&ScansJudged) -> Share| {
        let cells = [&half.default, &half.thorough].map(share);
        field_row(name, goal, &cells)
    };
    vec![
        row("engine recorded, and not named first", Some(5.0), |scans| scans.engine.rest()),
        row("engine recorded, and not identified (exit 0)", None, |scans| scans.identified.rest()),
        row("another engine identified (exit 0)", Some(1.0), |scans| scans.somebody_else),
        row("engine not recorded, and not said to be unknown", Some(5.0), |scans| scans.unknown.rest()),
        field_row("dead after the scan", Some(0.0), &[half.dead]),
    ]
}

fn field_row(name: &str, goal: Option<f64>, shares: &[Share]) -> ErrorRow {
    let cells = shares.iter().flat_map(|share| [Errors::of(share.scans), Errors::balanced(share.applications)]);
    let cells = cells.chain(std::iter::repeat(None)).take(FIELD_COLUMNS.len()).collect();
    ErrorRow { name: name.to_owned(), goal, cells }
}

/// What goes wrong with recorded servers, the figure that counts where it does not, and the most that is to go wrong.
const LEFT_OUT: &[(&str, &str, Option<f64>)] = &[
    ("product left out: engine not named", "engine, product left out", Some(5.0)),
    ("product left out: another engine identified", "not identified as another engine, product left out", None),
    ("engine left out: an engine identified", "unknown server not named confidently", Some(2.0)),
    ("engine left out: not said to be unknown", "unknown server said to be unknown", Some(5.0)),
    (
        "engine left out, behind proxies: an engine identified",
        "unknown server not named confidently, behind proxies",
        None,
    ),
    ("version left out: engine not named", "engine, version left out", Some(5.0)),
    ("version left out: another engine identified", "not identified as another engine, version left out", None),
    ("run left out: engine not named", "engine", Some(1.0)),
    ("run left out: another engine identified", "not identified as another engine", None),
];

fn left_out(report: &Report) -> ErrorTable {
    let row = |(name, figure, goal): &(&str, &str, Option<f64>)| {
        let by_run = report.figures.get(*figure).and_then(|ratio| Errors::of(ratio.rest()));
        let by_product = report.products.get(*figure).and_then(|share| Errors::balanced(share.rest()));
        ErrorRow { name: (*name).to_owned(), goal: *goal, cells: vec![by_run, by_product] }
    };
    ErrorTable {
        title: "Recorded servers, with what is known of them left out".to_owned(),
        note: format!(
            "{} recorded runs, the default set of probes. With its product left out of the database, a server's engine is known from other \
             products alone; with its engine left out, and all engines made from it or it from them, the right answer is “unknown”. \
             Identified is what ends with exit code 0.",
            report.runs
        ),
        columns: vec!["by run", "each product once"],
        rows: LEFT_OUT.iter().map(row).collect(),
    }
}

fn cut_short(all: &[CutShort]) -> ErrorTable {
    let row = |one: &CutShort| {
        let errors = [
            one.run.rest(),
            one.run_somebody_else,
            one.product.rest(),
            one.product_somebody_else,
            one.engine.rest(),
            one.engine_somebody_else,
        ];
        let calibration = Some(Errors::calibration(one.calibration_error));
        ErrorRow {
            name: if one.probes == 1 { "1 probe".to_owned() } else { format!("{} probes", one.probes) },
            goal: None,
            cells: std::iter::once(calibration).chain(errors.map(Errors::of)).collect(),
        }
    };
    ErrorTable {
        title: "Scans cut short".to_owned(),
        note: "The newest and the oldest version of each product, judged by the plain handshake and the first probes that the matcher asks \
               for. The calibration error is how far answers are from being as sure as they are right, at the level of engines, with \
               unknown servers weighted as the matcher expects them: one in five; it is to be at most 3 %."
            .to_owned(),
        columns: vec![
            "calibration error",
            "run left out: not named",
            "run left out: another identified",
            "product left out: not named",
            "product left out: another identified",
            "engine left out: not said to be unknown",
            "engine left out: an engine identified",
        ],
        rows: all.iter().map(row).collect(),
    }
}

/// The tables as Markdown.
pub fn markdown(report: &Report) -> String {
    let mut out = String::new();
    for table in tables(report) {
        let has_goals = table.rows.iter().any(|row| row.goal.is_some());
        let goal = if has_goals { " at most |" } else { "" };
        let _ = write!(
            out,
            "## {}\n\n{}\n\n| error | {} |{goal}\n|---|{}{}\n",
            table.title,
            table.note,
            table.columns.join(" | "),
            "---|".repeat(table.columns.len()),
            if has_goals { "---|" } else { "" }
        );
        for row in &table.rows {
            let cells = row.cells.iter().map(|cell| cell.as_ref().map_or("", |errors| errors.text.as_str()));
            let goal = row.goal.map(|goal| format!(" {goal} % |")).unwrap_or_default();
            let goal = if has_goals && goal.is_empty() { "  |".to_owned() } else { goal };
            let _ = writeln!(out, "| {} | {} |{goal}", row.name, cells.collect::<Vec<&str>>().join(" | "));
        }
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let mut field = FieldSet { date: "2026-11-30".to_owned(), ..FieldSet::default() };
        field.held.default.engine.scans = Ratio { count: 38, of: 40 };
        let cut_short = vec![CutShort { probes: 3, calibration_error: 0.0212, ..CutShort::default() }];
        let mut report = Report { field: Some(field), cut_short, ..Report::default() };
        report.figures.insert("engine, product left out".to_owned(), Ratio { count: 251, of: 258 });
        report
    }

    #[test]
    fn what_was_held_comes_first_and_every_share_is_an_error() {
        let page = markdown(&report());
        let titles: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        assert_eq!(titles[0], "Applications that nobody recorded");
        assert_eq!(titles[3], "Applications that were looked at");
        assert!(
            page.contains("| engine recorded, and not named first | 5.0 % (1.4 - 16.5, 2 of 40) |  |  |  | 5 % |\n"),
            "{page}"
        );
        assert!(
            page.contains("| product left out: engine not named | 2.7 % (1.3 - 5.5, 7 of 258) |  | 5 % |\n"),
            "{page}"
        );
        assert!(page.contains("\n| 3 probes | 2.1 % |"), "{page}");
        assert!(page.contains("the latest of 2026-11-30"), "{page}");
    }

    #[test]
    fn each_row_has_a_cell_for_each_column() {
        for table in tables(&report()) {
            assert!(table.rows.iter().all(|row| row.cells.len() == table.columns.len()), "{}", table.title);
        }
    }

    #[test]
    fn a_report_without_a_field_set_begins_with_recorded_servers() {
        assert!(markdown(&Report::default()).starts_with("## Recorded servers"));
    }
}
