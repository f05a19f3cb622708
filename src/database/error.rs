//! Stored files that do not read.

use std::path::Path;

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

/// The text of a file.
pub(super) fn read(path: &Path) -> Result<String, LoadError> {
    std::fs::read_to_string(path).map_err(|error| LoadError::Read { path: path.display().to_string(), error })
}
