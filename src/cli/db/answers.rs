//! What servers answer, probe by probe.

use std::fmt::Write as _;

use crate::database::{Behaviour, Database};
use crate::probe::{self, ProbeId};

/// All answers of a behaviour.
pub(super) fn answers(database: &Database, known: &Behaviour) -> String {
    let mut text = format!("versions   {}\n", known.versions.join(", "));
    if !known.twins.is_empty() {
        let _ = writeln!(text, "twins      {}", known.twins.join(", "));
    }
    text.push('\n');
    for probe in known.probes() {
        let _ = writeln!(text, "{probe}  {}", answer(database, known, probe));
    }
    text
}

/// What a probe was answered; all of it where runs differed, with counts.
fn answer(database: &Database, known: &Behaviour, probe: ProbeId) -> String {
    let all: Vec<(&str, u32)> = database.answers(known, probe).collect();
    match all[..] {
        [(line, _)] => line.to_owned(),
        _ => all.iter().map(|(line, count)| format!("{count}× {line}")).collect::<Vec<_>>().join("  or  "),
    }
}

/// The answers of two behaviours to one probe.
pub(super) fn difference(database: &Database, probe: ProbeId, sides: &[(&str, &Behaviour); 2]) -> String {
    let summary = probe::find(probe).map_or("", |probe| probe.summary);
    let mut text = format!("{probe}  {summary}\n");
    let width = sides.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    for (name, known) in sides {
        let _ = writeln!(text, "     {name:<width$}  {}", answer(database, known, probe));
    }
    text
}
