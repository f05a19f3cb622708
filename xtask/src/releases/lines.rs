//! Versions to release lines.

use std::collections::{BTreeMap, BTreeSet};

use stews::database::{ONLY_LINE, Release, ReleaseLine, is_of_line, is_pre_release, numbers_of, version_order};

use crate::playground::release_list::Lines;

/// The lines of these versions, the oldest first; `refused` tells which cannot be built, and why.
pub fn lines(versions: &BTreeSet<String>, rule: &Lines, refused: &BTreeMap<String, String>) -> Vec<ReleaseLine> {
    let mut by_name: BTreeMap<String, Vec<Release>> = BTreeMap::new();
    for version in versions {
        let release = Release {
            version: version.clone(),
            pre_release: is_pre_release(version),
            refused: refused.get(version).cloned(),
        };
        by_name.entry(name(version, rule)).or_default().push(release);
    }
    let mut lines: Vec<ReleaseLine> =
        by_name.into_iter().map(|(line, releases)| ReleaseLine { line, releases }).collect();
    for line in &mut lines {
        line.releases.sort_by(|one, other| version_order(&one.version, &other.version));
    }
    lines.sort_by_key(|line| numbers_of(&line.line));
    lines
}

/// The line of a version.
fn name(version: &str, rule: &Lines) -> String {
    match rule {
        Lines::One => ONLY_LINE.to_owned(),
        Lines::Majors => first_numbers(version, 1),
        Lines::Minors => first_numbers(version, 2),
        Lines::Of(names) => {
            let fitting = names.iter().filter(|name| is_of_line(name, version));
            fitting.max_by_key(|name| numbers_of(name).len()).cloned().unwrap_or_else(|| first_numbers(version, 1))
        }
    }
}

/// What a version begins with: `10.1` of 10.1.34 and 2.
fn first_numbers(version: &str, count: usize) -> String {
    let numbers: Vec<String> = numbers_of(version).iter().take(count).map(u64::to_string).collect();
    numbers.join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(versions: &[&str], rule: &Lines) -> Vec<String> {
        let versions = versions.iter().map(|version| (*version).to_owned()).collect();
        let refused = BTreeMap::from([("8.0.0".to_owned(), "it does not build".to_owned())]);
        let mark = |release: &Release| {
            let trial = if release.pre_release { "?" } else { "" };
            format!("{}{trial}{}", release.version, if release.refused.is_some() { "!" } else { "" })
        };
        let tell = |line: &ReleaseLine| {
            format!("{}: {}", line.line, line.releases.iter().map(mark).collect::<Vec<_>>().join(" "))
        };
        lines(&versions, rule, &refused).iter().map(tell).collect()
    }

    #[test]
    fn a_line_is_a_major_number_unless_something_else_is_said() {
        let versions = ["8.0.0", "v0.9.1", "8.10.0", "8.9.0-rc.1", "0.10.0", "7.5.10"];
        assert_eq!(told(&versions, &Lines::Majors), ["0: v0.9.1 0.10.0", "7: 7.5.10", "8: 8.0.0! 8.9.0-rc.1? 8.10.0"]);
        assert_eq!(told(&["2.0", "10.1a1", "10.0"], &Lines::One), ["all: 2.0 10.0 10.1a1?"]);
        let versions = ["9.0.0.M1", "10.0.27", "10.1.0-M15", "9.0.1", "10.1.0"];
        let expected = ["9.0: 9.0.0.M1? 9.0.1", "10.0: 10.0.27", "10.1: 10.1.0-M15? 10.1.0"];
        assert_eq!(told(&versions, &Lines::Minors), expected);
    }

    #[test]
    fn named_lines_hold_what_begins_with_their_numbers_and_the_rest_goes_to_its_major_number() {
        let rule = Lines::Of(["9.4", "10.1"].map(str::to_owned).to_vec());
        let versions = ["10.1.0-M2", "10.10.3", "9.4.58.v20250814", "10.1.9", "9.40.1", "9.4.1", "11.0.1"];
        let expected =
            ["9: 9.40.1", "9.4: 9.4.1 9.4.58.v20250814", "10: 10.10.3", "10.1: 10.1.0-M2? 10.1.9", "11: 11.0.1"];
        assert_eq!(told(&versions, &rule), expected);
    }
}
