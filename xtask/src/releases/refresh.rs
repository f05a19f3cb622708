//! What was looked up, to the file of a product.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use stews::database::{Release, Releases};

use crate::playground::manifest::Manifest;
use crate::releases::lines::lines;
use crate::releases::source::{Package, source_name};
use crate::support::paths;

/// A product, and where its list comes from.
pub struct Product {
    /// What `server.json` says of it.
    pub manifest: Arc<Manifest>,
    /// The packages whose versions are its releases; none where no registry lists them.
    pub packages: Vec<Package>,
    /// The versions of which there is a recording.
    pub recorded: BTreeSet<String>,
}

/// What look-ups came to, by package.
pub type Listed = BTreeMap<Package, Result<BTreeSet<String>, String>>;

/// Writes the file of a product, and tells what is in it. Where its package cannot be looked up, the file keeps the list that it has,
/// with what was recorded since.
pub fn refreshed(product: &Product, listed: &Listed, folder: &Path) -> Result<String> {
    let name = &product.manifest.product;
    let path = folder.join(Releases::path_of(name));
    let stored = stored(&path)?;
    let found = versions_of(&product.packages, listed);
    let (source, mut versions) = match (&found, &stored) {
        (Ok(versions), _) => (source_name(&product.packages), versions.clone()),
        (Err(_), Some(stored)) => (stored.source.clone(), all(stored).map(|known| known.version.clone()).collect()),
        (Err(_), None) => (None, BTreeSet::new()),
    };
    versions.extend(product.recorded.iter().cloned());
    let refused = stored.as_ref().map(refusals).unwrap_or_default();
    let lines = lines(&versions, &product.manifest.lines, &refused);
    let releases = Releases { product: name.clone(), source, lines };
    paths::write(&path, &releases.to_text())?;
    found.map(|_| told(&releases, stored.as_ref()))
}

/// What the registry lists of these packages; an error if one of them could not be looked up.
fn versions_of(packages: &[Package], listed: &Listed) -> Result<BTreeSet<String>> {
    let mut versions = BTreeSet::new();
    for package in packages {
        match listed.get(package) {
            Some(Ok(more)) => versions.extend(more.iter().cloned()),
            Some(Err(error)) => bail!("{}: {error}", package.name),
            None => bail!("{} was not looked up", package.name),
        }
    }
    Ok(versions)
}

/// All releases, line by line.
pub fn all(releases: &Releases) -> impl Iterator<Item = &Release> {
    releases.lines.iter().flat_map(|line| &line.releases)
}

/// A stored file, if there is one.
pub fn stored(path: &Path) -> Result<Option<Releases>> {
    if !path.exists() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let releases = Releases::read(&text).map_err(anyhow::Error::msg);
    releases.map(Some).with_context(|| format!("`{}`", path.display()))
}

/// Why releases were refused, by version.
pub fn refusals(stored: &Releases) -> BTreeMap<String, String> {
    all(stored).filter_map(|release| Some((release.version.clone(), release.refused.clone()?))).collect()
}

/// A file in a few words.
fn told(releases: &Releases, stored: Option<&Releases>) -> String {
    let is_new = |release: &&Release| stored.is_none_or(|stored| stored.place_of(&release.version).is_none());
    let (count, new, lines) = (all(releases).count(), all(releases).filter(is_new).count(), releases.lines.len());
    let source = releases.source.as_deref().unwrap_or("what is recorded");
    format!("releases {count}, new {new}, lines {lines} ({source})")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::playground::manifest;
    use crate::releases::source::packages_of;

    fn websockets() -> Product {
        let playground = Path::new(env!("CARGO_MANIFEST_DIR")).join("../playground");
        let mut manifests = manifest::load_all(&playground).unwrap();
        manifests.retain(|manifest| manifest.product == "websockets");
        let (manifest, recorded) = (manifests.remove(0), BTreeSet::from(["8.1".to_owned()]));
        Product { packages: packages_of(&manifest, &playground).unwrap(), manifest, recorded }
    }

    #[test]
    fn a_refresh_keeps_why_releases_were_refused_and_what_is_recorded_and_is_the_same_twice() {
        let folder = tempfile::tempdir().unwrap();
        let mut product = websockets();
        let package = product.packages[0].clone();
        let list = |versions: &[&str]| {
            let versions = versions.iter().map(|version| (*version).to_owned()).collect();
            Listed::from([(package.clone(), Ok(versions))])
        };
        let path = folder.path().join("websockets.json");
        refreshed(&product, &list(&["9.0", "9.1"]), folder.path()).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let refused = text.replace("{\"version\":\"9.0\"}", "{\"refused\":\"it does not build\",\"version\":\"9.0\"}");
        std::fs::write(&path, &refused).unwrap();
        refreshed(&product, &list(&["9.1", "9.0"]), folder.path()).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), refused);
        refreshed(&product, &list(&["9.0", "9.1", "10.0"]), folder.path()).unwrap();
        let releases = stored(&path).unwrap().unwrap();
        let versions: Vec<&str> = releases.stable().map(|release| release.version.as_str()).collect();
        assert_eq!((versions, refusals(&releases).len()), (vec!["8.1", "9.0", "9.1", "10.0"], 1));

        let before = std::fs::read_to_string(&path).unwrap();
        product.recorded.insert("11.0".to_owned());
        let failing = Listed::from([(package, Err("there is no network".to_owned()))]);
        let error = refreshed(&product, &failing, folder.path()).unwrap_err().to_string();
        assert_eq!(error, "websockets: there is no network");
        let releases = stored(&path).unwrap().unwrap();
        assert_eq!(releases.place_of("11.0").map(|(_, place)| place), Some(4));
        assert_eq!(std::fs::read_to_string(&path).unwrap().replace(",\n        {\"version\":\"11.0\"}", ""), before);
    }
}
