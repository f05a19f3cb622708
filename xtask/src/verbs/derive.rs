//! `cargo xtask derive`: the database from the recordings.

use anyhow::{Result, ensure};
use stews::database::{Recording, check_all, derive};

use crate::support::paths;

/// Writes the database, or with `check` fails where it is out of date.
pub fn run(check: bool) -> Result<()> {
    let files = Recording::load_all(&paths::recordings()?)?;
    let complaints = check_all(&files);
    ensure!(complaints.is_empty(), "the recordings do not pass:\n{}", complaints.join("\n"));
    let recordings: Vec<Recording> = files.into_iter().map(|(_, recording)| recording).collect();
    let database = derive(&recordings);
    let path = paths::root()?.join("fingerprints/database.json");
    paths::write_or_check(&path, &database.to_text(), check, "cargo xtask derive")?;
    println!("{} recordings, {} behaviours", recordings.len(), database.behaviours.len());
    Ok(())
}
