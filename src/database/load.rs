//! The database from its file, or from the binary, and back.

use std::path::Path;

use super::error::{FileKind, LoadError};
use super::limits;
use super::model::{Database, SCHEMA};
use super::{file, probe_sets};
use crate::probe::ProbeId;

/// The file of a database.
const KIND: FileKind = FileKind { what: "stews database", limit: limits::DATABASE };

impl Database {
    /// The database that the binary carries.
    ///
    /// # Errors
    /// Never for a released binary: a test reads it.
    pub fn embedded() -> Result<Self, LoadError> {
        // That all of it is current is held by a test: there is no need to look each time.
        Self::from_text(Self::embedded_text(), "the embedded database")
    }

    /// The text of [`Database::embedded`].
    #[must_use]
    pub fn embedded_text() -> &'static str {
        // A constant would be in the binary once for each use.
        static TEXT: &str = include_str!("../../fingerprints/database.json");
        TEXT
    }

    /// Reads a database from a file, of which nothing is believed: it is read up to 64 MiB, never comes to much more memory than it is long,
    /// and holds nothing that a terminal must not see. What it says of probes that send something else in this version of stews is left
    /// out ([`Database::dropped`]).
    ///
    /// # Errors
    /// When it cannot be read or is not a database of this schema.
    pub fn load(path: &Path) -> Result<Self, LoadError> {
        let mut database = Self::from_text(&KIND.read(path)?, &path.display().to_string())?;
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
        // They are in order, and a file of others may have a thousand of them, and a million answers.
        let is_dropped = |probe: &ProbeId| self.dropped.binary_search(probe).is_ok();
        for behaviour in &mut self.behaviours {
            behaviour.seen.retain(|seen| !is_dropped(&seen.probe));
        }
        self.probes.retain(|probe, _| !is_dropped(probe));
    }

    /// Reads a database from the text of a file, called `name` in errors: all of it, what is not current included.
    ///
    /// # Errors
    /// When it is not a database of this schema.
    pub fn from_text(text: &str, name: &str) -> Result<Self, LoadError> {
        let stored: file::Stored = KIND.parse(text, name, SCHEMA)?;
        if stored.schema() != SCHEMA {
            return Err(LoadError::Schema { path: name.to_owned(), found: stored.schema(), known: SCHEMA });
        }
        stored.read().map_err(|wrong| KIND.wrong(name, wrong))
    }

    /// The stored form: each line and each behaviour's fields on lines of their own.
    #[must_use]
    pub fn to_text(&self) -> String {
        file::Stored::of(self).to_text()
    }
}
