//! For notes and tickets: CommonMark with the tables of GitHub.

use std::fmt::Write as _;

use super::cut::shorten;
use super::describe::in_full;
use super::facts::facts;
use super::finding::TargetReport;
use super::headline::Headline;
use super::reporter::{Reporter, Totals};
use super::tool::{Tool, timestamp};
use crate::findings::{Findings, NOTE};

/// A section a target, one behind the other.
#[derive(Clone, Debug, Default)]
pub struct Markdown {
    /// What results are made with.
    pub tool: Tool,
}

impl Reporter for Markdown {
    fn target(&self, report: &TargetReport) -> String {
        let mut out = format!("## {}\n\n", escaped(&report.target));
        // Writing to a String cannot fail.
        let _ = writeln!(out, "**{}**\n", escaped(&Headline::of(report).line()));
        let _ = writeln!(out, "| | |\n|---|---|\n| time | {} |", timestamp(report.time));
        for fact in &facts(report).0 {
            let sent = fact.sent.as_ref().map(|sent| format!("{}: ", escaped(sent))).unwrap_or_default();
            let _ = writeln!(out, "| {} | {sent}{} |", fact.label, escaped(&fact.text));
        }
        out.push('\n');
        report.findings().into_iter().for_each(|findings| write_findings(&mut out, findings));
        out
    }

    fn before(&self, is_first: bool) -> String {
        if is_first { self.beginning() } else { String::new() }
    }

    fn finish(&self, has_targets: bool, totals: &Totals) -> String {
        let beginning = if has_targets { String::new() } else { self.beginning() };
        match totals.not_looked_at {
            None | Some(0) => beginning,
            Some(left) => format!("{beginning}{left} targets were not looked at.\n"),
        }
    }
}

impl Markdown {
    fn beginning(&self) -> String {
        let Tool { name, version, database, probe_set, options } = &self.tool;
        let options = if options.is_empty() { "none".to_owned() } else { format!("`{}`", options.join(" ")) };
        format!(
            "# WebSocket servers\n\n{name} {version}, database {database}, probe set {probe_set}, options: {options}\n\n"
        )
    }
}

fn write_findings(out: &mut String, findings: &Findings) {
    if findings.found.is_empty() {
        out.push_str("No findings.\n\n");
        return;
    }
    let _ = writeln!(out, "{NOTE}\n\n| severity | finding | section | evidence |\n|---|---|---|---|");
    for finding in &findings.found {
        let rule = finding.rule;
        let evidence = finding
            .evidence
            .first()
            .map(|one| format!("{} ({}): {}", one.sent, one.probe, shorten(&in_full(&one.observed))));
        let _ = writeln!(
            out,
            "| {} | {} ({}). {} | {} | {} |",
            rule.severity.word(),
            escaped(rule.title),
            rule.id,
            escaped(rule.meaning),
            rule.section,
            escaped(&evidence.unwrap_or_default())
        );
    }
    out.push('\n');
}

/// Text of any origin as text: nothing in it is markup (CommonMark section 2.4), ends a cell or begins a line.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' | '\r' => out.push(' '),
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '!' => {
                out.push('\\');
                out.push(letter);
            }
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_server_says_is_markup() {
        assert_eq!(escaped("a|b <i> `c` [d](e)\n# f"), "a\\|b &lt;i> \\`c\\` \\[d\\](e) \\# f");
    }
}
