//! `cargo xtask regenerate`: from servers to recordings, and to everything that follows from recordings alone.

use anyhow::{Result, ensure};

use crate::bisect;
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

/// Records the releases on both sides of every change of behaviour, and derives the database and the pages.
pub async fn bisect(plan: &bisect::Plan) -> Result<()> {
    let unfinished = bisect::run(plan).await?;
    if !plan.left {
        follow_up(&[])?;
    }
    ensure!(unfinished.is_empty(), "something is left of {}; the same command goes on there", unfinished.join(", "));
    Ok(())
}

/// Writes what follows from the recordings; fails where some servers failed.
pub fn follow_up(failed: &[String]) -> Result<()> {
    derive::run(false)?;
    behaviours::run(false)?;
    readme::run(false)?;
    ensure!(failed.is_empty(), "not recorded: {}", failed.join(", "));
    Ok(())
}
