//! For tools that gather what scanners find: the Static Analysis Results Interchange Format (OASIS SARIF 2.1.0).

use serde_json::{Value, json};

use super::fault::fault;
use super::finding::TargetReport;
use super::headline::Headline;
use super::reporter::{Reporter, Totals};
use super::tool::{Tool, timestamp};
use crate::findings::{ALL, Evidence, Finding, Rule, Severity};

/// The rule under which it is told who answers: no fault, and nothing to mend.
const SERVER: &str = "server";

/// All targets as one document: who answers at each, and what it does wrong where that was asked for.
#[derive(Clone, Debug, Default)]
pub struct Sarif {
    /// What results are made with.
    pub tool: Tool,
}

impl Reporter for Sarif {
    fn target(&self, report: &TargetReport) -> String {
        let found = report.findings().map(|findings| findings.found.as_slice()).unwrap_or_default();
        let results = std::iter::once(server(report)).chain(found.iter().map(|finding| result(report, finding)));
        let results: Vec<String> = results.map(|result| format!("        {result}")).collect();
        results.join(",\n")
    }

    fn before(&self, is_first: bool) -> String {
        if is_first { self.beginning() } else { ",\n".to_owned() }
    }

    fn finish(&self, has_targets: bool, totals: &Totals) -> String {
        let beginning = if has_targets { "\n".to_owned() } else { self.beginning() };
        let successful = totals.not_looked_at.is_none_or(|left| left == 0);
        let invocation = json!({"executionSuccessful": successful, "arguments": self.tool.options});
        format!("{beginning}      ],\n      \"invocations\": [{invocation}]\n    }}\n  ]\n}}\n")
    }
}

impl Sarif {
    fn beginning(&self) -> String {
        let driver = json!({
            "name": self.tool.name,
            "semanticVersion": self.tool.version,
            "informationUri": env!("CARGO_PKG_REPOSITORY"),
            "rules": rules(),
            "properties": {"database": self.tool.database, "probe_set": self.tool.probe_set},
        });
        format!(
            "{{\n  \"$schema\": \"https://json.schemastore.org/sarif-2.1.0.json\",\n  \"version\": \"2.1.0\",\n  \"runs\": [\n    {{\n      \
             \"tool\": {{\"driver\": {driver}}},\n      \"results\": [\n"
        )
    }
}

fn rules() -> Vec<Value> {
    let server = json!({
        "id": SERVER,
        "shortDescription": {"text": "Which WebSocket server answers"},
        "defaultConfiguration": {"level": "none"},
    });
    std::iter::once(server).chain(ALL.iter().map(|rule| described(rule))).collect()
}

fn described(rule: &Rule) -> Value {
    json!({
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.meaning},
        "help": {"text": format!("{} See {}.", rule.meaning, rule.section)},
        "defaultConfiguration": {"level": level(rule.severity)},
        "properties": {"security-severity": score(rule.severity), "tags": ["security", "websocket", rule.nature.word()]},
    })
}

/// Who answers, or why that is not told.
fn server(report: &TargetReport) -> Value {
    let kind = if report.is_websocket() { "informational" } else { "notApplicable" };
    json!({
        "ruleId": SERVER,
        "kind": kind,
        "level": "none",
        "message": {"text": Headline::of(report).line()},
        "locations": [location(report)],
        "properties": {"time": timestamp(report.time), "error": fault(report)},
    })
}

fn result(report: &TargetReport, finding: &Finding) -> Value {
    let rule = finding.rule;
    let evidence = finding
        .evidence
        .iter()
        .map(|one: &Evidence| json!({"probe": one.probe.number(), "sent": one.sent, "observed": one.observed}));
    json!({
        "ruleId": rule.id,
        "kind": "fail",
        "level": level(rule.severity),
        "message": {"text": format!("{}. {}", rule.title, rule.meaning)},
        "locations": [location(report)],
        "partialFingerprints": {"target/v1": format!("{} {}", report.target, rule.id)},
        "properties": {"section": rule.section, "evidence": evidence.collect::<Vec<_>>()},
    })
}

fn location(report: &TargetReport) -> Value {
    json!({"physicalLocation": {"artifactLocation": {"uri": report.target}}})
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// What readers sort by, on the scale of CVSS: the middle of the band that the word stands for there.
const fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.0",
        Severity::Info => "0.0",
    }
}
