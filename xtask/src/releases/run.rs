//! `cargo xtask releases`: refreshes what the registries list.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, mpsc};

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use stews::database::{Recording, Releases};

use crate::playground::build;
use crate::playground::manifest::{self, DEFAULT_SUITE, Role};
use crate::playground::release_list::Registry;
use crate::playground::setup;
use crate::releases::look_up;
use crate::releases::refresh::{Listed, Product, all, refreshed, stored};
use crate::releases::source::{Package, packages_of};
use crate::support::paths;

/// Which products.
#[derive(Debug, Args)]
pub struct Plan {
    /// Only these products, comma separated
    #[arg(long, value_name = "PRODUCTS")]
    pub only: Option<String>,
    /// Packages looked up at a time
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=8))]
    pub jobs: u8,
    /// Ask no registry: put what is stored into the lines that server.json names now, with what was recorded since
    #[arg(long)]
    pub stored: bool,
}

/// Refreshes the files of the selected products, each as soon as its packages were looked up. A product whose package cannot be looked up
/// keeps the list that it has.
pub fn run(plan: &Plan) -> Result<()> {
    let mut refresh = Refresh { waiting: chosen(plan.only.as_deref())?, folder: folder()?, failed: Vec::new() };
    let packages: BTreeSet<Package> = refresh.waiting.iter().flat_map(|product| product.packages.clone()).collect();
    refresh.settle(&Listed::new());
    if plan.stored {
        refresh.settle_as_stored()?;
    } else {
        look_up_all(&packages, plan.jobs, |listed| refresh.settle(listed))?;
    }
    ensure!(
        refresh.failed.is_empty(),
        "these keep the list that they had, or have none but what is recorded: {}",
        refresh.failed.join(", ")
    );
    Ok(())
}

/// Products whose files are to be refreshed.
struct Refresh {
    waiting: Vec<Product>,
    folder: PathBuf,
    failed: Vec<String>,
}

impl Refresh {
    /// Writes all files with the releases that they list already.
    fn settle_as_stored(&mut self) -> Result<()> {
        for product in std::mem::take(&mut self.waiting) {
            let listed = as_stored(&product, &self.folder)?;
            println!("listed     {}: {}", product.manifest.product, refreshed(&product, &listed, &self.folder)?);
        }
        Ok(())
    }

    /// Writes the files of the products whose packages were all looked up.
    fn settle(&mut self, listed: &Listed) {
        let is_ready = |product: &mut Product| product.packages.iter().all(|package| listed.contains_key(package));
        for product in self.waiting.extract_if(.., is_ready) {
            let name = &product.manifest.product;
            match refreshed(&product, listed, &self.folder) {
                Ok(told) => println!("listed     {name}: {told}"),
                Err(error) => {
                    println!("failed     {name}: {error:#}");
                    self.failed.push(name.clone());
                }
            }
        }
    }
}

/// What the file of a product lists, as if its packages had been looked up.
fn as_stored(product: &Product, folder: &Path) -> Result<Listed> {
    let name = &product.manifest.product;
    let stored = stored(&folder.join(Releases::path_of(name)))?;
    let stored =
        stored.with_context(|| format!("there is no list of {name}; without --stored the registry is asked"))?;
    let versions: BTreeSet<String> = all(&stored).map(|release| release.version.clone()).collect();
    Ok(product.packages.iter().map(|package| (package.clone(), Ok(versions.clone()))).collect())
}

/// Where the files are.
fn folder() -> Result<PathBuf> {
    Ok(paths::root()?.join("fingerprints/releases"))
}

/// The recorded servers, or those of them that `only` names.
fn chosen(only: Option<&str>) -> Result<Vec<Product>> {
    let playground = paths::root()?.join("playground");
    let recordings = Recording::load_all(&paths::recordings()?)?;
    let mut products = Vec::new();
    for manifest in manifest::load_all(&playground)?.into_iter().filter(|manifest| manifest.role == Role::Server) {
        let mine = recordings.iter().filter(|(_, recording)| recording.product == manifest.product);
        let recorded: BTreeSet<String> = mine.map(|(_, recording)| recording.version.clone()).collect();
        if !recorded.is_empty() {
            let packages = packages_of(&manifest, &playground)?;
            products.push(Product { manifest, packages, recorded });
        }
    }
    let Some(only) = only else { return Ok(products) };
    let wanted: BTreeSet<&str> = only.split(',').map(str::trim).filter(|wanted| !wanted.is_empty()).collect();
    for name in &wanted {
        let is_known = products.iter().any(|product| product.manifest.product == **name);
        ensure!(is_known, "there is no recorded server `{}`", name.escape_debug());
    }
    products.retain(|product| wanted.contains(product.manifest.product.as_str()));
    Ok(products)
}

/// Looks each package up once, `jobs` at a time, in the bases that servers are built on; tells all that is known after each.
fn look_up_all(packages: &BTreeSet<Package>, jobs: u8, mut tell: impl FnMut(&Listed)) -> Result<()> {
    if packages.is_empty() {
        return Ok(());
    }
    setup::run()?;
    let registries: BTreeSet<Registry> = packages.iter().map(|package| package.registry).collect();
    let image = |registry: Registry| Ok((registry, build::ensure_base(registry.base(), DEFAULT_SUITE)?));
    let images: BTreeMap<Registry, String> = registries.into_iter().map(image).collect::<Result<_>>()?;
    let next = Mutex::new(packages.iter());
    let (found, finds) = mpsc::channel();
    std::thread::scope(|scope| {
        for found in vec![found; usize::from(jobs)] {
            scope.spawn(|| {
                let found = found;
                while let Some(package) = next.lock().ok().and_then(|mut left| left.next()) {
                    let versions = look_up::versions(package, &images[&package.registry]);
                    // It is heard until the last has ended.
                    let _ = found.send((package.clone(), versions.map_err(|error| format!("{error:#}"))));
                }
            });
        }
        let mut listed = Listed::new();
        for (package, versions) in finds {
            listed.insert(package, versions);
            tell(&listed);
        }
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use stews::database::Releases;

    use super::*;
    use crate::releases::lines::lines;
    use crate::releases::refresh::refusals;
    use crate::releases::source::source_name;

    #[test]
    fn each_recorded_version_stands_in_the_file_of_its_product_and_files_read_as_they_are_written() {
        let (products, folder) = (chosen(None).unwrap(), folder().unwrap());
        for product in &products {
            let name = &product.manifest.product;
            let path = folder.join(Releases::path_of(name));
            let releases = stored(&path).unwrap();
            let releases = releases.unwrap_or_else(|| panic!("{name}: run `cargo xtask releases --only {name}`"));
            assert_eq!(releases.to_text(), std::fs::read_to_string(&path).unwrap(), "{name}");
            assert_eq!(&releases.product, name);
            // A registry that refuses to list a package leaves what is recorded.
            assert!(releases.source.is_none() || releases.source == source_name(&product.packages), "{name}");
            let expected = all(&releases).map(|release| release.version.clone()).collect();
            assert_eq!(lines(&expected, &product.manifest.lines, &refusals(&releases)), releases.lines, "{name}");
            for version in &product.recorded {
                assert!(releases.place_of(version).is_some(), "{name} {version}");
            }
            for line in &releases.lines {
                for release in &line.releases {
                    assert_eq!(releases.line_of(&release.version), Some(line), "{name} {}", release.version);
                }
            }
        }
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), products.len(), "a file of what is not recorded");
    }
}
