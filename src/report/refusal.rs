//! Targets that open no WebSocket for us: why, and whose refusals these are.

use std::fmt::Write as _;

use super::Heard;
use super::human::{FAINT, percent, shorten, summary, write_banners};
use crate::database::vocabulary;
use crate::observation::{End, Observation, Reply};
use crate::scan::Scan;
use crate::wire::escape::{escape, for_terminal};

/// A product that is less likely is not named as one that refuses.
const LIKELY: f64 = 0.05;

/// The most products that are named so.
const MOST_LIKELY: usize = 4;

/// Who refuses, as far as refusals tell.
pub(super) fn write_refused(out: &mut String, heard: &Heard) {
    let answer = &heard.answer;
    if answer.first().is_empty() {
        return;
    }
    let likely: Vec<String> = answer
        .candidates
        .iter()
        .take_while(|candidate| candidate.probability >= LIKELY)
        .take(MOST_LIKELY)
        .map(|one| format!("{} ({})", vocabulary::name_of(&one.product), percent(one.probability)))
        .collect();
    let whose = if answer.is_unknown() {
        format!("a server that is not in the database ({})", percent(answer.unknown))
    } else if likely.is_empty() {
        "any of many".to_owned()
    } else {
        likely.join(", ")
    };
    let _ = writeln!(out, "  Refused by   {whose}");
    let handshakes = match heard.scan.observations.len() {
        1 => "one refused handshake".to_owned(),
        several => format!("{several} handshakes"),
    };
    let _ = writeln!(
        out,
        "               {FAINT}from {handshakes} alone: its WebSocket was not heard, so no version is told{FAINT:#}"
    );
    write_banners(out, &heard.banners);
}

/// Polite handshakes that were accepted where the plain one was not.
pub(super) fn write_openers(out: &mut String, scan: &Scan) {
    for (id, observation) in scan.observations.iter().filter(|(_, observation)| observation.reply.is_upgrade()) {
        let _ = writeln!(out, "  But probe {id} ({}) opened one: {}", summary(*id), shorten(&observation.to_string()));
    }
}

/// Why an answer to the legal handshake is no WebSocket, told apart by what helps.
#[must_use]
pub fn refusal_in_words(baseline: &Observation) -> String {
    match &baseline.reply {
        Reply::Nothing => match baseline.end {
            End::Silent | End::Cut | End::Alive => "it accepted the connection and said nothing in time".to_owned(),
            End::Fin => "it hung up without a word; for a TLS port use wss://".to_owned(),
            End::Reset | End::Broken => "it reset the connection without a word; for a TLS port use wss://".to_owned(),
        },
        Reply::Bytes(bytes) => format!("it does not speak HTTP; it said \"{}\"", shorten(&escape(bytes))),
        Reply::Usual => "it opened a WebSocket".to_owned(),
        Reply::Response { head, .. } => {
            let status = format!("HTTP {} {}", head.status, for_terminal(head.reason.as_bytes()));
            let location = head.header("Location").map(for_terminal).unwrap_or_default();
            match head.status {
                200..=299 => format!("an ordinary web page answers here ({status}); is the path right?"),
                300..=399 => {
                    format!("it redirects to {location} ({status}); redirects are not followed, give that URL")
                }
                401 | 407 => {
                    format!("it wants credentials ({status}); give them with -H 'Authorization: …' or --cookie")
                }
                403 => format!(
                    "it refuses us ({status}); it may want another --origin, credentials (-H, --cookie) or address"
                ),
                404 | 410 => format!("there is nothing at this path ({status})"),
                400 if bytes_mention_tls(baseline) => format!("it wants TLS ({status}); use wss://"),
                429 => format!("it asks to be left alone for now ({status})"),
                400..=499 => {
                    format!("it refuses the handshake ({status}); it may want a --subprotocol or another path")
                }
                _ => format!("it answers with an error ({status})"),
            }
        }
    }
}

/// Servers that were spoken to without TLS on a TLS port like to say so.
fn bytes_mention_tls(baseline: &Observation) -> bool {
    let Reply::Response { body, .. } = &baseline.reply else { return false };
    let text = String::from_utf8_lossy(body).to_ascii_lowercase();
    text.contains("https") || text.contains("tls")
}
