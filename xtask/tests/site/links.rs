//! Where links lead.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use serde_json::Value;

use crate::{Built, built};

/// Whether an address leads out of the site.
pub fn is_external(href: &str) -> bool {
    href.starts_with("//")
        || href
            .split_once(':')
            .is_some_and(|(scheme, _)| scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()) && scheme != "data")
}

/// The file that an address in a file leads to.
fn resolved(from: &str, href: &str) -> PathBuf {
    let mut path = Path::new(from).parent().unwrap().to_path_buf();
    for part in Path::new(href).components() {
        match part {
            Component::ParentDir => assert!(path.pop(), "{from}: {href} leads out of the site"),
            part => path.push(part),
        }
    }
    path
}

/// What a product's file of data holds.
fn data(site: &Built, product: &str) -> Option<Value> {
    let text = site.files.get(Path::new(&format!("data/products/{product}.js")))?;
    let text = std::str::from_utf8(text).unwrap();
    let (_, json) = text.split_once("] = ").unwrap();
    Some(serde_json::from_str(json.trim_end().trim_end_matches(';')).unwrap())
}

/// Whether a comparison is of two versions that there are, as `ws@8.23.0,gorilla@v1.5.3`.
fn is_comparison(site: &Built, fragment: &str) -> bool {
    let sides: Vec<&str> = fragment.split(',').collect();
    let is_known = |side: &&str| {
        let (product, version) = side.split_once('@').unwrap_or_default();
        let data = data(site, product).unwrap_or_default();
        data["versions"].as_array().is_some_and(|all| all.iter().any(|known| known[0] == version))
    };
    sides.len() == 2 && sides.iter().all(is_known)
}

#[test]
fn every_link_and_anchor_within_the_site_resolves_and_every_page_is_linked() {
    let site = built();
    let mut ids: BTreeMap<PathBuf, BTreeSet<String>> = BTreeMap::new();
    let mut links: BTreeSet<(String, String)> = BTreeSet::new();
    for (path, page) in site.pages() {
        ids.insert(path.into(), page.elements.iter().map(|element| element.get("id").to_owned()).collect());
        for element in &page.elements {
            let hrefs = [element.attributes.get("href"), element.attributes.get("src")];
            links.extend(hrefs.into_iter().flatten().map(|href| (path.to_owned(), href.clone())));
        }
    }
    let (mut broken, mut reached) = (Vec::new(), BTreeSet::new());
    for (from, href) in links.iter().filter(|(_, href)| !is_external(href) && !href.starts_with("data:")) {
        let (file, fragment) = href.split_once('#').unwrap_or((href, ""));
        let file = if file.is_empty() { PathBuf::from(from) } else { resolved(from, file) };
        let found = match (file.to_str(), fragment) {
            _ if !site.files.contains_key(&file) => false,
            (_, "") => true,
            (Some("compare.html"), pair) if pair.contains('@') => is_comparison(site, pair),
            _ => ids.get(&file).is_some_and(|ids| ids.contains(fragment)),
        };
        if !found {
            broken.push(format!("{from}: {href}"));
        }
        reached.insert(file);
    }
    assert!(links.len() > 10_000, "{} links", links.len());
    assert!(broken.is_empty(), "{} broken links, such as {:#?}", broken.len(), &broken[..broken.len().min(20)]);
    let lonely: Vec<&PathBuf> = ids.keys().filter(|page| !reached.contains(*page)).collect();
    assert!(lonely.is_empty(), "no link leads to {lonely:?}");
}

#[test]
fn what_the_search_finds_is_there() {
    let site = built();
    let text = site.text("data/search.js");
    let (_, json) = text.split_once(" = ").unwrap();
    let entries: Vec<[String; 4]> = serde_json::from_str(json.trim_end().trim_end_matches(';')).unwrap();
    for [kind, name, page, _] in &entries {
        let (file, _) = page.split_once('#').unwrap_or((page, ""));
        assert!(site.files.contains_key(Path::new(file)), "{kind} {name}: {page}");
    }
    let kinds: BTreeSet<&str> = entries.iter().map(|entry| entry[0].as_str()).collect();
    assert_eq!(kinds, BTreeSet::from(["advisory", "probe", "server"]));
}

#[test]
fn addresses_are_told_apart() {
    let external = ["https://example.org/", "//example.org", "mailto:a@example.org", "javascript:alert(1)"];
    assert!(external.iter().all(|href| is_external(href)));
    let internal = ["index.html", "../probes/203.html", "#answers", "data:,", "compare.html#ws@8,ws@7"];
    assert!(!internal.iter().any(|href| is_external(href)));
    assert_eq!(resolved("probes/203.html", "../products/ws.html"), Path::new("products/ws.html"));
}
