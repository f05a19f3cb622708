//! Products: what recordings and machine output call them, what people read, and by what others know them.
//!
//! They are the ids and names of `playground/*/server.json`, so that one thing has one name;
//! `cargo xtask products` gathers them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// What is known of a product besides how it answers.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// Its name for people.
    pub name: String,
    /// The programming language it is written in, or is for.
    pub language: String,
    /// Where its makers present it.
    pub homepage: String,
    /// Its CPE 2.3 name with any version, where the dictionary of the NVD has one.
    #[serde(default)]
    pub cpe: Option<String>,
    /// Its package URL without a version, where a registry has it as one package.
    #[serde(default)]
    pub purl: Option<String>,
}

/// By the id of the product.
static PRODUCTS: LazyLock<BTreeMap<String, Product>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../fingerprints/products.json"))
        .unwrap_or_else(|error| panic!("the embedded `fingerprints/products.json` does not read: {error}"))
});

/// What is known of the product with this id, if there is such a product.
#[must_use]
pub fn product(id: &str) -> Option<&'static Product> {
    PRODUCTS.get(id)
}

/// The name for people of the product with this id, if there is such a product.
#[must_use]
pub fn find(id: &str) -> Option<&'static str> {
    product(id).map(|product| product.name.as_str())
}

/// The name of a product for people; an unlisted id is its own name.
#[must_use]
pub fn name_of(id: &str) -> &str {
    find(id).unwrap_or(id)
}

impl Product {
    /// Its CPE 2.3 name with one version in it, or with any.
    #[must_use]
    pub fn cpe_of(&self, version: Option<&str>) -> Option<String> {
        let cpe = self.cpe.as_deref()?;
        let Some(version) = version else { return Some(cpe.to_owned()) };
        // `cpe:2.3:part:vendor:product:version:…`; colons in names are escaped, and no name here has any.
        let mut parts: Vec<String> = cpe.split(':').map(str::to_owned).collect();
        let place = parts.get_mut(5)?;
        *place = quoted(version);
        Some(parts.join(":"))
    }
}

/// A version as an attribute value of a formatted string (NISTIR 7695 section 6.2): what is neither a letter nor a digit, `.`, `-` or `_` is quoted.
fn quoted(version: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || ".-_".contains(letter);
    version.chars().flat_map(|letter| [(!plain(letter)).then_some('\\'), Some(letter)]).flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listed_product_has_a_name_and_an_unlisted_one_its_id() {
        assert_eq!(find("ws"), Some("ws (Node.js)"));
        assert_eq!(name_of("nginx"), "nginx");
        assert_eq!(find("unheard-of"), None);
        assert_eq!(name_of("unheard-of"), "unheard-of");
    }

    #[test]
    fn a_version_stands_in_its_place_of_the_cpe() {
        let ws = product("ws").unwrap();
        assert_eq!(ws.purl.as_deref(), Some("pkg:npm/ws"));
        assert_eq!(ws.cpe_of(None).as_deref(), Some("cpe:2.3:a:ws_project:ws:*:*:*:*:*:node.js:*:*"));
        assert_eq!(ws.cpe_of(Some("8.1+2")).as_deref(), Some(r"cpe:2.3:a:ws_project:ws:8.1\+2:*:*:*:*:node.js:*:*"));
    }
}
