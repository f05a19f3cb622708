//! The order of versions.

use std::cmp::Ordering;

/// A part of a version between dots; numbers come before words.
type Part<'a> = Result<u64, &'a str>;

/// What versions are compared by: the precedence of Semantic Versioning 2.0.0 (section 11), for any number of parts.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct VersionKey<'a> {
    release: Vec<Part<'a>>,
    is_released: bool,
    pre_release: Vec<Part<'a>>,
    /// Where all else is the same, so that the order does not depend on that in which versions came.
    whole: &'a str,
}

/// A version by its numbers, so that 8.9 comes before 8.10, and 1.0-rc.1 before 1.0.
pub(crate) fn version_key(version: &str) -> VersionKey<'_> {
    let (plain, _build) = version.split_once('+').unwrap_or((version, ""));
    let (release, pre_release) = plain.split_once('-').map_or((plain, None), |(release, pre)| (release, Some(pre)));
    VersionKey {
        release: parts(release.trim_start_matches('v')),
        is_released: pre_release.is_none(),
        pre_release: pre_release.map(parts).unwrap_or_default(),
        whole: version,
    }
}

fn parts(text: &str) -> Vec<Part<'_>> {
    text.split('.').map(|part| part.parse().map_err(|_| part)).collect()
}

/// Versions by their numbers, so that 8.9 comes before 8.10, and 1.0-rc.1 before 1.0.
#[must_use]
pub fn version_order(one: &str, other: &str) -> Ordering {
    version_key(one).cmp(&version_key(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_in_the_order_of_their_numbers_and_what_leads_to_a_release_comes_before_it() {
        let ordered = [
            "v0.0.0-20180218175443-cbe0f9307d01",
            "0.9",
            "1.0-alpha",
            "1.0-alpha.1",
            "1.0-alpha.beta",
            "1.0-beta.2",
            "1.0-beta.11",
            "1.0-rc.1",
            "1.0",
            "1.0+build.5",
            "1.0.post0",
            "1.1",
            "v1.2",
            "1.10.Final",
        ];
        for (index, one) in ordered.iter().enumerate() {
            for (other_index, other) in ordered.iter().enumerate() {
                assert_eq!(version_order(one, other), index.cmp(&other_index), "{one} and {other}");
            }
        }
    }
}
