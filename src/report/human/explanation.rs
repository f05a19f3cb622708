//! `--explain` for people at a terminal.

use std::fmt::Write as _;

use super::style::FAINT;
use crate::database::vocabulary;
use crate::identify::{Explanation, Named, ProbeEvidence};
use crate::probe::ProbeId;
use crate::report::describe::{in_words, summary};

/// The most probes that are told on each side.
const MOST_PROBES: usize = 10;

/// Evidence below this many bits is summed up.
const WORTH_TELLING: f64 = 0.1;

/// Adds an explanation to a report.
pub(super) fn write(out: &mut String, explanation: &Explanation) {
    let (first, second) = (name(&explanation.first), name(&explanation.second));
    let sum = |sign: f64| -> f64 {
        explanation.probes.iter().map(|one| one.bits).filter(|bits| bits * sign > 0.0).sum::<f64>().abs()
    };
    let _ = writeln!(out, "Why {first} rather than {second}:");
    write_side(out, &format!("For it ({:.1} bits)", sum(1.0)), explanation, 1.0);
    write_side(out, &format!("Against it ({:.1} bits)", sum(-1.0)), explanation, -1.0);
    write_deciding(out, explanation, &first, &second);
    write_turning(out, explanation, &second);
}

fn write_side(out: &mut String, title: &str, explanation: &Explanation, sign: f64) {
    let told = |one: &&ProbeEvidence| one.bits * sign > WORTH_TELLING;
    let mine: Vec<&ProbeEvidence> = explanation.probes.iter().filter(told).collect();
    let _ = writeln!(out, "  {title}:{}", if mine.is_empty() { " nothing of weight" } else { "" });
    for one in mine.iter().take(MOST_PROBES) {
        let _ = writeln!(out, "    {:+5.1} bits  probe {} ({})", one.bits, one.probe, summary(one.probe));
        let _ = writeln!(out, "                {FAINT}it {}{FAINT:#}", in_words(&one.observed));
        for (who, usual) in [(&explanation.first, &one.first), (&explanation.second, &one.second)] {
            if let Some(usual) = usual {
                let _ = writeln!(out, "                {FAINT}{} {}{FAINT:#}", name(who), in_words(usual));
            }
        }
    }
    if mine.len() > MOST_PROBES {
        let rest: f64 = mine[MOST_PROBES..].iter().map(|one| one.bits).sum();
        let _ = writeln!(out, "    {rest:+5.1} bits  {} more probes", mine.len() - MOST_PROBES);
    }
}

fn write_deciding(out: &mut String, explanation: &Explanation, first: &str, second: &str) {
    if explanation.deciding.is_empty() {
        let _ = writeln!(out, "  No other probe is known to tell the two apart.");
        return;
    }
    let _ = writeln!(out, "  What would decide between the two:");
    for one in &explanation.deciding {
        let _ = writeln!(out, "    probe {} ({})", one.probe, summary(one.probe));
        let _ = writeln!(out, "                {FAINT}{first} {}{FAINT:#}", in_words(&one.first));
        let _ = writeln!(out, "                {FAINT}{second} {}{FAINT:#}", in_words(&one.second));
    }
}

fn write_turning(out: &mut String, explanation: &Explanation, second: &str) {
    let list = |ids: &[ProbeId]| ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let _ = match explanation.turning.as_slice() {
        [] => writeln!(out, "  The answer would stay even if {second}'s answers had come wherever the two differ."),
        [only] => writeln!(out, "  The answer would change if probe {only} alone had been answered as {second} does."),
        several => writeln!(
            out,
            "  The answer would change if these {} probes had been answered as {second} does: {}.",
            several.len(),
            list(several)
        ),
    };
}

fn name(named: &Named) -> String {
    let name = vocabulary::name_of(&named.product);
    match named.versions.as_slice() {
        [] => name.to_owned(),
        [only] => format!("{name} {only}"),
        [first, .., last] => format!("{name} {first} … {last}"),
    }
}
