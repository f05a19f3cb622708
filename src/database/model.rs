//! What the database holds: ways to behave, each with what was observed of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::observation_table::Lines;
use super::probe_sets::Hashes;
use super::release_lines::ProductReleases;
use crate::probe::ProbeId;

/// The version of the stored form of the database.
pub const SCHEMA: u32 = 6;

/// What the tool knows. A copy is cheap in what is large.
#[derive(Clone, Debug)]
pub struct Database {
    /// The name of the set of probes of the version of stews that derived it ([`crate::probe::set_hash`]).
    pub probe_set: String,
    /// The probes that were played, with the hashes of what they send.
    pub(super) probes: Hashes,
    /// One entry for each way to behave.
    pub behaviours: Vec<Behaviour>,
    /// By product, its releases, all recorded versions among them; also of what was left out of the behaviours since.
    pub(super) releases: Arc<BTreeMap<String, Arc<ProductReleases>>>,
    pub(super) lines: Arc<Lines>,
    /// The probes of the file of which nothing was taken over.
    pub(super) dropped: Vec<ProbeId>,
}

/// One way to behave, shared by all versions of a product that no probe tells apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behaviour {
    /// The product, a name of [`super::vocabulary`].
    pub product: String,
    /// The WebSocket implementation inside it.
    pub engine: String,
    /// The framework around the engine, if there is one.
    pub framework: Option<String>,
    /// The versions recorded with this behaviour, oldest first.
    pub versions: Vec<String>,
    /// Other products that the default probes do not tell from this one, banners aside.
    pub twins: Vec<String>,
    /// What was observed, in the order of probes.
    pub(super) seen: Vec<Seen>,
}

/// A line of the database, and how often a probe was answered with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Seen {
    pub(crate) probe: ProbeId,
    pub(crate) line: u32,
    /// In how many runs; 1 where all agreed, and were no more than the usual three a version.
    pub(crate) count: u16,
}

impl Behaviour {
    /// What a probe was answered; nothing if it was not played.
    pub(crate) fn seen(&self, probe: ProbeId) -> &[Seen] {
        let start = self.seen.partition_point(|seen| seen.probe < probe);
        let rest = &self.seen[start..];
        &rest[..rest.partition_point(|seen| seen.probe == probe)]
    }

    /// Everything that was observed, in the order of probes.
    pub(crate) fn all_seen(&self) -> &[Seen] {
        &self.seen
    }

    /// The probes that were played, in order.
    pub fn probes(&self) -> impl Iterator<Item = ProbeId> + '_ {
        self.seen.chunk_by(|one, other| one.probe == other.probe).map(|same| same[0].probe)
    }
}

impl Database {
    /// What a probe was answered by a behaviour of this database, in the notation, and in how many runs (1 where all of the usual
    /// three a version agreed).
    pub fn answers<'a>(
        &'a self,
        behaviour: &'a Behaviour,
        probe: ProbeId,
    ) -> impl Iterator<Item = (&'a str, u32)> + 'a {
        behaviour.seen(probe).iter().map(|seen| (self.lines.text(seen.line), seen.count.into()))
    }

    /// The releases of a product, all recorded versions among them, also those that were left out.
    #[must_use]
    pub fn releases_of(&self, product: &str) -> Option<&Arc<ProductReleases>> {
        self.releases.get(product)
    }

    /// The database as if a version of a product had not been recorded, nor the same version of other products that are built from the same
    /// package; it stays among the releases.
    #[must_use]
    pub fn without_version(&self, product: &str, version: &str) -> Self {
        let source = |product: &str| self.releases_of(product)?.source.as_deref();
        let mine = source(product);
        let is_of_package = |other: &str| other == product || mine.is_some() && source(other) == mine;
        let mut rest = self.clone();
        for known in rest.behaviours.iter_mut().filter(|known| is_of_package(&known.product)) {
            known.versions.retain(|other| other != version);
        }
        rest.behaviours.retain(|known| !known.versions.is_empty());
        rest
    }

    /// The database without the behaviours for which `wanted` is false.
    #[must_use]
    pub fn retain(&self, wanted: impl FnMut(&Behaviour) -> bool) -> Self {
        let mut rest = self.clone();
        rest.behaviours.retain(wanted);
        rest
    }

    pub(crate) fn lines(&self) -> &Lines {
        &self.lines
    }
}

impl PartialEq for Database {
    fn eq(&self, other: &Self) -> bool {
        (&self.probe_set, &self.probes, &self.behaviours, &self.releases, &self.lines)
            == (&other.probe_set, &other.probes, &other.behaviours, &other.releases, &other.lines)
    }
}
