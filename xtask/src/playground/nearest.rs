//! What was meant by a server that there is not.

/// The most versions of a product that are told.
const MOST_VERSIONS: usize = 6;

/// The three products with the names that are most like a text, as an offer; a version that a product has not is answered with those that it has.
/// `all` are the products with their versions.
pub fn nearest(wanted: &str, all: &[(&str, &str)]) -> String {
    let (product, version) = wanted.split_once('@').unwrap_or((wanted, ""));
    let mine: Vec<&str> = all.iter().filter(|(name, _)| *name == product).map(|(_, version)| *version).collect();
    if !mine.is_empty() {
        let shown = mine.iter().take(MOST_VERSIONS).copied().collect::<Vec<_>>().join(", ");
        let more = match mine.len().saturating_sub(MOST_VERSIONS) {
            0 => String::new(),
            others => format!(" and {others} more"),
        };
        return format!(": no {version} is among its versions {shown}{more}");
    }
    let mut names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
    names.dedup();
    let likeness = |name: &str| strsim::jaro_winkler(product, name) + f64::from(u8::from(name.contains(product)));
    names.sort_by(|one, other| likeness(other).total_cmp(&likeness(one)));
    let near: Vec<String> = names.iter().take(3).map(|name| format!("`{name}`")).collect();
    format!("; the nearest are {}", near.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_answered_with_what_is_like_it() {
        let all = [("gorilla", "1"), ("tornado", "2"), ("tornado", "3"), ("ws", "4"), ("express-ws", "5")];
        assert_eq!(nearest("tornadoo", &all).split(',').next(), Some("; the nearest are `tornado`"));
        assert!(nearest("ws2", &all).contains("`ws`"));
        assert_eq!(nearest("tornado@4", &all), ": no 4 is among its versions 2, 3");
    }
}
