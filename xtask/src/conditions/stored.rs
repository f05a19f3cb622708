//! What a server was observed to do under another condition than the one it was recorded in: another application, a proxy in
//! front, other bytes. It scores and calibrates; no fingerprint is ever derived from it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde::{Deserialize, Serialize};
use stews::database::Recording;
use stews::identify::Observations;
use stews::probe::{ProbeId, default_set};
use stews::scan::Cost;

use crate::conditions::name::Condition;
use crate::support::paths;

/// The version of the stored form.
const SCHEMA: u32 = 1;

/// One scan of one server under one condition, as what it adds to the server's recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conditioned {
    schema: u32,
    /// The condition.
    pub condition: Condition,
    /// The product.
    pub product: String,
    /// Its version.
    pub version: String,
    /// What else it takes to do the same again: the version of the proxy, the seed of a variation.
    pub detail: String,
    /// The hash of the probes that were played.
    pub probe_set: String,
    /// Why the scan ended early, if it did.
    pub stopped: Option<String>,
    /// What it cost.
    pub connections: u64,
    /// Bytes sent.
    pub sent: u64,
    /// Bytes received.
    pub received: u64,
    /// Probes of the default set that the recording has and this scan has not.
    missing: Vec<String>,
    /// Where two servers took turns, whether that was noticed; nothing else is told of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noticed: Option<bool>,
    /// What was observed where it is not what the recording has, by probe.
    observations: BTreeMap<String, String>,
}

/// What a scan came to.
pub struct ScanOutcome {
    /// What was observed.
    pub observations: Observations,
    /// Why it ended early.
    pub stopped: Option<String>,
    /// What it cost.
    pub cost: Cost,
    /// Where two servers took turns, whether that was noticed.
    pub noticed: Option<bool>,
}

impl Conditioned {
    /// What `outcome` adds to the recording.
    pub fn new(direct: &Recording, condition: &Condition, detail: &str, outcome: &ScanOutcome) -> Self {
        let is_news = |(probe, line): &(String, String)| {
            direct.observations.get(probe).is_none_or(|lines| !lines.contains_key(line))
        };
        let lines = outcome.observations.iter().map(|(probe, seen)| (probe.to_string(), seen.to_string()));
        let is_missing = |id: &ProbeId| {
            let known = direct.observations.contains_key(&id.to_string());
            outcome.noticed.is_none() && known && !outcome.observations.contains_key(id)
        };
        let missing = default_ids().filter(is_missing);
        Self {
            schema: SCHEMA,
            condition: condition.clone(),
            product: direct.product.clone(),
            version: direct.version.clone(),
            detail: detail.to_owned(),
            probe_set: stews::probe::set_hash(),
            stopped: outcome.stopped.clone(),
            connections: outcome.cost.connections,
            sent: outcome.cost.sent,
            received: outcome.cost.received,
            noticed: outcome.noticed,
            missing: missing.map(|id| id.to_string()).collect(),
            observations: lines.filter(is_news).collect(),
        }
    }

    /// All that was observed; where it is what the recording has, its most frequent line.
    pub fn whole(&self, direct: &Recording) -> Result<Observations> {
        let missing: BTreeSet<&String> = self.missing.iter().collect();
        let mut whole = Observations::new();
        for id in default_ids().filter(|id| !missing.contains(&id.to_string())) {
            let name = id.to_string();
            let Some(line) = self.observations.get(&name).or_else(|| direct.usual(id)) else { continue };
            whole.insert(id, line.parse().with_context(|| format!("{}: probe {name}", self.path().display()))?);
        }
        Ok(whole)
    }

    /// The proxy that stood in front.
    pub fn proxy(&self) -> Option<&str> {
        self.condition.proxy()
    }

    /// Where it belongs below the folder of conditions.
    pub fn path(&self) -> PathBuf {
        path(&self.condition, &self.product, &self.version)
    }

    /// Writes it to its place.
    pub fn store(&self) -> Result<()> {
        paths::write(&folder()?.join(self.path()), &(serde_json::to_string_pretty(self)? + "\n"))
    }
}

/// The folder of conditions.
pub fn folder() -> Result<PathBuf> {
    Ok(paths::root()?.join("fingerprints/conditions"))
}

/// Where a scan belongs below it.
pub fn path(condition: &Condition, product: &str, version: &str) -> PathBuf {
    Path::new(&condition.to_string()).join(Recording::path_of(product, version))
}

/// All stored scans whose server is still recorded with today's probes, each with the recording, in the order of their paths.
pub fn load_all(recordings: &[Recording]) -> Result<Vec<(Conditioned, &Recording)>> {
    let folder = folder()?;
    let mut all = Vec::new();
    for name in list(&folder) {
        let condition: Condition = name.parse().with_context(|| format!("`{}`", folder.join(&name).display()))?;
        for recording in recordings {
            let path = folder.join(path(&condition, &recording.product, &recording.version));
            let Ok(text) = std::fs::read_to_string(&path) else { continue };
            let stored: Conditioned =
                serde_json::from_str(&text).with_context(|| format!("`{}` does not read", path.display()))?;
            ensure!(
                stored.schema == SCHEMA && stored.probe_set == stews::probe::set_hash(),
                "`{}` was made by another version; run `cargo xtask conditions --only {}@{}`",
                path.display(),
                recording.product,
                recording.version
            );
            all.push((stored, recording));
        }
    }
    Ok(all)
}

/// The names of the folders in a folder, sorted; none where there is no such folder.
fn list(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().filter(|entry| entry.path().is_dir());
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

fn default_ids() -> impl Iterator<Item = ProbeId> {
    default_set().into_iter().map(|probe| probe.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observed(lines: &[(u16, &str)]) -> Observations {
        lines.iter().map(|(id, line)| (ProbeId::new(*id), line.parse().unwrap())).collect()
    }

    #[test]
    fn committed_scans_read_and_are_written_as_they_are() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fingerprints/conditions");
        for condition in list(&folder) {
            let products = list(&folder.join(&condition));
            let product = folder.join(&condition).join(&products[0]);
            for file in std::fs::read_dir(product).unwrap() {
                let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
                let stored: Conditioned = serde_json::from_str(&text).unwrap();
                assert_eq!(stored.condition.to_string(), condition);
                assert!(serde_json::to_string_pretty(&stored).unwrap() + "\n" == text, "{condition}");
            }
        }
    }

    #[test]
    fn what_is_as_recorded_is_not_stored_and_comes_back() {
        let direct = observed(&[(203, "close 1002 | fin"), (100, "text 1 echo, fence | alive"), (105, "close | fin")]);
        let direct = Recording::of_runs("ws", "8", &[direct]);
        let sink = observed(&[(203, "close 1002 | fin"), (100, "fence | alive")]);
        let cost = Cost { connections: 3, sent: 2, received: 1, ..Cost::default() };
        let outcome = ScanOutcome { observations: sink.clone(), stopped: None, cost, noticed: None };
        let stored = Conditioned::new(&direct, &Condition::Sink, "", &outcome);
        assert_eq!(stored.observations, BTreeMap::from([("100".to_owned(), "fence | alive".to_owned())]));
        assert_eq!(stored.missing, ["105"]);
        assert_eq!(stored.whole(&direct).unwrap(), sink);
        assert_eq!(stored.path(), Path::new("sink/ws/8.json"));
    }
}
