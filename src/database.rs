//! Recordings of real servers, and the database derived from them.
//!
//! A [`Recording`] is evidence: written only by the tool, one file a product and version.
//! A [`Database`] is a pure function of recordings, committed and embedded in the binary.

mod checks;
mod derive;
mod file;
mod front_coding;
mod json_layout;
mod observation_table;
mod probe_sets;
mod recording;
pub mod vocabulary;

use std::path::Path;
use std::sync::Arc;

pub use checks::{CHECKS, Check, Files, check_all};
pub(crate) use derive::version_key;
pub use derive::{Scope, derive, version_order};
pub(crate) use observation_table::{ABSENT, Facts, Lines, hash};
pub use probe_sets::{Hashes, ProbeSets};
pub use recording::{Answers, Counted, Provenance, Recording};

use crate::probe::ProbeId;

/// The version of the stored form of the database.
pub const SCHEMA: u32 = 5;

/// What the tool knows. A copy is cheap in what is large.
#[derive(Clone, Debug)]
pub struct Database {
    /// The name of the set of probes of the version of stews that derived it ([`crate::probe::set_hash`]).
    pub probe_set: String,
    /// The probes that were played, with the hashes of what they send.
    probes: Hashes,
    /// One entry for each way to behave.
    pub behaviours: Vec<Behaviour>,
    lines: Arc<Lines>,
    /// The probes of the file of which nothing was taken over.
    dropped: Vec<ProbeId>,
}

/// One way to behave, shared by all versions of a product that no probe tells apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behaviour {
    /// The product, a name of [`vocabulary`].
    pub product: String,
    /// The WebSocket implementation inside it.
    pub engine: String,
    /// The framework around the engine, if there is one.
    pub framework: Option<String>,
    /// The versions recorded with this behaviour, oldest first.
    pub versions: Vec<String>,
    /// Other products that the default probes do not tell from this one, banners aside.
    pub twins: Vec<String>,
    /// What was observed, in the order of probes.
    seen: Vec<Seen>,
}

/// A line of the database, and how often a probe was answered with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Seen {
    pub(crate) probe: ProbeId,
    pub(crate) line: u32,
    /// In how many runs; 1 where all agreed.
    pub(crate) count: u16,
}

impl Behaviour {
    /// What a probe was answered; nothing if it was not played.
    pub(crate) fn seen(&self, probe: ProbeId) -> &[Seen] {
        let start = self.seen.partition_point(|seen| seen.probe < probe);
        let rest = &self.seen[start..];
        &rest[..rest.partition_point(|seen| seen.probe == probe)]
    }

    /// Everything that was observed, in the order of probes.
    pub(crate) fn all_seen(&self) -> &[Seen] {
        &self.seen
    }

    /// The probes that were played, in order.
    pub fn probes(&self) -> impl Iterator<Item = ProbeId> + '_ {
        self.seen.chunk_by(|one, other| one.probe == other.probe).map(|same| same[0].probe)
    }
}

/// What can be wrong with stored fingerprints.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// A file cannot be read.
    #[error("cannot read `{path}`: {error}")]
    Read {
        /// The file.
        path: String,
        /// Why.
        error: std::io::Error,
    },
    /// A file is not what it should be.
    #[error("`{path}` is not a {what}: {error}")]
    Form {
        /// The file.
        path: String,
        /// What was expected.
        what: &'static str,
        /// Where it goes wrong.
        error: serde_json::Error,
    },
    /// A database that contradicts itself.
    #[error("`{path}` is not a stews database: {what}")]
    Content {
        /// The file.
        path: String,
        /// What is wrong.
        what: String,
    },
    /// A file of another version of the tool.
    #[error("`{path}` has schema {found}; this version of stews reads schema {known}")]
    Schema {
        /// The file.
        path: String,
        /// Its schema.
        found: u32,
        /// The schema that can be read.
        known: u32,
    },
}

impl Database {
    /// The database that the binary carries.
    ///
    /// # Errors
    /// Never for a released binary: a test reads it.
    pub fn embedded() -> Result<Self, LoadError> {
        // That all of it is current is held by a test: there is no need to look each time.
        Self::from_text(include_str!("../fingerprints/database.json"), "the embedded database")
    }

    /// Reads a database from a file. What it says of probes that send something else in this version of stews is left out
    /// ([`Database::dropped`]).
    ///
    /// # Errors
    /// When it cannot be read or is not a database of this schema.
    pub fn load(path: &Path) -> Result<Self, LoadError> {
        let mut database = Self::from_text(&read(path)?, &path.display().to_string())?;
        database.drop_stale();
        Ok(database)
    }

    /// The probes of the file of which nothing was taken over, since they send something else in this version of stews.
    #[must_use]
    pub fn dropped(&self) -> &[ProbeId] {
        &self.dropped
    }

    /// Leaves out what was observed with probes that send something else today.
    fn drop_stale(&mut self) {
        let stale = |(probe, hash): (&ProbeId, &String)| (!probe_sets::is_todays(*probe, hash)).then_some(*probe);
        self.dropped = self.probes.iter().filter_map(stale).collect();
        for behaviour in &mut self.behaviours {
            behaviour.seen.retain(|seen| !self.dropped.contains(&seen.probe));
        }
        self.probes.retain(|probe, _| !self.dropped.contains(probe));
    }

    fn from_text(text: &str, path: &str) -> Result<Self, LoadError> {
        let form = |error| LoadError::Form { path: path.to_owned(), what: "stews database", error };
        let stored: file::Stored = match serde_json::from_str(text) {
            Ok(stored) => stored,
            // What another version wrote is told from what is no database at all.
            Err(error) => match serde_json::from_str::<file::Schema>(text) {
                Ok(found) if found.schema != SCHEMA => {
                    return Err(LoadError::Schema { path: path.to_owned(), found: found.schema, known: SCHEMA });
                }
                _ => return Err(form(error)),
            },
        };
        stored.read().map_err(|what| LoadError::Content { path: path.to_owned(), what })
    }

    /// The stored form: each line and each behaviour's fields on lines of their own.
    #[must_use]
    pub fn to_text(&self) -> String {
        file::Stored::of(self).to_text()
    }

    /// What a probe was answered by a behaviour of this database, in the notation, and in how many runs (1 where all agreed).
    pub fn answers<'a>(
        &'a self,
        behaviour: &'a Behaviour,
        probe: ProbeId,
    ) -> impl Iterator<Item = (&'a str, u32)> + 'a {
        behaviour.seen(probe).iter().map(|seen| (self.lines.text(seen.line), seen.count.into()))
    }

    /// Groups of behaviours that no fact of `scope` tells apart, each of several products.
    #[must_use]
    pub fn alike(&self, scope: Scope) -> Vec<Vec<&Behaviour>> {
        let groups = derive::alike(&self.behaviours, &self.lines, scope);
        groups.into_iter().map(|group| group.into_iter().map(|index| &self.behaviours[index]).collect()).collect()
    }

    /// All probes in whose answers two behaviours differ in a fact of `scope`, in order.
    #[must_use]
    pub fn differences(&self, one: &Behaviour, other: &Behaviour, scope: Scope) -> Vec<ProbeId> {
        let facts = |seen: &[Seen]| derive::facts(seen, &self.lines, |probe, kind| scope.counts(probe, kind));
        let differ = |probe: &ProbeId| {
            let (one, other) = (one.seen(*probe), other.seen(*probe));
            !one.is_empty() && !other.is_empty() && facts(one) != facts(other)
        };
        one.probes().filter(differ).collect()
    }

    /// The database as if one run of a recording had not been made.
    #[must_use]
    pub fn without_run(&self, recording: &Recording, run: u32) -> Self {
        let mut rest = self.clone();
        let mine =
            |known: &&mut Behaviour| known.product == recording.product && known.versions.contains(&recording.version);
        for known in rest.behaviours.iter_mut().filter(mine) {
            derive::take_run(known, recording, run, &self.lines);
        }
        rest
    }

    /// The database as if a version of a product had not been recorded.
    #[must_use]
    pub fn without_version(&self, product: &str, version: &str) -> Self {
        let mut rest = self.clone();
        for known in rest.behaviours.iter_mut().filter(|known| known.product == product) {
            known.versions.retain(|other| other != version);
        }
        rest.behaviours.retain(|known| !known.versions.is_empty());
        rest
    }

    /// The database without the behaviours for which `wanted` is false.
    #[must_use]
    pub fn retain(&self, wanted: impl FnMut(&Behaviour) -> bool) -> Self {
        let mut rest = self.clone();
        rest.behaviours.retain(wanted);
        rest
    }

    pub(crate) fn lines(&self) -> &Lines {
        &self.lines
    }
}

/// The text of a file.
fn read(path: &Path) -> Result<String, LoadError> {
    std::fs::read_to_string(path).map_err(|error| LoadError::Read { path: path.display().to_string(), error })
}

impl PartialEq for Database {
    fn eq(&self, other: &Self) -> bool {
        (&self.probe_set, &self.probes, &self.behaviours, &self.lines)
            == (&other.probe_set, &other.probes, &other.behaviours, &other.lines)
    }
}

#[cfg(test)]
mod tests;
