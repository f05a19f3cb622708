//! What a server does wrong, for programs.

use serde::Serialize;

use crate::findings;

/// One finding.
#[derive(Serialize)]
pub(super) struct Found {
    id: &'static str,
    title: &'static str,
    severity: &'static str,
    kind: &'static str,
    section: &'static str,
    meaning: &'static str,
    evidence: Vec<Shown>,
}

#[derive(Serialize)]
struct Shown {
    probe: u16,
    sent: &'static str,
    observed: String,
}

/// All that was found.
pub(super) fn found(findings: &findings::Findings) -> Vec<Found> {
    findings.found.iter().map(one).collect()
}

fn one(finding: &findings::Finding) -> Found {
    let rule = finding.rule;
    let shown =
        |one: &findings::Evidence| Shown { probe: one.probe.number(), sent: one.sent, observed: one.observed.clone() };
    Found {
        id: rule.id,
        title: rule.title,
        severity: rule.severity.word(),
        kind: rule.nature.word(),
        section: rule.section,
        meaning: rule.meaning,
        evidence: finding.evidence.iter().map(shown).collect(),
    }
}
