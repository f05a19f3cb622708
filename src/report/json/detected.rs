//! Targets of which it was only looked at whether they open a WebSocket.

use serde::Serialize;

use super::beginning::{Beginning, beginning};
use crate::report::cut::value as text;
use crate::report::fault::{Fault, fault};
use crate::report::finding::TargetReport;
use crate::report::tool::Tool;
use crate::scan::{Detection, Heard};
use crate::wire::escape::for_terminal;

/// What is said of one such target.
#[derive(Serialize)]
pub(super) struct Detected<'a> {
    #[serde(flatten)]
    beginning: Beginning<'a>,
    outcome: &'static str,
    error: Option<Fault>,
    status: Option<u16>,
    server: Option<String>,
    subprotocol: Option<String>,
    extensions: Option<String>,
    elapsed_ms: f64,
}

pub(super) fn detected<'a>(report: &TargetReport, detection: &Detection, tool: &'a Tool, schema: u32) -> Detected<'a> {
    let head = detection.heard.head();
    let field = |name| Some(text(&for_terminal(head?.header(name)?)));
    let is_open = matches!(detection.heard, Heard::WebSocket(_));
    Detected {
        beginning: beginning(report, tool, schema),
        outcome: if is_open { "websocket" } else { "not_websocket" },
        error: fault(report),
        status: head.map(|head| head.status),
        server: field("Server"),
        subprotocol: field("Sec-WebSocket-Protocol"),
        extensions: field("Sec-WebSocket-Extensions"),
        elapsed_ms: detection.elapsed.as_secs_f64() * 1000.0,
    }
}
