//! What a server does wrong, for people.

use std::fmt::Write as _;

use anstyle::Style;

use super::style::{BAD, DOUBT, FAINT};
use crate::findings::{ALL, Evidence, Finding, Findings, NOTE, Severity};
use crate::report::cut::shorten;

/// How wide a line may be, in characters.
const WIDTH: usize = 110;

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
    let _ = write!(out, "  {style}{:<8}{style:#}", rule.severity.word());
    let (first, rest) = wrapped(&format!("{} ({}; {})", rule.title, rule.id, rule.section));
    let _ = writeln!(out, "{first}");
    write_lines(out, &rest, Style::new());
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

/// An observation for people, who need not know that no reply stands for the usual one.
fn in_full(observed: &str) -> String {
    if observed.starts_with('|') { format!("the usual 101 {observed}") } else { observed.to_owned() }
}

fn write_text(out: &mut String, text: &str, style: Style) {
    let (first, rest) = wrapped(text);
    write_lines(out, &[vec![first], rest].concat(), style);
}

fn write_lines(out: &mut String, lines: &[String], style: Style) {
    for line in lines {
        let _ = writeln!(out, "{:INDENT$}{style}{line}{style:#}", "");
    }
}

/// A text cut between words into lines that fit behind the indentation: the first, and the others.
fn wrapped(text: &str) -> (String, Vec<String>) {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let Some(line) = lines.last_mut() else { break };
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > WIDTH - INDENT {
            lines.push(word.to_owned());
        } else {
            line.push_str(if line.is_empty() { "" } else { " " });
            line.push_str(word);
        }
    }
    let first = lines.remove(0);
    (first, lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_words() {
        let text = "word ".repeat(60);
        let (first, rest) = wrapped(text.trim_end());
        let lines = [vec![first], rest].concat();
        assert!(lines.len() == 3 && lines.iter().all(|line| line.len() <= WIDTH - INDENT), "{lines:?}");
        assert_eq!(lines.join(" "), text.trim_end());
        assert_eq!(wrapped(&"x".repeat(300)).0.len(), 300, "a word stays whole");
    }
}
