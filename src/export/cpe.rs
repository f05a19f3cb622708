//! The names of products in the Common Platform Enumeration, in parts.

use crate::database::vocabulary;

/// Vendor and product in the name of a product of the vocabulary.
pub(super) fn find(product: &str) -> Option<(&'static str, &'static str)> {
    let mut parts = vocabulary::product(product)?.cpe.as_deref()?.strip_prefix("cpe:2.3:a:")?.split(':');
    Some((parts.next()?, parts.next()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_by_its_parts() {
        assert_eq!(find("tomcat"), Some(("apache", "tomcat")));
        assert_eq!(find("unheard-of"), None);
    }
}
