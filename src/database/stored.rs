//! The database as a file: every line once with what it amounts to, and each behaviour as the numbers of its lines.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::lines::Lines;
use super::{Behaviour, Database, SCHEMA, Seen, compact, text};
use crate::probe::ProbeId;

/// The file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stored {
    schema: u32,
    probe_set: String,
    /// The probes, in the order in which each behaviour's answers stand.
    probes: Vec<u16>,
    /// Distinct observations, sorted, with their facts ([`super::compact`]).
    lines: Vec<String>,
    /// The hashes of the values of facts, sorted; facts name them by their place, counted from one.
    values: Vec<String>,
    behaviours: Vec<StoredBehaviour>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredBehaviour {
    product: String,
    engine: String,
    framework: Option<String>,
    versions: Vec<String>,
    twins: Vec<String>,
    /// One word a probe: the number of its line; `3*2+5*1` where line 3 was seen twice and line 5 once; `-` if not played.
    answers: String,
}

/// The schema of a file, whatever else is in it.
#[derive(Deserialize)]
pub(super) struct Schema {
    pub(super) schema: u32,
}

impl Stored {
    pub(super) fn of(database: &Database) -> Self {
        let mut probes: Vec<u16> =
            database.behaviours.iter().flat_map(|known| &known.seen).map(|seen| seen.probe.number()).collect();
        probes.sort_unstable();
        probes.dedup();
        let behaviours = database.behaviours.iter().map(|behaviour| stored(behaviour, &probes)).collect();
        let lines = compact::write(&database.lines);
        let values = database.lines.hashes().iter().map(|hash| format!("{hash:016x}")).collect();
        Self { schema: SCHEMA, probe_set: database.probe_set.clone(), probes, lines, values, behaviours }
    }

    pub(super) fn to_text(&self) -> String {
        text::pretty(self, 4)
    }

    /// The database, or what is wrong.
    pub(super) fn read(self) -> Result<Database, String> {
        let lines = self.lines.len();
        let (texts, facts) = compact::read(&self.lines).ok_or("its lines do not read")?;
        if !texts.is_sorted_by(|one, other| one < other) {
            return Err("its lines are not sorted".to_owned());
        }
        let values = self.values.iter().map(|hash| u64::from_str_radix(hash, 16)).collect::<Result<_, _>>();
        let values = values.map_err(|_| "its values do not read")?;
        let all = Lines::stored(texts, facts, values).ok_or("its facts and values do not go together")?;
        let read = |behaviour: StoredBehaviour| {
            let seen = seen(&behaviour.answers, &self.probes, lines)
                .ok_or_else(|| format!("the answers of `{}` do not read", behaviour.product.escape_debug()))?;
            let StoredBehaviour { product, engine, framework, versions, twins, .. } = behaviour;
            if versions.is_empty() {
                return Err(format!("a behaviour of `{}` has no version", product.escape_debug()));
            }
            Ok(Behaviour { product, engine, framework, versions, twins, seen })
        };
        let behaviours = self.behaviours.into_iter().map(read).collect::<Result<_, String>>()?;
        Ok(Database { probe_set: self.probe_set, behaviours, lines: all.into() })
    }
}

fn stored(behaviour: &Behaviour, probes: &[u16]) -> StoredBehaviour {
    let words = probes.iter().map(|number| word(behaviour.seen(ProbeId::new(*number))));
    StoredBehaviour {
        product: behaviour.product.clone(),
        engine: behaviour.engine.clone(),
        framework: behaviour.framework.clone(),
        versions: behaviour.versions.clone(),
        twins: behaviour.twins.clone(),
        answers: words.collect::<Vec<_>>().join(" "),
    }
}

fn word(seen: &[Seen]) -> String {
    match seen {
        [] => "-".to_owned(),
        [only] => only.line.to_string(),
        several => {
            let mut word = String::new();
            for one in several {
                let plus = if word.is_empty() { "" } else { "+" };
                // Writing to a String cannot fail.
                let _ = write!(word, "{plus}{}*{}", one.line, one.count);
            }
            word
        }
    }
}

/// Answers as they are stored; `None` if they do not read.
fn seen(answers: &str, probes: &[u16], lines: usize) -> Option<Vec<Seen>> {
    let mut all = Vec::with_capacity(probes.len());
    let mut words = answers.split(' ');
    for number in probes {
        let probe = ProbeId::new(*number);
        let word = words.next()?;
        if word == "-" {
            continue;
        }
        for part in word.split('+') {
            let (line, count) = part.split_once('*').unwrap_or((part, "1"));
            let line: u32 = line.parse().ok().filter(|line| (*line as usize) < lines)?;
            all.push(Seen { probe, line, count: count.parse().ok().filter(|count| *count > 0)? });
        }
    }
    words.next().is_none().then_some(all)
}
