//! `cargo xtask regenerate`: from servers to recordings, and to everything that follows from recordings alone.

use anyhow::{Result, ensure};

use crate::pages::{behaviours, readme};
use crate::record::incremental;
use crate::record::recorder::{self, Plan};
use crate::verbs::derive;

/// Records the selected servers, and derives the database and the pages.
pub async fn run(plan: &Plan) -> Result<()> {
    follow_up(&recorder::run(plan).await?)
}

/// Records some probes alone, and derives the database and the pages.
pub async fn add(plan: &incremental::Plan) -> Result<()> {
    follow_up(&incremental::run(plan).await?)
}

/// Writes what follows from the recordings; fails where some servers failed.
fn follow_up(failed: &[String]) -> Result<()> {
    derive::run(false)?;
    behaviours::run(false)?;
    readme::run(false)?;
    ensure!(failed.is_empty(), "not recorded: {}", failed.join(", "));
    Ok(())
}
