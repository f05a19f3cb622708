//! `cargo xtask products`: the names of products, from the manifests.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Result;

use crate::playground::manifest::{self, Manifest, Role};
use crate::support::paths;

/// Writes the names that the binary carries, or with `check` fails where they are out of date.
pub fn run(check: bool) -> Result<()> {
    let root = paths::root()?;
    let names = names(&manifest::load_all(&root.join("playground"))?)?;
    paths::write_or_check(&root.join("fingerprints/products.json"), &names, check, "cargo xtask products")
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
