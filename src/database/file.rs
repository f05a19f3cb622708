//! The database as a file: every line once with what it amounts to, and each behaviour as the numbers of its lines.

use std::borrow::Cow;
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::limits::{ANSWERS, AtMost, BEHAVIOURS, LINES, NAMES, SEEN, VALUES, check_line, check_name};
use super::model::{Behaviour, Database, SCHEMA, Seen};
use super::observation_table::Lines;
use super::place_versions::recorded;
use super::probe_sets::{Hashes, Ordered};
use super::stored_releases::{self, StoredReleases};
use super::{front_coding, json_layout};
use crate::probe::ProbeId;

/// The file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stored<'a> {
    schema: u32,
    probe_set: String,
    /// The probes with the hashes of what they send, in the order in which each behaviour's answers stand.
    probes: Ordered,
    /// Distinct observations, sorted, with their facts ([`super::front_coding`]).
    #[serde(borrow)]
    lines: AtMost<Text<'a>, LINES>,
    /// The hashes of the values of facts, sorted; facts name them by their place, counted from one.
    #[serde(borrow)]
    values: AtMost<Text<'a>, VALUES>,
    #[serde(borrow)]
    behaviours: AtMost<StoredBehaviour<'a>, BEHAVIOURS>,
    /// The releases of each product, those that are not recorded among them.
    #[serde(borrow)]
    releases: AtMost<StoredReleases<'a>, BEHAVIOURS>,
}

/// A text that is not copied out of the file where it stands there as it is.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredBehaviour<'a> {
    product: String,
    engine: String,
    framework: Option<String>,
    versions: AtMost<String, NAMES>,
    twins: AtMost<String, NAMES>,
    /// One word a probe: the number of its line; `3*2+5*1` where line 3 was seen twice and line 5 once, `3*9` where it was seen in more than
    /// the usual runs; `-` if not played. `3x4` is the word `3` for four probes in a row.
    #[serde(borrow)]
    answers: Text<'a>,
}

impl Stored<'_> {
    pub(super) fn of(database: &Database) -> Self {
        let probes = database.probes.clone();
        let behaviours = database.behaviours.iter().map(|behaviour| stored(behaviour, &probes)).collect();
        let lines = front_coding::write(&database.lines).into_iter().map(Text::from).collect();
        let values = database.lines.hashes().iter().map(|hash| format!("{hash:016x}").into()).collect();
        let probe_set = database.probe_set.clone();
        let releases = stored_releases::stored(&database.releases).collect();
        Self { schema: SCHEMA, probe_set, probes: Ordered(probes), lines, values, behaviours, releases }
    }

    pub(super) fn to_text(&self) -> String {
        json_layout::pretty(self, 4)
    }

    /// The version of its form.
    pub(super) const fn schema(&self) -> u32 {
        self.schema
    }

    /// The database, or what is wrong.
    pub(super) fn read(self) -> Result<Database, String> {
        check_name("the set of probes", &self.probe_set)?;
        let (texts, facts) = front_coding::read(self.lines.0.iter().map(|line| line.0.as_ref()))?;
        texts.iter().try_for_each(check_line)?;
        if !texts.iter().is_sorted_by(|one, other| one < other) {
            return Err("its lines are not sorted".to_owned());
        }
        let values = self.values.0.iter().map(|hash| u64::from_str_radix(&hash.0, 16)).collect::<Result<_, _>>();
        let values = values.map_err(|_| "its values do not read")?;
        let lines = Lines::stored(texts, facts, values).ok_or("its facts and values do not go together")?;
        let probes: Vec<ProbeId> = self.probes.0.keys().copied().collect();
        let mut behaviours = Vec::new();
        let mut answers = 0;
        for behaviour in self.behaviours.0 {
            let behaviour = behaviour.read(&probes, self.lines.0.len())?;
            answers += behaviour.seen.len();
            if answers > SEEN {
                return Err(format!("it has more than {SEEN} answers"));
            }
            behaviours.push(behaviour);
        }
        let releases = stored_releases::read(self.releases.0, &recorded(&behaviours))?;
        Ok(Database {
            probe_set: self.probe_set,
            probes: self.probes.0,
            releases: releases.into(),
            behaviours,
            lines: lines.into(),
            dropped: Vec::new(),
        })
    }
}

impl StoredBehaviour<'_> {
    /// The behaviour, or what is wrong, where the database has these probes and so many lines.
    fn read(self, probes: &[ProbeId], lines: usize) -> Result<Behaviour, String> {
        check_name("the product", &self.product)?;
        check_name("the engine", &self.engine)?;
        self.framework.iter().try_for_each(|framework| check_name("the framework", framework))?;
        self.versions.0.iter().try_for_each(|version| check_name("the version", version))?;
        self.twins.0.iter().try_for_each(|twin| check_name("the twin", twin))?;
        if self.versions.0.is_empty() {
            return Err(format!("a behaviour of `{}` has no version", self.product));
        }
        let seen = seen(&self.answers.0, probes, lines)
            .ok_or_else(|| format!("the answers of `{}` do not read", self.product))?;
        Ok(Behaviour {
            product: self.product,
            engine: self.engine,
            framework: self.framework,
            versions: self.versions.0,
            twins: self.twins.0,
            seen,
        })
    }
}

impl From<String> for Text<'_> {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

fn stored(behaviour: &Behaviour, probes: &Hashes) -> StoredBehaviour<'static> {
    let words: Vec<String> = probes.keys().map(|probe| word(behaviour.seen(*probe))).collect();
    let together = words.chunk_by(|one, other| one == other).map(|same| match same {
        [only] => only.clone(),
        several => format!("{}x{}", several[0], several.len()),
    });
    StoredBehaviour {
        product: behaviour.product.clone(),
        engine: behaviour.engine.clone(),
        framework: behaviour.framework.clone(),
        versions: behaviour.versions.iter().cloned().collect(),
        twins: behaviour.twins.iter().cloned().collect(),
        answers: together.collect::<Vec<_>>().join(" ").into(),
    }
}

fn word(seen: &[Seen]) -> String {
    match seen {
        [] => "-".to_owned(),
        [only] if only.count == 1 => only.line.to_string(),
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
fn seen(answers: &str, probes: &[ProbeId], lines: usize) -> Option<Vec<Seen>> {
    let mut all = Vec::with_capacity(probes.len());
    let (mut left, mut probes) = (answers.as_bytes(), probes);
    while let Some(probe) = probes.first().copied() {
        let first = all.len();
        if !take(&mut left, b'-') {
            read_word(&mut left, probe, &mut all)?;
            if !all[first..].iter().all(|seen| (seen.line as usize) < lines) {
                return None;
            }
        }
        let times = if take(&mut left, b'x') { number(&mut left)? as usize } else { 1 };
        let (same, rest) = probes.split_at_checked(times).filter(|_| times > 0)?;
        let word = first..all.len();
        for probe in &same[1..] {
            let again = all.len();
            all.extend_from_within(word.clone());
            all[again..].iter_mut().for_each(|seen| seen.probe = *probe);
        }
        probes = rest;
        if !probes.is_empty() && !take(&mut left, b' ') {
            return None;
        }
    }
    left.is_empty().then_some(all)
}

/// Reads what one probe was answered.
fn read_word(text: &mut &[u8], probe: ProbeId, all: &mut Vec<Seen>) -> Option<()> {
    for _ in 0..ANSWERS {
        let line = number(text)?;
        let count = if take(text, b'*') { number(text)?.try_into().ok().filter(|count| *count > 0)? } else { 1 };
        all.push(Seen { probe, line, count });
        if !take(text, b'+') {
            return Some(());
        }
    }
    None
}

/// Takes a letter from the front of a text, if it is there.
fn take(text: &mut &[u8], letter: u8) -> bool {
    let is_there = text.first() == Some(&letter);
    *text = &text[usize::from(is_there)..];
    is_there
}

/// Takes a decimal number from the front of a text, where there is one. It is done byte by byte since there are tens of thousands.
fn number(text: &mut &[u8]) -> Option<u32> {
    let mut number: Option<u32> = None;
    while let [digit @ b'0'..=b'9', rest @ ..] = *text {
        number = Some(number.unwrap_or(0).checked_mul(10)?.checked_add(u32::from(digit - b'0'))?);
        *text = rest;
    }
    number
}
