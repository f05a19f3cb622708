//! `stews probes`: what would be sent, and why.

use std::fmt::Write as _;

use super::{complain, exit};
use crate::play::{Peer, request};
use crate::probe::{self, ALL, Probe, ProbeId, Step, Variation};
use crate::wire::escape::escape;

/// Prints the list of probes, or the explanation of one.
pub(super) fn print(id: Option<&str>) -> u8 {
    let text = match id {
        None => list(),
        Some(id) => match id.parse::<ProbeId>().and_then(probe::find) {
            Ok(probe) => explain(probe),
            Err(error) => return complain(&error.to_string(), exit::USAGE),
        },
    };
    super::print(text.as_bytes()).map_or(exit::INTERNAL, |()| exit::IDENTIFIED)
}

fn list() -> String {
    let width = ALL.iter().map(|probe| probe.summary.chars().count()).max().unwrap_or(0);
    let mut text = format!("{:<4} {:<9} {:<width$} {}\n", "id", "risk", "what is sent", "reference");
    for probe in ALL.iter() {
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{:<4} {:<9} {:<width$} {}",
            probe.id.to_string(),
            probe.risk,
            probe.summary,
            probe.reference
        );
    }
    text
}

fn explain(probe: &Probe) -> String {
    let peer = Peer {
        authority: "example.org".to_owned(),
        path: "/".to_owned(),
        origin: Some("https://example.org".to_owned()),
        url: "wss://example.org/".to_owned(),
        headers: Vec::new(),
    };
    let (request, _) = request(probe, &peer, &Variation::default());
    let mut text = format!("Probe {}: {}\n\n", probe.id, probe.summary);
    let _ = writeln!(text, "Risk       {}\nReference  {}\nWhy        {}\n", probe.risk, probe.reference, probe.why);
    text.push_str("Handshake (the key is drawn anew for each connection)\n");
    for line in escape(&request.encode()).split_inclusive("\\r\\n") {
        let _ = writeln!(text, "  {line}");
    }
    text.push_str("\nThen\n");
    for step in probe.script {
        let _ = writeln!(text, "  {}", step_in_words(step));
    }
    text
}

fn step_in_words(step: &Step) -> String {
    let frame = |frame: &crate::probe::Frame| {
        let head = frame.head(Variation::default().mask);
        let fin = if frame.fin { "" } else { ", not final" };
        let masked = if frame.masked { "" } else { ", unmasked" };
        let length = head.length.bytes();
        let bytes = if length == 1 { "byte" } else { "bytes" };
        format!("a {} frame of {length} {bytes}, RSV {:03b}{fin}{masked}", frame.opcode, frame.rsv.value())
    };
    match step {
        Step::Send(sent) => format!("send {}", frame(sent)),
        Step::Drip(sent) => format!("send byte by byte {}", frame(sent)),
        Step::Raw(bytes) => format!("send \"{}\"", escape(bytes)),
        Step::Fence => "fence: a ping; its pong proves that all before it was taken".to_owned(),
        Step::HalfClose => "end our side of the connection".to_owned(),
    }
}
