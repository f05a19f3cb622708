//! What a worker tells of itself.

use serde::{Deserialize, Serialize};

/// What a worker tells of itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Worker {
    pub(super) name: String,
    pub(super) job: String,
    /// Since when it works for the job, in seconds since 1970.
    pub(super) since: u64,
    /// How many targets of the job it has done.
    pub(super) done: u64,
    /// How many of them a second, of late.
    pub(super) per_second: f64,
}
