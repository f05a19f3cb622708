//! What a server does wrong, for people.

use std::fmt::Write as _;

use anstyle::Style;

use super::style::{BAD, DOUBT, FAINT};
use super::wrap::write_in;
use crate::findings::{ALL, Evidence, Finding, Findings, NOTE, Severity};
use crate::report::cut::shorten;
use crate::report::describe::in_full;

/// Where what is said of a finding begins.
const INDENT: usize = 10;

/// The most probes that are named for one finding.
const MOST_PROBES: usize = 8;

/// Adds what was found to a report.
pub(super) fn write(out: &mut String, findings: &Findings) {
    let judged = format!("{} of {} rules could be judged", findings.judged, ALL.len());
    let _ = match findings.found.len() {
        0 => writeln!(out, "Findings: none ({judged})"),
        count => writeln!(out, "Findings: {count} ({judged})\n  {NOTE}"),
    };
    findings.found.iter().for_each(|finding| write_finding(out, finding));
}

fn write_finding(out: &mut String, finding: &Finding) {
    let rule = finding.rule;
    let style = style(rule.severity);
    let lead = format!("  {style}{:<8}{style:#}", rule.severity.word());
    write_in(out, &lead, INDENT, &format!("{} ({}; {})", rule.title, rule.id, rule.section), Style::new());
    // What is hardly worth a thought is not worth many lines.
    if rule.severity > Severity::Info {
        write_text(out, rule.meaning, Style::new());
    }
    write_text(out, &evidence(&finding.evidence), FAINT);
}

const fn style(severity: Severity) -> Style {
    match severity {
        Severity::High | Severity::Medium => BAD,
        Severity::Low => DOUBT,
        Severity::Info => FAINT,
    }
}

/// The first answer in full, and who else was answered so.
fn evidence(all: &[Evidence]) -> String {
    let Some((first, others)) = all.split_first() else { return String::new() };
    let observed = shorten(&in_full(&first.observed));
    let text = format!("Probe {} ({}): {observed}", first.probe, first.sent);
    if others.is_empty() {
        return text;
    }
    let named = others.iter().take(MOST_PROBES).map(|other| other.probe.to_string());
    let mut names: Vec<String> = named.collect();
    if others.len() > MOST_PROBES {
        names.push(format!("{} more", others.len() - MOST_PROBES));
    }
    format!("{text}; also {}", names.join(", "))
}

fn write_text(out: &mut String, text: &str, style: Style) {
    write_in(out, &" ".repeat(INDENT), INDENT, text, style);
}
