//! `cargo xtask regenerate`: from servers to recordings, and to everything that follows from recordings alone.

use anyhow::{Result, ensure};

use crate::pages::{behaviours, readme};
use crate::record::recorder::{self, Plan};
use crate::verbs::derive;

/// Records the selected servers, and derives the database and the pages.
pub async fn run(plan: &Plan) -> Result<()> {
    let failed = recorder::run(plan).await?;
    derive::run(false)?;
    behaviours::run(false)?;
    readme::run(false)?;
    ensure!(failed.is_empty(), "not recorded: {}", failed.join(", "));
    Ok(())
}
