//! The committed recordings.

use anyhow::Result;
use stews::database::{ProbeSets, Recording};

use crate::support::paths;

/// All of them, as far as they are current, in the order of their paths.
pub fn load_all() -> Result<Vec<Recording>> {
    let files = Recording::load_all(&paths::recordings()?)?;
    let sets = ProbeSets::load_all(&paths::probe_sets()?)?;
    let current = |(_, mut recording): (_, Recording)| {
        sets.drop_stale(&mut recording);
        recording
    };
    Ok(files.into_iter().map(current).collect())
}
