//! The order of versions, whichever of the usual ways they are written in: Semantic Versioning, PEP 440, Maven's qualifiers, Go's.

use std::cmp::Ordering;

/// How near to a release something is; the variants are in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    /// A number alone: `-0.20180218175443-cbe0f9307d01` of a pseudo-version of Go.
    Number,
    /// `dev`.
    Development,
    /// `alpha`, or `a` before a number.
    Alpha,
    /// `milestone`, or `m` before a number; whoever has both (Vert.x 4.0.0) publishes betas after milestones.
    Milestone,
    /// `beta`, or `b` before a number.
    Beta,
    /// Any other word behind a hyphen.
    Other,
    /// `rc`, `cr`, or `c` before a number.
    Candidate,
    /// No word, or one that says no more than that: `Final`, `RELEASE`, or a date.
    Release,
    /// `post`, or `sp`: what mends the release of the same number.
    Mended,
}

/// A piece of what follows the stage. Where nothing follows any more, that comes before what does, but for `dev`.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Piece<'a> {
    Development,
    End,
    Number(u64),
    Word(&'a str),
}

/// What versions are compared by: the precedence of Semantic Versioning 2.0.0 (section 11), for any number of parts, and with what
/// other registries write instead of a hyphen.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct VersionKey<'a> {
    /// Without zeros at the end: 1.0 and 1.0.0 are the same number.
    numbers: Vec<u64>,
    stage: Stage,
    rest: Vec<Piece<'a>>,
    /// Where all else is the same, so that the order does not depend on that in which versions came.
    whole: &'a str,
}

/// A version by its numbers, so that 8.9 comes before 8.10, and 1.0-rc.1 before 1.0.
pub(crate) fn version_key(version: &str) -> VersionKey<'_> {
    let (mut numbers, suffix) = split(version);
    while numbers.last() == Some(&0) {
        numbers.pop();
    }
    let words = words(suffix);
    let (stage, is_consumed) = stage(suffix, &words);
    let mut rest: Vec<Piece<'_>> = words[usize::from(is_consumed)..].iter().map(|word| piece(word)).collect();
    rest.push(Piece::End);
    VersionKey { numbers, stage, rest, whole: version }
}

/// The numbers that a version begins with, and what follows them up to its build, which has no say.
fn split(version: &str) -> (Vec<u64>, &str) {
    let (plain, _build) = version.split_once('+').unwrap_or((version, ""));
    let (mut numbers, mut rest) = (Vec::new(), plain.trim_start_matches('v'));
    loop {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
        let Ok(number) = rest[..digits].parse() else { break };
        numbers.push(number);
        let after = &rest[digits..];
        match after.strip_prefix('.') {
            Some(next) if next.starts_with(|letter: char| letter.is_ascii_digit()) => rest = next,
            _ => return (numbers, after),
        }
    }
    (numbers, rest)
}

/// The runs of letters and of digits in what follows the numbers.
fn words(suffix: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = suffix;
    while let Some(first) = rest.chars().next() {
        let is_digit = first.is_ascii_digit();
        let same = |letter: char| letter.is_alphanumeric() && letter.is_ascii_digit() == is_digit;
        let end = rest.find(|letter| !same(letter)).unwrap_or(rest.len());
        if end > 0 {
            words.push(&rest[..end]);
        }
        rest = &rest[end.max(first.len_utf8())..];
    }
    words
}

/// The stage that the first word names, and whether the word says no more than that.
fn stage(suffix: &str, words: &[&str]) -> (Stage, bool) {
    let Some(first) = words.first() else { return (Stage::Release, false) };
    let is_numbered = words.get(1).is_some_and(|next| next.parse::<u64>().is_ok());
    match first.to_ascii_lowercase().as_str() {
        "dev" => (Stage::Development, true),
        "alpha" => (Stage::Alpha, true),
        "a" if is_numbered => (Stage::Alpha, true),
        "beta" => (Stage::Beta, true),
        "b" if is_numbered => (Stage::Beta, true),
        "milestone" => (Stage::Milestone, true),
        "m" if is_numbered => (Stage::Milestone, true),
        "rc" | "cr" => (Stage::Candidate, true),
        "c" if is_numbered => (Stage::Candidate, true),
        "final" | "ga" | "release" => (Stage::Release, true),
        "post" | "sp" => (Stage::Mended, true),
        _ if !suffix.starts_with('-') => (Stage::Release, false),
        first if first.starts_with(|letter: char| letter.is_ascii_digit()) => (Stage::Number, false),
        _ => (Stage::Other, false),
    }
}

fn piece(word: &str) -> Piece<'_> {
    match word.parse() {
        Ok(number) => Piece::Number(number),
        Err(_) if word == "dev" => Piece::Development,
        Err(_) => Piece::Word(word),
    }
}

/// Versions by their numbers, so that 8.9 comes before 8.10, and 1.0-rc.1 before 1.0.
#[must_use]
pub fn version_order(one: &str, other: &str) -> Ordering {
    version_key(one).cmp(&version_key(other))
}

/// Whether a version is for trial, before the release of its number, by the way it is written.
#[must_use]
pub fn is_pre_release(version: &str) -> bool {
    version_key(version).stage < Stage::Release
}

/// The numbers that a version begins with: 10, 1 and 0 of `v10.1.0-M1`.
#[must_use]
pub fn numbers_of(version: &str) -> Vec<u64> {
    split(version).0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_ordered(ordered: &[&str]) {
        for (index, one) in ordered.iter().enumerate() {
            for (other_index, other) in ordered.iter().enumerate() {
                assert_eq!(version_order(one, other), index.cmp(&other_index), "{one} and {other}");
            }
        }
    }

    #[test]
    fn versions_are_in_the_order_of_their_numbers_and_what_leads_to_a_release_comes_before_it() {
        assert_ordered(&[
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
        ]);
    }

    #[test]
    fn what_leads_to_a_release_comes_before_it_however_a_registry_writes_it() {
        for ordered in [
            &["10.0.dev3", "10.0a1.dev2", "10.0a1", "10.0a2", "10.0b1", "10.0rc1", "10.0", "10.0.post0"][..],
            &["4.1.0.Alpha1", "4.1.0.Beta1", "4.1.0.CR1", "4.1.0.CR10", "4.1.0.Final", "4.1.0.SP1", "4.1.1.Final"],
            &["9.0.0.M1", "9.0.0.M27", "9.0.0", "9.0.1"],
            &["9.0.0-M9", "9.0.0-RC1", "9.0", "9.0.1-M1"],
            &["4.0.0-milestone5", "4.0.0.Beta1", "4.0.0.CR1", "4.0.0"],
            &["12.0.0.alpha3", "12.0.0.beta0", "12.0.0", "12.0.0.v20200428", "12.0.1.v20200101"],
            &["1.0.0-alpha1", "1.0.0-beta9", "1.0.0-beta10", "1.0.0-canary.2", "1.0.0-next.1", "1.0.0-rc1", "1.0.0"],
            &["v1.5.3", "v1.5.4-0.20240101000000-cbe0f9307d01", "v1.5.4"],
            &["3.8.6.v20240801-RELEASE", "3.8.7.v20250101-RELEASE"],
        ] {
            assert_ordered(ordered);
        }
    }

    #[test]
    fn pre_releases_are_told_from_releases() {
        let trials = ["1.0-rc.1", "6.5b1", "10.0a2", "2.0.dev3", "9.0.0.M1", "4.1.0.CR3", "2.0.0-alpha1"];
        for version in trials.into_iter().chain(["v0.0.0-20180218175443-cbe0f9307d01", "5.0.0.Beta1", "1.0.0-canary.1"])
        {
            assert!(is_pre_release(version), "{version}");
        }
        let releases = ["4.1.0.Final", "3.7.4.post0", "9.4.58.v20250814", "3.8.6.v20240801-RELEASE", "1.0+build.5"];
        for version in releases.into_iter().chain(["v1.5.3", "2.0.0.RELEASE", "10.148.1", "1.4.18.SP1"]) {
            assert!(!is_pre_release(version), "{version}");
        }
    }

    #[test]
    fn a_version_begins_with_its_numbers() {
        assert_eq!(numbers_of("v10.1.0-M1"), [10, 1, 0]);
        assert_eq!((numbers_of("6.5b1"), numbers_of("0.08")), (vec![6, 5], vec![0, 8]));
        assert_eq!((numbers_of("9.2.30.v20200428"), numbers_of("next")), (vec![9, 2, 30], vec![]));
    }
}
