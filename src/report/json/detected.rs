//! Targets of which it was only looked at whether they open a WebSocket.

use serde::Serialize;

use crate::report::cut::value as text;
use crate::report::finding::TargetReport;
use crate::report::heard::heard_in_words;
use crate::scan::{Detection, Heard};
use crate::wire::escape::for_terminal;

/// What is said of one such target.
#[derive(Serialize)]
pub(super) struct Detected {
    schema: u32,
    target: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    asked: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    address: Option<String>,
    certificate_checked: Option<bool>,
    outcome: &'static str,
    error: Option<String>,
    status: Option<u16>,
    server: Option<String>,
    subprotocol: Option<String>,
    extensions: Option<String>,
    elapsed_ms: f64,
}

pub(super) fn detected(report: &TargetReport, detection: &Detection, schema: u32) -> Detected {
    let head = detection.heard.head();
    let field = |name| Some(text(&for_terminal(head?.header(name)?)));
    let is_open = matches!(detection.heard, Heard::WebSocket(_));
    Detected {
        schema,
        target: text(&report.target),
        asked: report.asked.as_deref().map(text),
        id: report.id.clone(),
        address: report.address.map(|address| address.to_string()),
        certificate_checked: report.certificate_checked,
        outcome: if is_open { "websocket" } else { "not_websocket" },
        error: (!is_open).then(|| heard_in_words(&detection.heard, &report.target)),
        status: head.map(|head| head.status),
        server: field("Server"),
        subprotocol: field("Sec-WebSocket-Protocol"),
        extensions: field("Sec-WebSocket-Extensions"),
        elapsed_ms: detection.elapsed.as_secs_f64() * 1000.0,
    }
}
