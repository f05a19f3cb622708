//! For people and `grep`: one line a target.

use super::cut::quoted_url;
use super::finding::TargetReport;
use super::headline::Headline;
use super::reporter::Reporter;

/// One line a target, its parts two spaces apart: the URL, who answers, how likely that is. Where it was not identified, why, behind `not`.
#[derive(Debug, Default)]
pub struct Line;

impl Reporter for Line {
    fn target(&self, report: &TargetReport) -> String {
        format!("{}  {}{}\n", quoted_url(&report.target), Headline::of(report).line(), findings(report))
    }
}

/// What it does wrong, where that was asked for.
fn findings(report: &TargetReport) -> String {
    let Some(findings) = report.findings() else { return String::new() };
    let ids: Vec<&str> = findings.found.iter().map(|finding| finding.rule.id).collect();
    match ids.len() {
        0 => "  no findings".to_owned(),
        1 => format!("  1 finding: {}", ids[0]),
        count => format!("  {count} findings: {}", ids.join(", ")),
    }
}
