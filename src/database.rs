//! Recordings of real servers, and the database derived from them.
//!
//! A [`Recording`] is evidence: written only by the tool, one file a product and version.
//! A [`Database`] is a pure function of recordings, committed and embedded in the binary.

mod advisories;
mod checks;
mod compare;
mod derive;
mod difference;
mod error;
mod file;
mod front_coding;
mod json_layout;
mod limit;
mod limits;
mod load;
mod model;
mod observation_table;
mod place_versions;
mod probe_sets;
mod recording;
mod release_lines;
mod releases;
mod stored_releases;
mod version;
pub mod vocabulary;

pub use advisories::{Advisory, Affected, Told, releases_first};
pub use checks::{CHECKS, Check, Files, check_all};
pub use derive::{Scope, derive};
pub use error::LoadError;
pub(crate) use model::Seen;
pub use model::{Behaviour, Database, SCHEMA};
pub(crate) use observation_table::{ABSENT, Facts, Lines, NO_FACTS, hash};
pub use probe_sets::{Hashes, ProbeSets};
pub use recording::{Answers, Counted, Provenance, Recording};
pub use release_lines::{KnownLine, ProductReleases};
pub use releases::{ONLY_LINE, Release, ReleaseLine, Releases, is_of_line};
pub use version::{is_pre_release, numbers_of, version_order};

#[cfg(test)]
mod tests;
