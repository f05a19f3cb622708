//! Why there is nothing to tell of a target, for programs: kinds and stages that stay, whatever is said to people.

use serde::Serialize;

use super::cut::value as text;
use super::describe::{cut_short_in_words, is_http2, is_over_tls, is_tls, refusal_in_words};
use super::finding::{Finding, TargetReport};
use super::heard::heard_in_words;
use crate::observation::{End, Reply};
use crate::scan::{Heard, Scan};
use crate::wire::HeadFault;

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Fault {
    /// A word that stays: `refused`, `http_status`, ….
    pub(super) kind: &'static str,
    /// How far it was: `resolve`, `connect`, `proxy`, `tls` or `handshake`.
    pub(super) stage: &'static str,
    /// The HTTP status of the answer, where it was HTTP.
    pub(super) status: Option<u16>,
    /// The same for people, and what they may do about it; another version may word it otherwise.
    pub(super) message: String,
}

/// What went wrong with a target; nothing where it opens a WebSocket.
pub(super) fn fault(report: &TargetReport) -> Option<Fault> {
    let (kind, stage, status, message) = match &report.finding {
        Finding::WebSocket(_) => return None,
        Finding::Detected(_) if report.is_websocket() => return None,
        Finding::Unreachable(why) => {
            (report.error_kind.unwrap_or("other"), report.error_stage.unwrap_or("connect"), None, why.clone())
        }
        Finding::NotWebSocket(reached) if reached.scan.observations.is_empty() => {
            let stop = reached.scan.stop.as_ref();
            let message = stop.map_or_else(|| cut_short_in_words(None).to_owned(), ToString::to_string);
            (stop.map_or("not_played", |stop| stop.kind()), "handshake", None, message)
        }
        Finding::NotWebSocket(reached) => {
            let (kind, status) = refusal(&report.target, &reached.scan);
            (kind, "handshake", status, refusal_in_words(&report.target, &reached.scan))
        }
        Finding::Detected(detection) => {
            let (kind, status) = heard(&report.target, &detection.heard);
            (kind, "handshake", status, heard_in_words(&detection.heard, &report.target))
        }
    };
    Some(Fault { kind, stage, status, message: text(&message) })
}

/// The kind of an answer to the legal handshake that is no WebSocket, and its status.
fn refusal(asked: &str, scan: &Scan) -> (&'static str, Option<u16>) {
    match (&scan.baseline.reply, &scan.beside.fault) {
        (Reply::Nothing, Some(HeadFault::OnlyInterim(_))) => ("only_interim", None),
        (Reply::Nothing, _) => match scan.baseline.end {
            End::Silent | End::Cut | End::Alive => ("silent", None),
            End::Fin => ("closed", None),
            End::Reset | End::Broken => ("reset", None),
        },
        (Reply::Bytes(_), Some(_)) => ("malformed_http", None),
        (Reply::Bytes(bytes), None) => (no_http(asked, bytes), None),
        (Reply::Usual, _) => ("not_upgraded", Some(101)),
        (Reply::Response { head, .. }, _) => (of_status(head.status), Some(head.status)),
    }
}

fn heard(asked: &str, heard: &Heard) -> (&'static str, Option<u16>) {
    match heard {
        Heard::WebSocket(head) | Heard::NoUpgrade(head, _) | Heard::Refusal(head) => {
            (of_status(head.status), Some(head.status))
        }
        Heard::NoHttp(bytes) => (no_http(asked, bytes), None),
        Heard::Ended => ("closed", None),
        Heard::Silence => ("silent", None),
    }
}

const fn of_status(status: u16) -> &'static str {
    if status == 101 { "not_upgraded" } else { "http_status" }
}

fn no_http(asked: &str, bytes: &[u8]) -> &'static str {
    if is_tls(bytes) && !is_over_tls(asked) {
        "tls_wanted"
    } else if is_http2(bytes) {
        "http2_only"
    } else {
        "not_http"
    }
}
