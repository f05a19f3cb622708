//! `cargo xtask products`: the names of products, from the manifests.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Result, ensure};

use crate::evaluate::families;
use crate::playground::manifest::{self, Manifest, Role};
use crate::support::paths;

/// Writes the names that the binary carries and the families of engines, or with `check` fails where they are out of date.
pub fn run(check: bool) -> Result<()> {
    let root = paths::root()?;
    let manifests = manifest::load_all(&root.join("playground"))?;
    let families = families(&manifests)?;
    paths::write_or_check(&root.join(families::FILE), &families, check, "cargo xtask products")?;
    let names = names(&manifests)?;
    paths::write_or_check(&root.join("fingerprints/products.json"), &names, check, "cargo xtask products")
}

/// The engine that each engine was made from, where it was.
fn families(manifests: &[Arc<Manifest>]) -> Result<String> {
    let made_from =
        manifests.iter().filter_map(|known| Some((known.engine.as_str(), known.engine_made_from.as_deref()?)));
    let families: BTreeMap<&str, &str> = made_from.collect();
    for (engine, from) in &families {
        let is_known = manifests.iter().any(|known| known.engine == *from && known.engine != *engine);
        ensure!(is_known, "the engine `{engine}` was made from `{from}`, which is no other engine of the playground");
    }
    Ok(serde_json::to_string_pretty(&families)? + "\n")
}

/// The name for people of each product, by its id; applications are no products.
fn names(manifests: &[Arc<Manifest>]) -> Result<String> {
    let products = manifests.iter().filter(|manifest| manifest.role != Role::Application);
    let names: BTreeMap<&str, &str> =
        products.map(|manifest| (manifest.product.as_str(), manifest.name.as_str())).collect();
    Ok(serde_json::to_string_pretty(&names)? + "\n")
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_committed_names_are_those_of_the_manifests() {
        super::run(true).unwrap();
    }
}
