//! All that the pages tell of, read once.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use stews::database::{Advisory, Behaviour, Database, Recording, Releases, version_order, vocabulary};
use stews::probe::{ALL, Probe, ProbeId};

use crate::cost::{self, Wire};
use crate::evaluate::figures::Report;
use crate::playground::manifest::{self, Manifest};
use crate::site::answers::Answers;
use crate::support::{paths, recordings};

/// What is committed.
pub struct Catalog {
    /// The recorded products, by id.
    pub products: Vec<Product>,
    /// What is known of them.
    pub database: Database,
    /// What they answered.
    pub answers: Answers,
    /// The probes that some of them were asked, in order.
    pub probes: Vec<&'static Probe>,
    /// How well they are identified.
    pub report: Report,
    /// What it took to identify them.
    pub wire: Wire,
    /// The evidence.
    pub recordings: Vec<Recording>,
    /// The names of reverse proxies, by id.
    pub proxies: BTreeMap<String, Arc<Manifest>>,
}

/// A recorded product.
pub struct Product {
    /// Its id.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// The WebSocket implementation inside it.
    pub engine: String,
    /// The framework around the engine.
    pub framework: Option<String>,
    /// What its folder in the playground says.
    pub manifest: Option<Arc<Manifest>>,
    /// Its behaviours, by their places in the database, oldest first.
    pub behaviours: Vec<usize>,
    /// The behaviour of its newest recorded version.
    pub newest: usize,
    /// All its releases.
    pub releases: Option<Releases>,
    /// Published flaws.
    pub advisories: Vec<Advisory>,
    /// How many of its versions are recorded.
    pub recorded: usize,
    /// The probes of which a recorded version died or after which it answered nobody for a while.
    pub unasked: Vec<ProbeId>,
}

impl Catalog {
    /// Reads all of it.
    pub fn load() -> Result<Self> {
        let root = paths::root()?;
        let folder = root.join("fingerprints");
        let database = Database::load(&folder.join("database.json"))?;
        let advisories: Vec<Advisory> = read(&folder.join("advisories.json"))?;
        let releases: Vec<Releases> = recordings::releases()?;
        let manifests = manifest::load_all(&root.join("playground"))?;
        let recordings = recordings::load_all()?;
        let answers = Answers::of(&database);
        let asked = |probe: &&&Probe| {
            (0..database.behaviours.len()).any(|behaviour| !answers.given(behaviour, probe.id).is_empty())
        };
        let probes = ALL.iter().filter(asked).copied().collect();
        let mut products = products(&database);
        for product in &mut products {
            product.manifest = manifests.iter().find(|known| known.product == product.id).cloned();
            product.releases = releases.iter().find(|known| known.product == product.id).cloned();
            product.advisories = advisories.iter().filter(|known| known.product == product.id).cloned().collect();
            product.unasked = unasked(&recordings, &product.id);
        }
        let is_proxy = |manifest: &&Arc<Manifest>| manifest.role == manifest::Role::Proxy;
        let proxies = manifests.iter().filter(is_proxy).map(|known| (known.product.clone(), known.clone())).collect();
        let report = read(&folder.join("accuracy.json"))?;
        Ok(Self { products, database, answers, probes, report, wire: cost::load()?, recordings, proxies })
    }

    /// A behaviour by its place.
    pub fn behaviour(&self, place: usize) -> &Behaviour {
        &self.database.behaviours[place]
    }

    /// The name of a proxy for people.
    pub fn proxy_name<'a>(&'a self, id: &'a str) -> &'a str {
        self.proxies.get(id).map_or(id, |manifest| &manifest.name)
    }

    /// The probes of the default set that somebody was asked.
    pub fn default_probes(&self) -> impl Iterator<Item = &'static Probe> + '_ {
        self.probes.iter().copied().filter(|probe| probe.is_default())
    }
}

impl Product {
    /// The language that it is used from, where that is known.
    pub fn language(&self) -> &str {
        self.manifest.as_ref().map_or("", |manifest| &manifest.language)
    }
}

/// The products of a database, with what it knows of them.
fn products(database: &Database) -> Vec<Product> {
    let places: Vec<usize> = (0..database.behaviours.len()).collect();
    let of = |place: &usize| &database.behaviours[*place];
    let same = places.chunk_by(|one, other| of(one).product == of(other).product);
    let newest = |place: &usize| of(place).versions.last().map_or("", String::as_str);
    same.map(|behaviours| {
        let first = of(&behaviours[0]);
        let last = behaviours.iter().max_by(|one, other| version_order(newest(one), newest(other)));
        Product {
            id: first.product.clone(),
            name: vocabulary::name_of(&first.product).to_owned(),
            engine: first.engine.clone(),
            framework: first.framework.clone(),
            manifest: None,
            behaviours: behaviours.to_vec(),
            newest: last.copied().unwrap_or(behaviours[0]),
            releases: None,
            advisories: Vec::new(),
            recorded: behaviours.iter().map(|place| of(place).versions.len()).sum(),
            unasked: Vec::new(),
        }
    })
    .collect()
}

fn unasked(recordings: &[Recording], product: &str) -> Vec<ProbeId> {
    let own = recordings.iter().filter(|recording| recording.product == product);
    let mut probes: Vec<ProbeId> = own.flat_map(|one| one.dies_of.iter().chain(&one.stalls_on)).copied().collect();
    probes.sort_unstable();
    probes.dedup();
    probes
}

fn read<T: serde::de::DeserializeOwned>(path: &std::path::Path) -> Result<T> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("`{}` does not read", path.display()))
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use stews::database::derive;

    /// A catalogue of nothing but these recordings.
    pub fn catalog(recordings: Vec<Recording>) -> Catalog {
        let database = derive(&recordings, &[]);
        let answers = Answers::of(&database);
        let asked = |probe: &&&Probe| recordings.iter().any(|one| one.observations.contains_key(&probe.id));
        Catalog {
            products: products(&database),
            answers,
            probes: ALL.iter().filter(asked).copied().collect(),
            report: Report::default(),
            wire: Wire::default(),
            proxies: BTreeMap::new(),
            database,
            recordings,
        }
    }

    /// A recording in which each run answers probe 203 with the next line.
    pub fn recording(product: &str, version: &str, lines: &[&str]) -> Recording {
        let run = |line: &&str| [(ProbeId::new(203), line.parse().unwrap())].into();
        Recording::of_runs(product, version, &lines.iter().map(run).collect::<Vec<_>>())
    }

    #[test]
    fn the_newest_version_speaks_for_a_product() {
        let catalog = catalog(vec![
            recording("ws", "9.0.0", &["close 1002 | fin"]),
            recording("ws", "10.0.0", &["close 1007 | fin"]),
            recording("gorilla", "v1", &["close 1002 | fin"]),
        ]);
        let ws = catalog.products.iter().find(|product| product.id == "ws").unwrap();
        assert_eq!((ws.recorded, ws.behaviours.len()), (2, 2));
        assert_eq!(catalog.behaviour(ws.newest).versions, ["10.0.0"]);
        assert_eq!(ws.name, "ws (Node.js)");
    }
}
