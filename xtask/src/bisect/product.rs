//! A product that is bisected: its releases, what is recorded of them, and what was tried.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow};
use stews::database::{Answers, Recording, Release, ReleaseLine, Releases, Scope, derive};
use stews::probe::ProbeId;

use crate::bisect::search::{Line, State};
use crate::bisect::trial;
use crate::playground::manifest::{Manifest, Server, Version};
use crate::support::paths;

/// A product, its releases, and how those behave that were seen.
pub struct Product {
    /// The member of the playground.
    pub manifest: Arc<Manifest>,
    releases: Releases,
    seen: BTreeMap<String, Seen>,
    /// Which pairs of versions differ, as far as that was asked.
    compared: RefCell<BTreeMap<(String, String), bool>>,
    /// By line, the release before which nothing is tried.
    since: BTreeMap<String, String>,
}

/// How a release behaves.
struct Seen {
    recording: Recording,
    is_recorded: bool,
}

/// The releases of a line, without trial releases that nobody recorded, and what is known of each.
struct Candidates<'a> {
    versions: Vec<&'a str>,
    states: Vec<State>,
}

impl Product {
    /// A product as it stands: its releases, its recordings, and what an earlier run tried.
    pub fn load(manifest: &Arc<Manifest>) -> Result<Self> {
        let product = &manifest.product;
        let path = releases_path(product)?;
        let text = std::fs::read_to_string(&path).with_context(|| {
            format!("there is no list of its releases; run `cargo xtask releases --only {product}`")
        })?;
        let releases = Releases::read(&text).map_err(|wrong| anyhow!("`{}`: {wrong}", path.display()))?;
        let mut seen = BTreeMap::new();
        let tried = trial::load_all(product)?.into_iter().map(|recording| Seen { recording, is_recorded: false });
        let recorded = recordings(product)?.into_iter().map(|recording| Seen { recording, is_recorded: true });
        for one in tried.chain(recorded) {
            seen.insert(one.recording.version.clone(), one);
        }
        Ok(Self { manifest: manifest.clone(), releases, seen, compared: RefCell::default(), since: BTreeMap::new() })
    }

    /// The product without what is older than the newest recorded release of each line.
    pub fn since_newest(mut self) -> Self {
        let newest = self.newest_recorded();
        self.since = newest.into_iter().filter_map(|(line, newest)| Some((line, newest?))).collect();
        self
    }

    /// The lines, each with the newest release of which there is a recording.
    pub fn newest_recorded(&self) -> Vec<(String, Option<String>)> {
        let is_recorded = |release: &&Release| self.seen.get(&release.version).is_some_and(|seen| seen.is_recorded);
        let newest =
            |line: &ReleaseLine| line.releases.iter().rfind(is_recorded).map(|release| release.version.clone());
        self.releases.lines.iter().map(|line| (line.line.clone(), newest(line))).collect()
    }

    /// The releases to try now.
    pub fn next(&self) -> Vec<String> {
        self.places(|line| line.next())
    }

    /// The releases that were tried and are worth a recording.
    pub fn unrecorded(&self) -> Vec<String> {
        let mut telling = self.places(|line| line.telling());
        telling.retain(|version| self.seen.get(version).is_some_and(|seen| !seen.is_recorded));
        telling
    }

    /// The releases that were asked once and behave like neither neighbour: a second run tells races from changes.
    pub fn doubtful(&self) -> Vec<String> {
        self.places(|line| line.unlike_both()).into_iter().filter(|version| self.was_asked_once(version)).collect()
    }

    /// Whether a release that was tried was asked only once.
    pub fn was_asked_once(&self, version: &str) -> bool {
        self.seen.get(version).is_some_and(|seen| !seen.is_recorded && seen.recording.runs == 1)
    }

    /// What was seen of a release.
    pub fn recording(&self, version: &str) -> Option<&Recording> {
        self.seen.get(version).map(|seen| &seen.recording)
    }

    /// About how many tries are left.
    pub fn left(&self) -> u32 {
        let left = |line: &ReleaseLine| {
            let candidates = self.candidates(line);
            let differ = |one: usize, other: usize| self.differ(candidates.versions[one], candidates.versions[other]);
            Line { states: &candidates.states, differ: &differ }.left()
        };
        self.releases.lines.iter().map(left).sum()
    }

    /// Notes how a release behaves.
    pub fn saw(&mut self, recording: Recording, is_recorded: bool) {
        let version = recording.version.clone();
        self.compared.borrow_mut().retain(|(one, other), _| *one != version && *other != version);
        self.seen.insert(version, Seen { recording, is_recorded });
    }

    /// Notes in the list of releases that one cannot be built or run here.
    pub fn refuse(&mut self, version: &str, why: &str) -> Result<()> {
        self.seen.remove(version);
        self.release_mut(version)?.refused = Some(why.to_owned());
        paths::write(&releases_path(&self.manifest.product)?, &self.releases.to_text())
    }

    /// A release that was tried, as it is built.
    pub fn server(&self, version: &str) -> Result<Server> {
        let tried = self.seen.get(version).with_context(|| format!("{version} was not tried"))?;
        let like = tried.recording.provenance.base.clone().unwrap_or_default();
        let recipe = self.manifest.versions.iter().find(|known| known.version == like);
        let recipe = recipe.with_context(|| format!("server.json has no version `{like}` any more"))?;
        Ok(Server { manifest: self.manifest.clone(), version: Version::like(version, recipe) })
    }

    /// The releases that were tried and are not recorded.
    pub fn tried(&self) -> Vec<String> {
        let tried = self.seen.iter().filter(|(_, seen)| !seen.is_recorded);
        tried.map(|(version, _)| version.clone()).collect()
    }

    /// How a release compares with the nearest that were seen before it in its line, and after it, in words.
    pub fn compared(&self, version: &str) -> String {
        let Some((line, _)) = self.releases.place_of(version) else { return "is in no line".to_owned() };
        let line: Vec<&str> = self.releases.lines[line].releases.iter().map(|release| &*release.version).collect();
        let place = line.iter().position(|known| *known == version).unwrap_or(0);
        let is_seen = |other: &&&str| self.seen.contains_key(**other);
        let near = [line[..place].iter().rev().find(is_seen), line[place + 1..].iter().find(is_seen)];
        let words: Vec<String> = near.into_iter().flatten().map(|other| self.in_words(version, other)).collect();
        if words.is_empty() { "the first of its line".to_owned() } else { words.join(", ") }
    }

    fn in_words(&self, version: &str, other: &str) -> String {
        match self.differences(version, other)[..] {
            [] => format!("as {other}"),
            [only] => format!("not as {other} (probe {only})"),
            [first, .., last] => {
                let count = self.differences(version, other).len();
                format!("not as {other} ({count} probes, {first} to {last})")
            }
        }
    }

    /// The default probes that two releases answer differently, banners aside.
    pub fn differences(&self, one: &str, other: &str) -> Vec<ProbeId> {
        let (Some(one), Some(other)) = (self.seen.get(one), self.seen.get(other)) else { return Vec::new() };
        let database = derive(&[one.recording.clone(), other.recording.clone()], &[]);
        match &database.behaviours[..] {
            [first, second] => database.differences(first, second, Scope::Everything),
            _ => Vec::new(),
        }
    }

    /// What a release is recorded to answer to a probe, in the notation; the most frequent of several.
    pub fn answer(&self, version: &str, probe: ProbeId) -> String {
        let answers = self.seen.get(version).and_then(|seen| seen.recording.observations.get(&probe));
        answers.and_then(Answers::usual).map_or_else(|| "(not asked)".to_owned(), ToString::to_string)
    }

    fn differ(&self, one: &str, other: &str) -> bool {
        let pair = (one.to_owned(), other.to_owned());
        if let Some(known) = self.compared.borrow().get(&pair) {
            return *known;
        }
        let differ = !self.differences(one, other).is_empty();
        self.compared.borrow_mut().insert(pair, differ);
        differ
    }

    /// The versions at some places of each line.
    fn places(&self, wanted: impl Fn(&Line<'_>) -> Vec<usize>) -> Vec<String> {
        let mut all = Vec::new();
        for line in &self.releases.lines {
            let candidates = self.candidates(line);
            let differ = |one: usize, other: usize| self.differ(candidates.versions[one], candidates.versions[other]);
            let places = wanted(&Line { states: &candidates.states, differ: &differ });
            all.extend(places.into_iter().map(|place| candidates.versions[place].to_owned()));
        }
        all
    }

    fn candidates<'a>(&self, line: &'a ReleaseLine) -> Candidates<'a> {
        let since = self.since.get(&line.line);
        let first = since.and_then(|since| line.releases.iter().position(|release| release.version == *since));
        let wanted = |release: &&Release| !release.pre_release || self.seen.contains_key(&release.version);
        let state = |release: &Release| match () {
            () if self.seen.contains_key(&release.version) => State::Seen,
            () if release.refused.is_some() => State::Refused,
            () => State::Untried,
        };
        let releases = || line.releases[first.unwrap_or(0)..].iter().filter(wanted);
        Candidates {
            versions: releases().map(|release| release.version.as_str()).collect(),
            states: releases().map(state).collect(),
        }
    }

    fn release_mut(&mut self, version: &str) -> Result<&mut Release> {
        let mut releases = self.releases.lines.iter_mut().flat_map(|line| &mut line.releases);
        releases.find(|release| release.version == version).with_context(|| format!("{version} is not in the list"))
    }
}

fn releases_path(product: &str) -> Result<PathBuf> {
    Ok(paths::root()?.join("fingerprints/releases").join(Releases::path_of(product)))
}

/// All recordings of a product.
fn recordings(product: &str) -> Result<Vec<Recording>> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(paths::recordings()?.join(product)).into_iter().flatten() {
        let path = entry?.path();
        if path.extension().is_some_and(|end| end == "json") {
            all.push(Recording::load(&path)?);
        }
    }
    Ok(all)
}
