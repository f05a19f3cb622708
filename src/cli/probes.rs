//! `stews probes`: what would be sent, and why.

use std::fmt::Write as _;

use super::exit;
use super::output::{self, complain};
use crate::probe::{self, ALL, Frame, Probe, ProbeId, RequestContext, Step, Variation, request};
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
    output::print_all(text.as_bytes())
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
            if probe.is_slow() { "slow".to_owned() } else { probe.risk.to_string() },
            probe.summary,
            probe.reference
        );
    }
    text
}

/// What a probe sends and why, as `stews probes N` prints it. Where the key of the handshake is drawn, it is another each time.
#[must_use]
pub fn explain(probe: &Probe) -> String {
    let context = RequestContext::new(true, "example.org", "/");
    let (request, _) = request(probe, &context, &Variation::default());
    let mut text = format!("Probe {}: {}\n\n", probe.id, probe.summary);
    let _ = writeln!(text, "Risk       {}{}", probe.risk, if probe.is_slow() { ", slow" } else { "" });
    for server in probe.kills {
        let _ = writeln!(text, "Kills      {server}");
    }
    let _ = writeln!(
        text,
        "Group      {}\nLayer      {}\nReference  {}\nWhy        {}\n",
        probe.group,
        probe.layer.word(),
        probe.reference,
        probe.why
    );
    text.push_str("Handshake (the key is drawn anew for each connection)\n");
    for line in escape(&request.encode()).split_inclusive("\\r\\n") {
        let _ = writeln!(text, "  {line}");
    }
    let with_it = probe.pipelined().map(|frame| format!("in the same write {}", frame_in_words(frame)));
    text.push_str("\nThen\n");
    for line in with_it.chain(probe.script.iter().flat_map(step_in_words)) {
        let _ = writeln!(text, "  {line}");
    }
    text
}

fn frame_in_words(frame: &Frame) -> String {
    let head = frame.head(Variation::MASK);
    let fin = if frame.fin { "" } else { ", not final" };
    let masked = if frame.masked { "" } else { ", unmasked" };
    let length = head.length.bytes();
    let bytes = if length == 1 { "byte" } else { "bytes" };
    let form = if head.length.is_minimal() { "" } else { ", its length in a longer form than needed" };
    let rest = if frame.payload.len() < length { ", its payload left out or cut short" } else { "" };
    format!("a {} frame of {length} {bytes}, RSV {:03b}{fin}{masked}{form}{rest}", frame.opcode, frame.rsv.value())
}

fn step_in_words(step: &Step) -> Vec<String> {
    match step {
        Step::Send(frame) => vec![format!("send {}", frame_in_words(frame))],
        Step::Together(frames) => {
            let first = std::iter::once("send at once".to_owned());
            first.chain(frames.iter().map(|frame| format!("  {}", frame_in_words(frame)))).collect()
        }
        Step::Drip(frame) => vec![format!("send byte by byte {}", frame_in_words(frame))],
        Step::Fence => vec!["fence: a ping; its pong proves that all before it was taken".to_owned()],
        Step::HalfClose => vec!["end our side of the connection".to_owned()],
        Step::Wait(time) => vec![format!("wait {} s, answering nothing", time.as_secs())],
    }
}
