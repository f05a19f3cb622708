//! The committed recordings, and the lists of releases that go with them.

use anyhow::Result;
use stews::database::{Database, ProbeSets, Recording, Releases, derive};

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

/// All lists of releases.
pub fn releases() -> Result<Vec<Releases>> {
    Ok(Releases::load_all(&paths::releases()?)?)
}

/// The database of all that is committed.
pub fn database() -> Result<Database> {
    Ok(derive(&load_all()?, &releases()?))
}
