//! Evidence: what one version of one server was observed to do.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::error::{FileKind, LoadError};
use super::json_layout;
use super::limits::{self, check_line, check_name};
use crate::observation::Observation;
use crate::observation::noted::Noted;
use crate::probe::ProbeId;

/// The version of the stored form of recordings.
const SCHEMA: u32 = 1;

/// The file of a recording.
const KIND: FileKind = FileKind { what: "stews recording", limit: limits::RECORDING };

/// What was observed, and in how many runs each.
pub type Counted = BTreeMap<Noted, u32>;

/// What a server answered to one probe.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// What was observed, and in how many runs each.
    pub seen: Counted,
    /// The set of probes that it was observed with, where that is not the recording's own: a probe that was recorded by itself.
    pub probe_set: Option<String>,
}

impl Answers {
    /// What one of the runs observed, by its number, in alphabetical order.
    fn nth(&self, mut run: u32) -> Option<&Noted> {
        let here = |(line, count): (_, &u32)| {
            let here = run < *count;
            run = run.saturating_sub(*count);
            here.then_some(line)
        };
        self.seen.iter().find_map(here)
    }

    /// What most runs observed; of what is as frequent, the first in alphabetical order.
    #[must_use]
    pub fn usual(&self) -> Option<&Noted> {
        self.seen.iter().max_by_key(|(line, count)| (**count, Reverse(*line))).map(|(line, _)| line)
    }
}

/// The fields of [`Answers`] that were observed with another set of probes: no observation is written like them.
const SET: &str = "probe_set";
const SEEN: &str = "seen";

/// Most recordings have one set of probes, and one line a probe: lines with their counts. What was observed with another set is
/// `{"probe_set": …, "seen": {…}}`.
impl Serialize for Answers {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Some(set) = &self.probe_set else { return self.seen.serialize(to) };
        let mut fields = to.serialize_map(Some(2))?;
        fields.serialize_entry(SET, set)?;
        fields.serialize_entry(SEEN, &self.seen)?;
        fields.end()
    }
}

impl<'de> Deserialize<'de> for Answers {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(AnswersVisitor)
    }
}

struct AnswersVisitor;

impl<'de> Visitor<'de> for AnswersVisitor {
    type Value = Answers;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("observations, each with its number of runs")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Answers, A::Error> {
        let mut answers = Answers::default();
        while let Some(name) = fields.next_key::<Cow<'de, str>>()? {
            match &*name {
                SET => answers.probe_set = Some(fields.next_value()?),
                SEEN => answers.seen = fields.next_value()?,
                line => {
                    let line = line.parse().map_err(|error| {
                        serde::de::Error::custom(format_args!("`{}`: {error}", line.escape_debug()))
                    })?;
                    answers.seen.insert(line, fields.next_value()?);
                }
            }
        }
        Ok(answers)
    }
}

/// What one version of one server was observed to do, and under which circumstances.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recording {
    /// The version of this form.
    pub schema: u32,
    /// The product, a name of [`super::vocabulary`].
    pub product: String,
    /// Its version.
    pub version: String,
    /// The WebSocket implementation inside it.
    pub engine: String,
    /// The framework around the engine, if there is one.
    pub framework: Option<String>,
    /// Where the observations come from.
    pub provenance: Provenance,
    /// The number of runs.
    pub runs: u32,
    /// The probes of which the server died, and which are therefore not among the observations.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dies_of: Vec<ProbeId>,
    /// The probes after which it answered nobody for a while, and which are therefore not among the observations either.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stalls_on: Vec<ProbeId>,
    /// What was observed, by probe, and in how many runs.
    pub observations: BTreeMap<ProbeId, Answers>,
}

/// Where observations come from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// The version of stews that wrote the recording.
    pub tool: String,
    /// The hash of the probes ([`crate::probe::set_hash`]).
    pub probe_set: String,
    /// The application that ran: `echo`, `sink`, `push`, or `unknown` for a server in the wild.
    pub app: String,
    /// The image that ran, by its id.
    pub image: Option<String>,
    /// The base image's name.
    pub base: Option<String>,
    /// `name version` of what was inside, sorted.
    pub packages: Vec<String>,
    /// The hash of everything the image was built from.
    pub recipe: Option<String>,
}

impl Recording {
    /// A recording of several runs against the same server.
    #[must_use]
    pub fn of_runs(product: &str, version: &str, runs: &[BTreeMap<ProbeId, Observation>]) -> Self {
        let mut observations: BTreeMap<ProbeId, Answers> = BTreeMap::new();
        for (probe, observation) in runs.iter().flatten() {
            let answers = observations.entry(*probe).or_default();
            *answers.seen.entry(observation.clone().into()).or_default() += 1;
        }
        Self {
            schema: SCHEMA,
            product: product.to_owned(),
            version: version.to_owned(),
            engine: product.to_owned(),
            framework: None,
            provenance: Provenance {
                tool: env!("CARGO_PKG_VERSION").to_owned(),
                probe_set: crate::probe::set_hash(),
                app: "unknown".to_owned(),
                ..Provenance::default()
            },
            runs: u32::try_from(runs.len()).unwrap_or(u32::MAX),
            dies_of: Vec::new(),
            stalls_on: Vec::new(),
            observations,
        }
    }

    /// The stored form: sorted keys, one probe a line.
    #[must_use]
    pub fn to_text(&self) -> String {
        json_layout::pretty(self, 3)
    }

    /// Where it belongs below a folder of recordings: `<product>/<version>.json`.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        Self::path_of(&self.product, &self.version)
    }

    /// Where the recording of a version of a product belongs below a folder of recordings.
    #[must_use]
    pub fn path_of(product: &str, version: &str) -> PathBuf {
        Path::new(product).join(format!("{version}.json"))
    }

    /// Reads a recording from a file of at most 4 MiB. What it holds can be shown on a terminal as it is.
    ///
    /// # Errors
    /// When it cannot be read or is no recording of this schema.
    pub fn load(path: &Path) -> Result<Self, LoadError> {
        Self::from_text(&KIND.read(path)?, &path.display().to_string())
    }

    /// Reads a recording from the text of a file, called `name` in errors.
    ///
    /// # Errors
    /// When it is no recording of this schema.
    pub fn from_text(text: &str, name: &str) -> Result<Self, LoadError> {
        let recording: Self = KIND.parse(text, name, SCHEMA)?;
        if recording.schema != SCHEMA {
            return Err(LoadError::Schema { path: name.to_owned(), found: recording.schema, known: SCHEMA });
        }
        recording.check().map_err(|wrong| KIND.wrong(name, wrong))?;
        Ok(recording)
    }

    /// Whether all that it says can be shown; or what cannot.
    fn check(&self) -> Result<(), String> {
        let from = &self.provenance;
        for (what, name) in [
            ("the product", &self.product),
            ("the version", &self.version),
            ("the engine", &self.engine),
            ("the tool", &from.tool),
            ("the set of probes", &from.probe_set),
            ("the application", &from.app),
        ] {
            check_name(what, name)?;
        }
        self.framework.iter().try_for_each(|name| check_name("the framework", name))?;
        let images = [&from.image, &from.base, &from.recipe];
        images.into_iter().flatten().try_for_each(|name| check_name("the image", name))?;
        from.packages.iter().try_for_each(|name| check_name("the package", name))?;
        for answers in self.observations.values() {
            answers.probe_set.iter().try_for_each(|name| check_name("the set of probes", name))?;
            answers.seen.keys().map(Noted::as_str).try_for_each(check_line)?;
        }
        Ok(())
    }

    /// The files of all recordings below a folder, in order.
    ///
    /// # Errors
    /// When a folder cannot be read.
    pub fn paths(folder: &Path) -> Result<Vec<PathBuf>, LoadError> {
        let mut paths = Vec::new();
        for product in list(folder)? {
            if product.is_dir() {
                paths.extend(
                    list(&product)?.into_iter().filter(|path| path.extension().is_some_and(|end| end == "json")),
                );
            }
        }
        paths.sort();
        Ok(paths)
    }

    /// Reads all recordings below a folder, in the order of their paths.
    ///
    /// # Errors
    /// When one of them cannot be read.
    pub fn load_all(folder: &Path) -> Result<Vec<(PathBuf, Self)>, LoadError> {
        let paths = Self::paths(folder)?;
        paths.into_iter().map(|path| Self::load(&path).map(|recording| (path, recording))).collect()
    }

    /// The set of probes that the answers to a probe were observed with.
    #[must_use]
    pub fn probe_set_of(&self, probe: ProbeId) -> &str {
        let own = self.observations.get(&probe).and_then(|answers| answers.probe_set.as_deref());
        own.unwrap_or(&self.provenance.probe_set)
    }

    /// What one of the runs observed, where runs differ as the counts have it.
    #[must_use]
    pub fn run(&self, index: u32) -> BTreeMap<ProbeId, &Noted> {
        self.observations.iter().filter_map(|(probe, answers)| Some((*probe, answers.nth(index)?))).collect()
    }

    /// What most runs observed of a probe ([`Answers::usual`]).
    #[must_use]
    pub fn usual(&self, probe: ProbeId) -> Option<&Noted> {
        self.observations.get(&probe)?.usual()
    }

    /// Whether any two runs observed something else.
    #[must_use]
    pub fn runs_differ(&self) -> bool {
        self.observations.values().any(|answers| answers.seen.len() > 1)
    }

    /// The recording without one of its runs.
    #[must_use]
    pub fn without_run(&self, index: u32) -> Self {
        let mut rest = self.clone();
        rest.runs = self.runs.saturating_sub(1);
        for (probe, line) in self.run(index) {
            let Some(answers) = rest.observations.get_mut(&probe) else { continue };
            if let Some(count) = answers.seen.get_mut(line) {
                *count -= 1;
            }
            answers.seen.retain(|_, count| *count > 0);
        }
        rest.observations.retain(|_, answers| !answers.seen.is_empty());
        rest
    }
}

/// The entries of a folder.
pub(super) fn list(folder: &Path) -> Result<Vec<PathBuf>, LoadError> {
    let failed = |error| LoadError::Read { path: folder.display().to_string(), error };
    let entries = std::fs::read_dir(folder).map_err(failed)?;
    entries.map(|entry| entry.map(|entry| entry.path()).map_err(failed)).collect()
}
