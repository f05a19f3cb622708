//! The committed recordings.

use anyhow::Result;
use stews::database::Recording;

use crate::support::paths;

/// All of them, in the order of their paths.
pub fn load_all() -> Result<Vec<Recording>> {
    let files = Recording::load_all(&paths::recordings()?)?;
    Ok(files.into_iter().map(|(_, recording)| recording).collect())
}
