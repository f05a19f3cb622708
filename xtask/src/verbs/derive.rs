//! `cargo xtask derive`: the database from the recordings.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use stews::database::{ProbeSets, Recording, check_all, derive};
use stews::probe::ProbeId;

use crate::support::{self, paths};

/// Writes the database, or with `check` fails where it is out of date.
pub fn run(check: bool) -> Result<()> {
    let files = Recording::load_all(&paths::recordings()?)?;
    let folder = paths::probe_sets()?;
    let (name, today) = ProbeSets::stored_today();
    paths::write_or_check(&folder.join(name), &today, check, "cargo xtask derive")?;
    let sets = ProbeSets::load_all(&folder)?;
    let complaints = check_all(&files, &sets);
    ensure!(complaints.is_empty(), "the recordings do not pass:\n{}", complaints.join("\n"));
    let mut recordings: Vec<Recording> = files.into_iter().map(|(_, recording)| recording).collect();
    tell_stale(&mut recordings, &sets);
    let database = derive(&recordings, &support::recordings::releases()?);
    let path = paths::root()?.join("fingerprints/database.json");
    paths::write_or_check(&path, &database.to_text(), check, "cargo xtask derive")?;
    println!("{} recordings, {} behaviours", recordings.len(), database.behaviours.len());
    Ok(())
}

/// Takes out what is not current and says what that was.
fn tell_stale(recordings: &mut [Recording], sets: &ProbeSets) {
    let mut stale: BTreeMap<ProbeId, usize> = BTreeMap::new();
    for probe in recordings.iter_mut().flat_map(|recording| sets.drop_stale(recording)) {
        *stale.entry(probe).or_default() += 1;
    }
    for (probe, recordings) in stale {
        println!(
            "dropped    probe {probe} of {recordings} recordings: it sends something else today; `cargo xtask record --probes {probe}` asks it again"
        );
    }
}
