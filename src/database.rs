//! Recordings of real servers, and the database derived from them.
//!
//! A [`Recording`] is evidence: written only by the tool, one file a product and version.
//! A [`Database`] is a pure function of recordings, committed and embedded in the binary.

mod checks;
mod derive;
mod recording;
mod text;
pub mod vocabulary;

use std::collections::BTreeMap;
use std::path::Path;

pub use checks::{CHECKS, Check, Files, check_all};
pub use derive::derive;
pub(crate) use derive::version_order;
pub use recording::{Counted, Provenance, Recording};
use serde::{Deserialize, Serialize};

/// The version of the stored forms of recordings and database.
pub const SCHEMA: u32 = 1;

/// What the tool knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// The version of this form: [`SCHEMA`].
    pub schema: u32,
    /// The hash of the probes that were played ([`crate::probe::set_hash`]).
    pub probe_set: String,
    /// One entry for each way to behave.
    pub behaviours: Vec<Behaviour>,
}

/// One way to behave, shared by all versions of a product that no probe tells apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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
    /// What was observed, by probe, and how often.
    pub observations: BTreeMap<String, Counted>,
}

/// What can be wrong with stored fingerprints.
#[derive(Debug, thiserror::Error)]
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
    /// A database of another version of the tool.
    #[error("`{path}` has schema {found}; this version of stews reads schema {SCHEMA}")]
    Schema {
        /// The file.
        path: String,
        /// Its schema.
        found: u32,
    },
}

impl Database {
    /// The database that the binary carries.
    ///
    /// # Errors
    /// Never for a released binary: a test reads it.
    pub fn embedded() -> Result<Self, LoadError> {
        Self::from_text(include_str!("../fingerprints/database.json"), "the embedded database")
    }

    /// Reads a database from a file.
    ///
    /// # Errors
    /// When it cannot be read or is not a database of this schema.
    pub fn load(path: &Path) -> Result<Self, LoadError> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| LoadError::Read { path: name.clone(), error })?;
        Self::from_text(&text, &name)
    }

    fn from_text(text: &str, path: &str) -> Result<Self, LoadError> {
        let form = |error| LoadError::Form { path: path.to_owned(), what: "stews database", error };
        let database: Self = serde_json::from_str(text).map_err(form)?;
        if database.schema != SCHEMA {
            return Err(LoadError::Schema { path: path.to_owned(), found: database.schema });
        }
        Ok(database)
    }

    /// The stored form: sorted keys, one probe a line.
    #[must_use]
    pub fn to_text(&self) -> String {
        text::pretty(self, 5)
    }
}

#[cfg(test)]
mod tests;
