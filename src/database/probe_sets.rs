//! With which probes observations were made: each set of probes that was ever recorded with is a file, `<name of the set>.json`, that maps
//! the numbers of its probes to the hashes of what they sent ([`Probe::content_hash`]). An observation is current as long as its probe
//! sends today what it sent then; a new probe, or one that was changed, takes nothing from the others.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::error::{FileKind, LoadError};
use super::limits;
use super::recording::list;
use super::{Recording, json_layout};
use crate::probe::{ALL, ProbeId, find, set_hash};

/// The probes of a set, each with the hash of what it sends.
pub type Hashes = BTreeMap<ProbeId, String>;

/// The probes of a set with the hashes of what they send, in the order of their numbers, in which answers stand.
#[derive(Debug)]
pub(super) struct Ordered(pub(super) Hashes);

impl Serialize for Ordered {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Ordered {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(ProbesVisitor)
    }
}

struct ProbesVisitor;

impl<'de> Visitor<'de> for ProbesVisitor {
    type Value = Ordered;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("probes in the order of their numbers")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Ordered, A::Error> {
        let mut probes: Hashes = BTreeMap::new();
        while let Some((probe, hash)) = fields.next_entry::<ProbeId, String>()? {
            if !(100..1000).contains(&probe.number()) {
                return Err(A::Error::custom(format_args!("the number of probe {probe} has not three digits")));
            }
            if probes.last_key_value().is_some_and(|(last, _)| *last >= probe) {
                return Err(A::Error::custom(format_args!("probe {probe} is not in the order of numbers")));
            }
            limits::check_name("the hash", &hash).map_err(A::Error::custom)?;
            probes.insert(probe, hash);
        }
        Ok(Ordered(probes))
    }
}

/// The file of a set of probes.
const KIND: FileKind = FileKind { what: "stews probe set", limit: limits::RECORDING };

/// The sets of probes that recordings name, and today's.
#[derive(Clone, Debug)]
pub struct ProbeSets {
    sets: BTreeMap<String, Hashes>,
    today: String,
}

impl ProbeSets {
    /// Today's set alone: whatever was made with another one is not current.
    #[must_use]
    pub fn today() -> Self {
        let today = set_hash();
        Self { sets: BTreeMap::from([(today.clone(), hashes_of_today())]), today }
    }

    /// All sets in a folder, and today's.
    ///
    /// # Errors
    /// When the folder or one of its files cannot be read.
    pub fn load_all(folder: &Path) -> Result<Self, LoadError> {
        let mut all = Self::today();
        for path in list(folder)? {
            let Some(name) = path.file_stem().and_then(|name| name.to_str()) else { continue };
            let shown = path.display().to_string();
            let hashes = serde_json::from_str::<Ordered>(&KIND.read(&path)?);
            let hashes = hashes.map_err(|error| LoadError::Form { path: shown, what: KIND.what, error })?;
            all.sets.entry(name.to_owned()).or_insert(hashes.0);
        }
        Ok(all)
    }

    /// Today's set as it is stored: its file name and its text, a probe a line.
    #[must_use]
    pub fn stored_today() -> (String, String) {
        (format!("{}.json", set_hash()), json_layout::pretty(&hashes_of_today(), 1))
    }

    /// Whether a set of this name is known.
    #[must_use]
    pub fn knows(&self, set: &str) -> bool {
        self.sets.contains_key(set)
    }

    /// Whether a probe was in a set.
    #[must_use]
    pub fn has(&self, set: &str, probe: ProbeId) -> bool {
        self.sets.get(set).is_some_and(|hashes| hashes.contains_key(&probe))
    }

    /// Whether a probe sends today what it sent in a set.
    #[must_use]
    pub fn is_current(&self, set: &str, probe: ProbeId) -> bool {
        let hash = |set: &str| self.sets.get(set)?.get(&probe);
        hash(set).is_some_and(|then| hash(&self.today) == Some(then))
    }

    /// Takes out of a recording what is not current, and says of which probes.
    pub fn drop_stale(&self, recording: &mut Recording) -> Vec<ProbeId> {
        let is_stale = |probe: &ProbeId| !self.is_current(recording.probe_set_of(*probe), *probe);
        let stale: Vec<ProbeId> = recording.observations.keys().copied().filter(is_stale).collect();
        recording.observations.retain(|probe, _| !stale.contains(probe));
        stale
    }
}

fn hashes_of_today() -> Hashes {
    ALL.iter().map(|probe| (probe.id, probe.content_hash())).collect()
}

/// Whether a probe sends today what has this hash.
pub(super) fn is_todays(probe: ProbeId, hash: &str) -> bool {
    find(probe).is_ok_and(|probe| probe.content_hash() == hash)
}
