//! `stews probes`: what would be sent, and why.

mod json;
mod words;

use std::fmt::Write as _;

use words::{handshake, then};

use super::args::Shown;
use super::output::{self, complain};
use super::{exit, nearest};
use crate::probe::{self, ALL, Probe, ProbeId};

/// Prints the list of probes, or the explanation of one.
pub(super) fn print(id: Option<&str>, shown: Shown) -> u8 {
    let found = id.map(|id| id.parse::<ProbeId>().and_then(probe::find).map_err(|error| (id, error))).transpose();
    let text = match (found, shown.is_json()) {
        (Ok(None), false) => list(),
        (Ok(None), true) => json::list(),
        (Ok(Some(probe)), false) => explain(probe),
        (Ok(Some(probe)), true) => json::explain(probe),
        (Err((id, error)), _) => return complain(&format!("{error}{}", nearest::probes(id)), exit::USAGE),
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
    for line in handshake(probe).0.split_inclusive("\\r\\n") {
        let _ = writeln!(text, "  {line}");
    }
    text.push_str("\nThen\n");
    for line in then(probe) {
        let _ = writeln!(text, "  {line}");
    }
    text
}
