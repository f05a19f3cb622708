//! The names of products: what recordings and machine output call them, and what people read.
//!
//! They are the ids and names of `playground/*/server.json`, so that one thing has one name;
//! `cargo xtask products` gathers them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The names for people, by the id of the product.
static NAMES: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../fingerprints/products.json"))
        .unwrap_or_else(|error| panic!("the embedded `fingerprints/products.json` does not read: {error}"))
});

/// The name for people of the product with this id, if there is such a product.
#[must_use]
pub fn find(id: &str) -> Option<&'static str> {
    NAMES.get(id).map(String::as_str)
}

/// The name of a product for people; an unlisted id is its own name.
#[must_use]
pub fn name_of(id: &str) -> &str {
    find(id).unwrap_or(id)
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
}
