//! What there is to judge: recorded runs, and scans under other conditions, as they are committed.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, ensure};
use stews::database::{Database, Recording, Releases, derive};
use stews::features::{Kind, features};
use stews::identify::Observations;
use stews::probe::{ProbeId, find};

use crate::conditions::stored::{self, Conditioned};
use crate::evaluate::families::Families;
use crate::evaluate::hold_out::{self, Case, Known};
use crate::support::recordings;

/// What was recorded, and what was seen under other conditions.
pub struct Recorded {
    /// The recordings.
    pub recordings: Vec<Recording>,
    /// The lists of releases.
    pub releases: Vec<Releases>,
}

impl Recorded {
    /// Everything that is committed.
    pub fn load() -> Result<Self> {
        let recordings = recordings::load_all()?;
        ensure!(!recordings.is_empty(), "there are no recordings; run `cargo xtask regenerate`");
        Ok(Self { recordings, releases: recordings::releases()? })
    }

    /// All that is known.
    pub fn whole(&self) -> Result<Whole> {
        Ok(Whole { database: derive(&self.recordings, &self.releases), families: Families::load()? })
    }

    /// The runs, and the scans under conditions.
    pub fn cases(&self) -> Result<Cases<'_>> {
        let all = stored::load_all(&self.recordings)?;
        let (shared, conditioned): (Vec<_>, Vec<_>) = all.into_iter().partition(|(scan, _)| scan.noticed.is_some());
        let behind = behind_proxies(&conditioned);
        Ok(Cases { runs: hold_out::cases(&self.recordings), conditioned, behind, shared })
    }
}

/// All that is known.
pub struct Whole {
    /// The database of all recordings.
    pub database: Database,
    families: Families,
}

impl Whole {
    /// The same, borrowed.
    pub const fn known(&self) -> Known<'_> {
        Known { database: &self.database, families: &self.families }
    }
}

/// What there is to judge.
pub struct Cases<'a> {
    /// Recorded runs.
    pub runs: Vec<Case<'a>>,
    /// Scans under conditions, each with the recording of its server.
    pub conditioned: Vec<(Conditioned, &'a Recording)>,
    /// What those behind proxies observed, server by server.
    pub behind: Vec<Case<'a>>,
    /// Scans where another server took turns with the recorded one.
    pub shared: Vec<(Conditioned, &'a Recording)>,
}

fn behind_proxies<'a>(conditioned: &[(Conditioned, &'a Recording)]) -> Vec<Case<'a>> {
    let behind = conditioned.iter().filter(|(scan, _)| scan.proxy().is_some());
    let mut behind: Vec<Case<'_>> = behind.map(|(scan, direct)| Case::new(direct, scan.whole(direct))).collect();
    let name = |case: &Case<'a>| (&case.truth.product, &case.truth.version);
    behind.sort_by(|one, other| name(one).cmp(&name(other)));
    behind
}

/// Engines, each with its half, so that each half can be judged with numbers that were fitted to the other.
pub fn halves(recordings: &[Recording]) -> BTreeMap<&str, usize> {
    let engines: BTreeSet<&str> = recordings.iter().map(|recording| recording.engine.as_str()).collect();
    engines.into_iter().enumerate().map(|(place, engine)| (engine, place % 2)).collect()
}

/// A fact's place.
pub type Key = (ProbeId, Kind);

/// The facts of some observations.
pub fn facts_of(observations: &Observations) -> BTreeMap<Key, String> {
    let probed = observations.iter().filter_map(|(id, seen)| Some((find(*id).ok()?, seen)));
    let features = probed.flat_map(|(probe, seen)| features(probe, seen));
    features.map(|feature| ((feature.probe, feature.kind), feature.value)).collect()
}

/// All values that a recording has.
pub fn known_facts(recording: &Recording) -> BTreeMap<Key, Vec<String>> {
    let mut known: BTreeMap<Key, Vec<String>> = BTreeMap::new();
    for (id, answers) in &recording.observations {
        for line in answers.seen.keys() {
            for (key, value) in facts_of(&Observations::from([(*id, line.observation().clone())])) {
                known.entry(key).or_default().push(value);
            }
        }
    }
    known
}
