//! What a server was observed to do under another condition than the one it was recorded in: another application, a proxy in
//! front, other bytes. It scores and calibrates; no fingerprint is ever derived from it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde::{Deserialize, Serialize};
use stews::database::{ProbeSets, Recording};
use stews::identify::Observations;
use stews::observation::noted::Noted;
use stews::probe::{Probe, ProbeId, find, set_hash};
use stews::scan::Cost;

use crate::conditions::asked::ProbeList;
use crate::conditions::name::Condition;
use crate::support::paths;

/// The version of the stored form.
pub(crate) const SCHEMA: u32 = 2;

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
    /// The set of probes that was played.
    pub probe_set: String,
    /// The probes that were asked, and answered.
    pub(crate) asked: ProbeList,
    /// Probes that were asked later and by themselves, by the set that they belong to.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) added: BTreeMap<String, ProbeList>,
    /// Why the scan ended early, if it did.
    pub stopped: Option<String>,
    /// What it cost.
    pub connections: u64,
    /// Bytes sent.
    pub sent: u64,
    /// Bytes received.
    pub received: u64,
    /// Where two servers took turns, whether that was noticed; nothing else is told of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noticed: Option<bool>,
    /// What was observed where it is not what the recording has, by probe.
    pub(crate) observations: BTreeMap<ProbeId, Noted>,
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
            asked: outcome.observations.keys().copied().collect(),
            added: BTreeMap::new(),
            observations: news(direct, &outcome.observations),
        }
    }

    /// All that was observed of the default set; where it is what the recording has, what that has most often. What was not asked is not
    /// filled in.
    pub fn whole(&self, direct: &Recording) -> Observations {
        let asked = self.all_asked().filter(|probe| find(*probe).is_ok_and(Probe::is_default));
        let line = |probe| self.observations.get(&probe).or_else(|| direct.usual(probe));
        asked.filter_map(|probe| Some((probe, line(probe)?.observation().clone()))).collect()
    }

    /// All probes that were asked, with the first or later.
    pub fn all_asked(&self) -> impl Iterator<Item = ProbeId> {
        self.added.values().chain([&self.asked]).flat_map(|list| &list.0).copied()
    }

    /// Whether a probe was asked that sends the same today.
    pub fn has_current(&self, sets: &ProbeSets, probe: ProbeId) -> bool {
        let own = std::iter::once((&self.probe_set, &self.asked));
        let mut lists = own.chain(&self.added);
        lists.any(|(set, list)| list.0.contains(&probe) && sets.is_current(set, probe))
    }

    /// Adds what was observed of probes that were asked later and by themselves, by today's set of probes.
    pub fn add(&mut self, direct: &Recording, observed: &Observations) {
        let today = set_hash();
        for probe in observed.keys() {
            self.observations.remove(probe);
            self.asked.0.remove(probe);
            for list in self.added.values_mut() {
                list.0.remove(probe);
            }
        }
        let list = if self.probe_set == today { &mut self.asked } else { self.added.entry(today).or_default() };
        list.0.extend(observed.keys());
        self.added.retain(|_, list| !list.0.is_empty());
        self.observations.extend(news(direct, observed));
    }

    /// Takes out what was asked with probes that send something else today.
    fn drop_stale(&mut self, sets: &ProbeSets) {
        self.asked.0.retain(|probe| sets.is_current(&self.probe_set, *probe));
        for (set, list) in &mut self.added {
            list.0.retain(|probe| sets.is_current(set, *probe));
        }
        let current: BTreeSet<ProbeId> = self.all_asked().collect();
        self.observations.retain(|probe, _| current.contains(probe));
    }

    /// Reads a stored scan.
    pub fn read(text: &str) -> Result<Self> {
        let stored: Self = serde_json::from_str(text)?;
        ensure!(stored.schema == SCHEMA, "it has schema {}; this workbench reads schema {SCHEMA}", stored.schema);
        Ok(stored)
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

/// What was observed where it is not what a recording has.
fn news(direct: &Recording, observed: &Observations) -> BTreeMap<ProbeId, Noted> {
    let lines = observed.iter().map(|(probe, seen)| (*probe, Noted::from(seen.clone())));
    let is_known = |probe: &ProbeId, line: &Noted| {
        direct.observations.get(probe).is_some_and(|known| known.seen.contains_key(line))
    };
    lines.filter(|(probe, line)| !is_known(probe, line)).collect()
}

/// The folder of conditions.
pub fn folder() -> Result<PathBuf> {
    Ok(paths::root()?.join("fingerprints/conditions"))
}

/// Where a scan belongs below it.
pub fn path(condition: &Condition, product: &str, version: &str) -> PathBuf {
    Path::new(&condition.to_string()).join(Recording::path_of(product, version))
}

/// All stored scans whose server is recorded, as far as they are current, each with the recording, in the order of their paths.
pub fn load_all(recordings: &[Recording]) -> Result<Vec<(Conditioned, &Recording)>> {
    load_where(recordings, |_| true)
}

/// The same of the conditions that are `wanted`.
pub fn load_where(
    recordings: &[Recording],
    wanted: impl Fn(&Condition) -> bool,
) -> Result<Vec<(Conditioned, &Recording)>> {
    let folder = folder()?;
    let sets = ProbeSets::load_all(&paths::probe_sets()?)?;
    let mut all = Vec::new();
    for name in list(&folder) {
        let condition: Condition = name.parse().with_context(|| format!("`{}`", folder.join(&name).display()))?;
        if !wanted(&condition) {
            continue;
        }
        for recording in recordings {
            let path = folder.join(path(&condition, &recording.product, &recording.version));
            let Ok(text) = std::fs::read_to_string(&path) else { continue };
            let mut stored = Conditioned::read(&text).with_context(|| format!("`{}` does not read", path.display()))?;
            stored.drop_stale(&sets);
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
                let stored = Conditioned::read(&text).unwrap();
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
        let line = |text: &str| text.parse::<Noted>().unwrap();
        assert_eq!(stored.observations, BTreeMap::from([(ProbeId::new(100), line("fence | alive"))]));
        assert_eq!(stored.asked.to_string(), "100 203");
        assert_eq!(stored.whole(&direct), sink);
        assert_eq!(stored.path(), Path::new("sink/ws/8.json"));
    }

    /// A probe that is new to a recording was not asked under its conditions, whatever the recording has of it.
    #[test]
    fn what_was_not_asked_is_not_filled_in_and_what_is_asked_later_names_its_set() {
        let mut direct = Recording::of_runs("ws", "8", &[observed(&[(203, "close 1002 | fin"), (204, "| fin")])]);
        let outcome = ScanOutcome {
            observations: observed(&[(203, "close 1002 | fin")]),
            stopped: None,
            cost: Cost::default(),
            noticed: None,
        };
        let mut stored = Conditioned::new(&direct, &Condition::Sink, "", &outcome);
        stored.probe_set = "then".to_owned();
        direct.provenance.probe_set = "then".to_owned();
        assert_eq!(stored.whole(&direct), observed(&[(203, "close 1002 | fin")]));
        let later = observed(&[(204, "| reset"), (205, "| fin")]);
        stored.add(&direct, &later);
        assert_eq!(stored.added, BTreeMap::from([(set_hash(), "204-205".parse().unwrap())]));
        assert_eq!(stored.whole(&direct).len(), 3);
        assert_eq!(Conditioned::read(&serde_json::to_string(&stored).unwrap()).unwrap(), stored);
        stored.add(&direct, &observed(&[(203, "| fin")]));
        assert_eq!((stored.asked.to_string(), stored.whole(&direct).len()), (String::new(), 3));
        stored.drop_stale(&ProbeSets::today());
        assert_eq!(stored.whole(&direct).len(), 3, "all were asked with today's");
        stored.added.insert("before".to_owned(), "206".parse().unwrap());
        stored.drop_stale(&ProbeSets::today());
        assert_eq!(stored.whole(&direct).len(), 3);
    }
}
