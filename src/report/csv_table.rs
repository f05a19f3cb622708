//! For spreadsheets: comma-separated values (RFC 4180) with a head.

use csv::WriterBuilder;

use super::cut::value as text;
use super::fault::fault;
use super::finding::{Finding, TargetReport};
use super::judgement::Judgement;
use super::reporter::Reporter;
use super::tool::timestamp;
use super::versions::versions_in_words;
use crate::identify::Answer;

/// The head.
const HEAD: [&str; 14] = [
    "target",
    "input",
    "address",
    "outcome",
    "level",
    "engine",
    "product",
    "versions",
    "probability",
    "unknown",
    "proxy",
    "error_kind",
    "error",
    "time",
];

/// One line a target behind a head; who answers is the likeliest, several where nothing tells them apart with a `|` between.
#[derive(Clone, Copy, Debug, Default)]
pub struct Csv {
    /// Whether the last column holds what is wrong with the target: the ids of findings with a `;` between.
    pub findings: bool,
}

impl Reporter for Csv {
    fn target(&self, report: &TargetReport) -> String {
        let (outcome, answer) = match &report.finding {
            Finding::Unreachable(_) => ("unreachable", None),
            Finding::NotWebSocket(reached) if reached.scan.observations.is_empty() => ("not_identified", None),
            Finding::NotWebSocket(_) => ("not_websocket", None),
            Finding::WebSocket(reached) if reached.is_identified() => ("identified", Some(&reached.answer)),
            Finding::WebSocket(reached) => ("not_identified", Some(&reached.answer)),
            Finding::Detected(_) if report.is_websocket() => ("websocket", None),
            Finding::Detected(_) => ("not_websocket", None),
        };
        let fault = fault(report);
        let [level, engine, product, versions, probability, unknown, proxy] = answer.map(places).unwrap_or_default();
        let address = report.address.map(|address| address.to_string()).unwrap_or_default();
        let found = report.findings().map(|findings| {
            let ids: Vec<&str> = findings.found.iter().map(|finding| finding.rule.id).collect();
            ids.join(";")
        });
        let fields = [
            &text(&report.target),
            report.asked.as_deref().unwrap_or(&report.target),
            &address,
            outcome,
            &level,
            &engine,
            &product,
            &versions,
            &probability,
            &unknown,
            &proxy,
            fault.as_ref().map(|fault| fault.kind).unwrap_or_default(),
            fault.as_ref().map(|fault| fault.message.as_str()).unwrap_or_default(),
            &timestamp(report.time),
        ];
        self.record(&fields, &found.unwrap_or_default())
    }

    fn before(&self, is_first: bool) -> String {
        if is_first { self.record(&HEAD, "findings") } else { String::new() }
    }
}

/// What is named: how much, engine, product, versions, probability of all that, that of an unknown engine, and proxy.
fn places(answer: &Answer) -> [String; 7] {
    let judgement = Judgement::of(answer);
    let products: Vec<&str> = judgement.first.iter().map(|candidate| candidate.product.as_str()).collect();
    let versions: Vec<String> = judgement.first.iter().map(versions_in_words).collect();
    let proxy = answer.proxy.as_ref().map(|proxy| proxy.product.clone()).unwrap_or_default();
    let share = |share: f64| format!("{share:.4}");
    [
        judgement.level.word().to_owned(),
        judgement.engines.join("|"),
        products.join("|"),
        versions.join("|"),
        share(judgement.probability),
        share(answer.unknown),
        proxy,
    ]
}

impl Csv {
    /// One line: the fields that are always there, and that of findings where it is.
    fn record(self, fields: &[&str; 14], findings: &str) -> String {
        let mut writer = WriterBuilder::new().from_writer(Vec::new());
        let last = self.findings.then_some(findings);
        // Writing to memory does not fail, and all records are of one length.
        let _ = writer.write_record(fields.iter().copied().chain(last));
        String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
    }
}
