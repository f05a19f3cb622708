//! Scans of applications as they are stored, in `fingerprints/field/<application>/<version>[+<variant>][@<proxy>].json`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde::{Deserialize, Serialize};
use stews::database::{ProbeSets, Recording};
use stews::identify::Observations;
use stews::observation::noted::Noted;
use stews::probe::ProbeId;

use crate::field::half::{Half, half};
use crate::support::paths;

/// The version of the stored form.
pub(super) const SCHEMA: u32 = 1;

/// Observations by probe, each as its line.
pub type Lines = BTreeMap<ProbeId, Noted>;

/// An application, as it is or behind a proxy, and what two scans of it saw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stored {
    pub(super) schema: u32,
    /// The application: its folder in the playground.
    pub application: String,
    /// Its version.
    pub version: String,
    /// Which of its variants, where it has some.
    pub variant: Option<String>,
    /// What stands in front of it.
    pub proxy: Option<Proxy>,
    /// The engine inside it, by its name in the playground.
    pub engine: String,
    /// The version of the engine's package.
    pub engine_version: String,
    /// The framework around the engine.
    pub framework: Option<String>,
    /// The set of probes that was played.
    pub probe_set: String,
    /// The day of the scans.
    pub date: String,
    /// What `stews` sees without options.
    pub default: Scanned,
    /// What `stews --thorough` sees of the application started anew.
    pub thorough: Scanned,
}

/// A reverse proxy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proxy {
    /// Its folder in the playground.
    pub product: String,
    /// Its version.
    pub version: String,
}

/// What a scan came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scanned {
    /// The probes in the order in which they were first sent, where each depended on what was seen before; of a thorough scan, none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<ProbeId>,
    /// What was observed.
    pub observations: Lines,
    /// What was answered to probes that were asked once more at the end, to see whether the target contradicts itself.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub again: Lines,
    /// What it cost, probes that were asked once more among it.
    pub cost: Taken,
    /// Why it ended early, if it did.
    pub stopped: Option<String>,
    /// How the application was found dead afterwards, if it was.
    pub dead: Option<Death>,
}

/// What a scan cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Taken {
    /// Connections.
    pub connections: u64,
    /// Bytes sent.
    pub sent: u64,
    /// Bytes received.
    pub received: u64,
    /// Milliseconds, over loopback.
    pub milliseconds: u64,
}

/// How an application was found dead after a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Death {
    /// Its process has ended.
    ProcessEnded,
    /// The process of the proxy in front has ended.
    ProxyEnded,
    /// The processes live, and an ordinary client was not served within ten seconds.
    NoHandshake,
}

impl Scanned {
    /// What was observed, as the matcher reads it.
    pub fn seen(&self) -> Observations {
        self.observations.iter().map(|(probe, line)| (*probe, line.observation().clone())).collect()
    }

    fn retain(&mut self, keep: impl Fn(&ProbeId) -> bool) {
        self.asked.retain(|probe| keep(probe));
        self.observations.retain(|probe, _| keep(probe));
        self.again.retain(|probe, _| keep(probe));
    }
}

impl Stored {
    /// The half of the field set that it belongs to.
    pub fn half(&self) -> Half {
        half(&self.application)
    }

    /// Reads a stored file.
    pub fn read(text: &str) -> Result<Self> {
        let stored: Self = serde_json::from_str(text)?;
        ensure!(stored.schema == SCHEMA, "it has schema {}; this workbench reads schema {SCHEMA}", stored.schema);
        Ok(stored)
    }

    /// Where it belongs below the folder of the field set.
    pub fn path(&self) -> PathBuf {
        let proxy = self.proxy.as_ref().map(|proxy| proxy.product.as_str());
        path(&self.application, &self.version, self.variant.as_deref(), proxy)
    }

    /// Its text in the file.
    pub fn to_text(&self) -> Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// Writes it to its place.
    pub fn store(&self) -> Result<()> {
        paths::write(&folder()?.join(self.path()), &self.to_text()?)
    }

    /// Takes out what was observed of probes that send something else today.
    fn drop_stale(&mut self, sets: &ProbeSets) {
        let is_current = |probe: &ProbeId| sets.is_current(&self.probe_set, *probe);
        self.default.retain(is_current);
        self.thorough.retain(is_current);
    }
}

/// The folder of the field set.
pub fn folder() -> Result<PathBuf> {
    Ok(paths::root()?.join("fingerprints/field"))
}

/// Where the scans of an application belong below it.
pub fn path(application: &str, version: &str, variant: Option<&str>, proxy: Option<&str>) -> PathBuf {
    let variant = variant.map(|name| format!("+{name}")).unwrap_or_default();
    let proxy = proxy.map(|name| format!("@{name}")).unwrap_or_default();
    Recording::path_of(application, &format!("{version}{variant}{proxy}"))
}

/// All that is stored, as far as it is current, in the order of the paths; nothing where there is no such folder.
pub fn load_all() -> Result<Vec<Stored>> {
    let sets = ProbeSets::load_all(&paths::probe_sets()?)?;
    load_from(&folder()?, &sets)
}

fn load_from(folder: &Path, sets: &ProbeSets) -> Result<Vec<Stored>> {
    let mut files: Vec<PathBuf> = list(folder).iter().flat_map(|application| list(application)).collect();
    files.retain(|file| file.extension().is_some_and(|end| end == "json"));
    let load = |file: &PathBuf| {
        let text = std::fs::read_to_string(file)?;
        let mut stored = Stored::read(&text)?;
        let place = folder.join(stored.path());
        ensure!(place == *file, "it belongs at `{}`", place.display());
        stored.drop_stale(sets);
        Ok(stored)
    };
    files.iter().map(|file| load(file).with_context(|| format!("`{}` does not read", file.display()))).collect()
}

/// What is in a folder, sorted; nothing where there is none.
fn list(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut all: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    all.sort();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scanned(lines: &[(u16, &str)]) -> Scanned {
        Scanned {
            asked: lines.iter().map(|(id, _)| ProbeId::new(*id)).collect(),
            observations: lines.iter().map(|(id, line)| (ProbeId::new(*id), line.parse().unwrap())).collect(),
            again: Lines::new(),
            cost: Taken { connections: 5, sent: 900, received: 800, milliseconds: 120 },
            stopped: None,
            dead: None,
        }
    }

    fn stored() -> Stored {
        let lines = [(203, "close 1002 | fin"), (105, "close | fin")];
        let thorough = scanned(&lines);
        Stored {
            schema: SCHEMA,
            application: "chat".to_owned(),
            version: "1.2".to_owned(),
            variant: Some("tls".to_owned()),
            proxy: Some(Proxy { product: "nginx".to_owned(), version: "1.30".to_owned() }),
            engine: "ws".to_owned(),
            engine_version: "8.1".to_owned(),
            framework: None,
            probe_set: stews::probe::set_hash(),
            date: "2026-11-30".to_owned(),
            default: Scanned { dead: Some(Death::NoHandshake), ..scanned(&lines[..1]) },
            thorough: Scanned { asked: Vec::new(), ..thorough },
        }
    }

    #[test]
    fn what_is_written_reads_the_same_from_its_place() {
        let (folder, stored) = (tempfile::tempdir().unwrap(), stored());
        assert_eq!(stored.path(), Path::new("chat/1.2+tls@nginx.json"));
        assert_eq!(path("chat", "1.2", None, None), Path::new("chat/1.2.json"));
        paths::write(&folder.path().join(stored.path()), &stored.to_text().unwrap()).unwrap();
        let sets = ProbeSets::today();
        assert_eq!(load_from(folder.path(), &sets).unwrap(), std::slice::from_ref(&stored));
        paths::write(&folder.path().join("chat/1.3.json"), &stored.to_text().unwrap()).unwrap();
        let error = format!("{:#}", load_from(folder.path(), &sets).unwrap_err());
        assert!(error.contains("1.3.json` does not read: it belongs at "), "{error}");
        assert_eq!(load_from(&folder.path().join("none"), &sets).unwrap(), []);
    }

    #[test]
    fn what_probes_saw_that_send_something_else_today_is_dropped() {
        let mut stored = stored();
        stored.drop_stale(&ProbeSets::today());
        assert_eq!(stored.thorough.seen().len(), 2);
        stored.probe_set = "another".to_owned();
        stored.drop_stale(&ProbeSets::today());
        assert!(stored.thorough.seen().is_empty() && stored.default.asked.is_empty());
    }

    #[test]
    fn other_schemas_and_fields_are_errors() {
        let text = stored().to_text().unwrap();
        assert!(text.contains(r#""dead": "no-handshake""#), "{text}");
        let error = Stored::read(&text.replace("\"schema\": 1", "\"schema\": 0")).unwrap_err().to_string();
        assert!(error.contains("schema 0"), "{error}");
        assert!(Stored::read(&text.replace("\"again\"", "\"more\"").replace("\"date\"", "\"day\"")).is_err());
    }

    #[test]
    fn committed_scans_are_written_as_they_are_and_hold_no_port_of_this_machine() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fingerprints/field");
        for stored in load_from(&folder, &ProbeSets::today()).unwrap() {
            let text = std::fs::read_to_string(folder.join(stored.path())).unwrap();
            assert!(Stored::read(&text).unwrap().to_text().unwrap() == text, "{}", stored.path().display());
            let after = text.split("127.0.0.1:").skip(1).map(|rest| rest.chars().next());
            assert!(after.flatten().all(|letter| !letter.is_ascii_digit()), "{}", stored.path().display());
        }
    }
}
