//! The report on one target.

use anstyle::Style;

use super::explanation;
use super::findings;
use super::style::{BAD, DOUBT, FAINT, GOOD};
use super::wrap::{INDENT, write_in, write_labelled};
use crate::report::cut::quoted_url;
use crate::report::facts::{Fact, facts};
use crate::report::finding::{Finding, Reached, TargetReport};
use crate::report::headline::{Headline, Tone};

/// The report on one target, with a line end after it, and in full what it rests on where that is wanted.
pub(super) fn text(report: &TargetReport, explain: bool) -> String {
    let mut out = first_line(report);
    facts(report).0.iter().for_each(|fact| write_fact(&mut out, fact));
    report.findings().into_iter().for_each(|found| findings::write(&mut out, found));
    if let Finding::WebSocket(reached) = &report.finding {
        reached.explanation.iter().filter(|_| explain).for_each(|one| explanation::write(&mut out, one));
        write_contribute(&mut out, reached);
    }
    out
}

fn write_fact(out: &mut String, fact: &Fact) {
    let style = if fact.is_warning { DOUBT } else { Style::new() };
    let label = format!("  {:<width$}", fact.label, width = INDENT - 2);
    match &fact.sent {
        None => write_in(out, &label, INDENT, &fact.text, style),
        Some(sent) => {
            write_in(out, &label, INDENT, sent, FAINT);
            write_in(out, &" ".repeat(INDENT + 2), INDENT + 2, &fact.text, style);
        }
    }
}

/// The target and what was found, which can stand alone.
fn first_line(report: &TargetReport) -> String {
    let headline = Headline::of(report);
    let style = match headline.tone {
        Tone::Good => GOOD,
        Tone::Doubt => DOUBT,
        Tone::Bad => BAD,
    };
    format!("{style}{}  {}{style:#}\n", quoted_url(&report.target), headline.line())
}

/// How to have a server told that is not known.
fn write_contribute(out: &mut String, reached: &Reached) {
    if reached.is_new {
        let text = "if you know what it is: --recording FILE writes what was observed, CONTRIBUTING.md says what to do with it";
        write_labelled(out, "help", text);
    }
}
