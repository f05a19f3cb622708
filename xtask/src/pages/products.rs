//! `cargo xtask products`: what is known of products, from the manifests and the lists of their releases.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Result, ensure};
use serde::Serialize;
use stews::database::Releases;

use crate::evaluate::families;
use crate::playground::manifest::{self, Manifest, Role};
use crate::support::paths;
use crate::support::purl::package_urls;

/// What is known of a product.
#[derive(Serialize)]
struct Known<'a> {
    name: &'a str,
    language: &'a str,
    homepage: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cpe: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purl: Option<String>,
}

/// Writes what the binary carries of products and the families of engines, or with `check` fails where they are out of date.
pub fn run(check: bool) -> Result<()> {
    let root = paths::root()?;
    let manifests = manifest::load_all(&root.join("playground"))?;
    let families = families(&manifests)?;
    paths::write_or_check(&root.join(families::FILE), &families, check, "cargo xtask products")?;
    let known = known(&manifests, &Releases::load_all(&root.join("fingerprints/releases"))?)?;
    paths::write_or_check(&root.join("fingerprints/products.json"), &known, check, "cargo xtask products")
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

/// What is known of each product besides how it answers, by its id; applications are no products.
fn known(manifests: &[Arc<Manifest>], releases: &[Releases]) -> Result<String> {
    let source = |product: &str| releases.iter().find(|known| known.product == product)?.source.as_deref();
    let products = manifests.iter().filter(|manifest| manifest.role != Role::Application);
    let products = products.map(|manifest| {
        let known = Known {
            name: &manifest.name,
            language: &manifest.language,
            homepage: &manifest.homepage,
            cpe: manifest.cpe.as_deref(),
            purl: source(&manifest.product).and_then(purl),
        };
        (manifest.product.as_str(), known)
    });
    Ok(serde_json::to_string_pretty(&products.collect::<BTreeMap<_, _>>())? + "\n")
}

/// The package URL of where releases are listed; none where several packages are.
fn purl(source: &str) -> Option<String> {
    let mut urls = package_urls(source);
    urls.pop().filter(|_| urls.is_empty())
}

#[cfg(test)]
mod tests {
    #[test]
    fn only_one_package_has_a_url() {
        assert_eq!(super::purl("crates axum").as_deref(), Some("pkg:cargo/axum"));
        assert_eq!(super::purl("go a.b/c, a.b/d"), None);
    }

    #[test]
    fn the_committed_names_are_those_of_the_manifests() {
        super::run(true).unwrap();
    }
}
