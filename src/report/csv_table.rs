//! For spreadsheets: comma-separated values (RFC 4180) with a head.

use csv::WriterBuilder;

use super::cut::value as text;
use super::describe::refusal_in_words;
use super::finding::{Finding, TargetReport};
use super::heard::heard_in_words;
use super::reporter::Reporter;
use super::versions::versions_in_words;
use crate::identify::Answer;

/// The head.
const HEAD: [&str; 12] = [
    "target",
    "asked",
    "address",
    "outcome",
    "engine",
    "product",
    "versions",
    "probability",
    "unknown",
    "proxy",
    "error_kind",
    "error",
];

/// One line a target behind a head; who answers is the likeliest, several where nothing tells them apart with a `|` between.
#[derive(Clone, Copy, Debug, Default)]
pub struct Csv {
    /// Whether the last column holds what is wrong with the target: the ids of findings with a `;` between.
    pub findings: bool,
}

impl Reporter for Csv {
    fn target(&self, report: &TargetReport) -> String {
        let (outcome, error, answer) = match &report.finding {
            Finding::Unreachable(why) => ("unreachable", text(why), None),
            Finding::NotWebSocket(reached) if reached.scan.observations.is_empty() => {
                let why = reached.scan.stop.as_ref().map(|stop| text(&stop.to_string()));
                ("not_identified", why.unwrap_or_default(), None)
            }
            Finding::NotWebSocket(reached) => {
                ("not_websocket", text(&refusal_in_words(&report.target, &reached.scan)), None)
            }
            Finding::WebSocket(reached) if reached.is_identified() => {
                ("identified", String::new(), Some(&reached.answer))
            }
            Finding::WebSocket(reached) => ("not_identified", String::new(), Some(&reached.answer)),
            Finding::Detected(_) if report.is_websocket() => ("websocket", String::new(), None),
            Finding::Detected(detection) => {
                ("not_websocket", text(&heard_in_words(&detection.heard, &report.target)), None)
            }
        };
        let [engine, product, versions, probability, unknown, proxy] = answer.map(places).unwrap_or_default();
        let address = report.address.map(|address| address.to_string()).unwrap_or_default();
        let found = report.findings().map(|findings| {
            let ids: Vec<&str> = findings.found.iter().map(|finding| finding.rule.id).collect();
            ids.join(";")
        });
        let fields = [
            &text(&report.target),
            report.asked.as_deref().unwrap_or_default(),
            &address,
            outcome,
            &engine,
            &product,
            &versions,
            &probability,
            &unknown,
            &proxy,
            report.error_kind.unwrap_or_default(),
            &error,
        ];
        self.record(&fields, &found.unwrap_or_default())
    }

    fn before(&self, is_first: bool) -> String {
        if is_first { self.record(&HEAD, "findings") } else { String::new() }
    }
}

/// Engine, product, versions, probability, that of an unknown engine, and proxy.
fn places(answer: &Answer) -> [String; 6] {
    let first = answer.first();
    let mut engines: Vec<&str> = first.iter().map(|candidate| candidate.engine.as_str()).collect();
    engines.dedup();
    let products: Vec<&str> = first.iter().map(|candidate| candidate.product.as_str()).collect();
    let versions: Vec<String> = first.iter().map(versions_in_words).collect();
    let proxy = answer.proxy.as_ref().map(|proxy| proxy.product.clone()).unwrap_or_default();
    let share = |share: f64| format!("{share:.4}");
    [
        engines.join("|"),
        products.join("|"),
        versions.join("|"),
        share(answer.confidence()),
        share(answer.unknown),
        proxy,
    ]
}

impl Csv {
    /// One line: the fields that are always there, and that of findings where it is.
    fn record(self, fields: &[&str; 12], findings: &str) -> String {
        let mut writer = WriterBuilder::new().from_writer(Vec::new());
        let last = self.findings.then_some(findings);
        // Writing to memory does not fail, and all records are of one length.
        let _ = writer.write_record(fields.iter().copied().chain(last));
        String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
    }
}
