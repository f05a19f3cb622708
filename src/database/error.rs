//! Stored files that do not read.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::Path;

use serde::Deserialize;

use crate::wire::escape::printable;

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
    #[error("`{path}` is not a {what}: {}", short(error))]
    Form {
        /// The file.
        path: String,
        /// What was expected.
        what: &'static str,
        /// Where it goes wrong.
        error: serde_json::Error,
    },
    /// A file that contradicts itself, or holds what such a file never does.
    #[error("`{path}` is not a {what}: {wrong}")]
    Content {
        /// The file.
        path: String,
        /// What was expected.
        what: &'static str,
        /// What is wrong.
        wrong: String,
    },
    /// A file that is longer than any of its kind.
    #[error("`{path}` is longer than {} MiB, which no {what} is; give the file that stews wrote", limit / (1024 * 1024))]
    TooLong {
        /// The file.
        path: String,
        /// What was expected.
        what: &'static str,
        /// How many bytes are read.
        limit: usize,
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

/// A kind of stored file.
#[derive(Clone, Copy, Debug)]
pub(super) struct FileKind {
    /// What it is called.
    pub(super) what: &'static str,
    /// The most bytes that are read of one.
    pub(super) limit: usize,
}

impl FileKind {
    /// The text of a file: never more than the limit, though it be a device that has no end.
    pub(super) fn read(self, path: &Path) -> Result<String, LoadError> {
        let name = || path.display().to_string();
        let failed = |error| LoadError::Read { path: name(), error };
        let mut file = File::open(path).map_err(failed)?.take(self.limit as u64 + 1);
        let mut bytes = Vec::new();
        file.by_ref().take(FIRST).read_to_end(&mut bytes).map_err(failed)?;
        // All that is stored is a JSON object. What does not begin as one is read no further: that is said of its beginning.
        if bytes.trim_ascii_start().first().is_some_and(|byte| *byte != b'{') {
            return Ok(String::from_utf8_lossy(&bytes).into_owned());
        }
        let too_long = || LoadError::TooLong { path: name(), what: self.what, limit: self.limit };
        // What says how long it is need not be read to be too long.
        if file.get_ref().metadata().is_ok_and(|about| about.len() > self.limit as u64) {
            return Err(too_long());
        }
        file.read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() > self.limit {
            return Err(too_long());
        }
        let no_text = |_| failed(std::io::Error::new(ErrorKind::InvalidData, "it is not UTF-8"));
        String::from_utf8(bytes).map_err(no_text)
    }
}

/// The schema of a file, whatever else is in it.
#[derive(Deserialize)]
struct Schema {
    schema: u32,
}

impl FileKind {
    /// The value that a text is, where that does not need another schema than the `known` one: what another version wrote is told from what
    /// is no such file at all.
    pub(super) fn parse<'t, T: Deserialize<'t>>(self, text: &'t str, name: &str, known: u32) -> Result<T, LoadError> {
        serde_json::from_str(text).map_err(|error| match serde_json::from_str::<Schema>(text) {
            Ok(Schema { schema: found }) if found != known => LoadError::Schema { path: name.to_owned(), found, known },
            _ => LoadError::Form { path: name.to_owned(), what: self.what, error },
        })
    }

    /// What is wrong with the content of a file.
    pub(super) fn wrong(self, name: &str, wrong: String) -> LoadError {
        LoadError::Content { path: name.to_owned(), what: self.what, wrong }
    }
}

/// How many bytes show what begins as a JSON object does.
const FIRST: u64 = 4096;

/// What is wrong with the form of a file, as it may be shown: escaped, and without the whole of a name that is longer than a line.
fn short(error: &serde_json::Error) -> String {
    const MOST: usize = 300;
    let whole = printable(&error.to_string());
    if whole.len() <= MOST {
        return whole;
    }
    let start: String = whole.chars().take(120).collect();
    format!("{start}… at line {} column {}", error.line(), error.column())
}
