//! Where recorded versions stand among the releases of their products.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::model::Behaviour;
use super::release_lines::{KnownLine, ProductReleases};
use super::releases::{ONLY_LINE, ReleaseLine, Releases, is_of_line};
use super::version::version_order;

/// The releases of all products of some behaviours: those of the lists and, where these lack a recorded version, that one too. Without a
/// list, recorded versions are in lines by their major numbers.
pub(super) fn releases_of(behaviours: &[Behaviour], lists: &[Releases]) -> BTreeMap<String, Arc<ProductReleases>> {
    let all = recorded(behaviours).into_iter().map(|(product, recorded)| {
        let list = lists.iter().find(|list| list.product == product);
        (product.to_owned(), Arc::new(product_releases(list, &recorded)))
    });
    all.collect()
}

/// The recorded versions of each product.
pub(super) fn recorded(behaviours: &[Behaviour]) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut recorded: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for known in behaviours {
        recorded.entry(&known.product).or_default().extend(known.versions.iter().map(String::as_str));
    }
    recorded
}

/// A line while it is put together.
struct Draft<'a> {
    name: &'a str,
    releases: Vec<&'a str>,
}

fn product_releases(list: Option<&Releases>, recorded: &BTreeSet<&str>) -> ProductReleases {
    let lists: &[ReleaseLine] = list.map_or(&[], |list| &list.lines);
    let mut left = recorded.clone();
    let mut drafts: Vec<Draft<'_>> = Vec::new();
    for line in lists {
        let told = line.releases.iter().filter(|one| !one.pre_release || recorded.contains(one.version.as_str()));
        let releases: Vec<&str> = told.map(|release| release.version.as_str()).collect();
        left.retain(|version| !releases.contains(version));
        if !releases.is_empty() {
            drafts.push(Draft { name: &line.line, releases });
        }
    }
    left.into_iter().for_each(|version| insert(&mut drafts, version));
    let is_trial = |version: &str| {
        let mut all = lists.iter().flat_map(|line| &line.releases);
        all.any(|release| release.pre_release && release.version == version)
    };
    let source = list.and_then(|list| list.source.clone());
    let line =
        |draft: &Draft<'_>| KnownLine::new(draft.name, source.is_some(), draft.releases.iter().collect(), is_trial);
    let lines = drafts.iter().map(line).collect();
    ProductReleases { source, lines }
}

/// Puts a version that no list has where it belongs by its name.
fn insert<'a>(drafts: &mut Vec<Draft<'a>>, version: &'a str) {
    let fitting = drafts.iter().enumerate().filter(|(_, draft)| is_of_line(draft.name, version));
    let longest = fitting.max_by_key(|(_, draft)| if draft.name == ONLY_LINE { 0 } else { draft.name.len() });
    let Some((line, _)) = longest else {
        let is_before = |draft: &Draft<'_>| version_order(draft.releases[0], version) == Ordering::Less;
        let place = drafts.partition_point(is_before);
        drafts.insert(place, Draft { name: major(version), releases: vec![version] });
        return;
    };
    let releases = &mut drafts[line].releases;
    let place = releases.partition_point(|release| version_order(release, version) == Ordering::Less);
    releases.insert(place, version);
}

/// What a version begins with, up to the first point.
fn major(version: &str) -> &str {
    version.split(|letter: char| !letter.is_alphanumeric()).next().unwrap_or(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(list: Option<&str>, recorded: &[&str]) -> String {
        let list = list.map(|text| Releases::read(text).unwrap());
        let known = product_releases(list.as_ref(), &recorded.iter().copied().collect());
        let line = |line: &KnownLine| format!("{}: {}", line.name(), line.releases().collect::<Vec<_>>().join(" "));
        known.lines.iter().map(line).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn versions_without_a_list_are_in_lines_by_their_major_numbers() {
        assert_eq!(told(None, &["v1.10.0", "v1.9.0", "v2.0.0"]), "v1: v1.9.0 v1.10.0; v2: v2.0.0");
        assert_eq!(told(None, &["9.4.58.v20250814", "10.0.1", "9.2"]), "9: 9.2 9.4.58.v20250814; 10: 10.0.1");
        assert_eq!(told(None, &["8 of Debian"]), "8: 8 of Debian");
    }

    #[test]
    fn a_list_has_all_releases_and_of_those_for_trial_only_the_recorded_ones() {
        let list = r#"{"product":"t","source":"maven t","lines":[
            {"line":"9","releases":[{"version":"9.0.1"},{"version":"9.0.2","refused":"it does not build"}]},
            {"line":"10.1","releases":[{"version":"10.1.0-M1","pre_release":true},{"version":"10.1.0-M2","pre_release":true},{"version":"10.1.2"}]},
            {"line":"11","releases":[{"version":"11.0.0-M1","pre_release":true}]}]}"#;
        assert_eq!(told(Some(list), &["9.0.1"]), "9: 9.0.1 9.0.2; 10.1: 10.1.2");
        let lists = [Releases::read(list).unwrap()];
        let known = product_releases(lists.first(), &["10.1.0-M2"].into());
        let line = &known.lines[1];
        assert_eq!((line.len(), line.width(0..2), line.is_pre_release(0), line.newest()), (2, 1, true, Some("10.1.2")));
        assert_eq!(known.place_of("10.1.2"), Some((1, 1)));
    }

    #[test]
    fn a_recorded_version_that_the_list_lacks_is_put_in_its_line() {
        let list = r#"{"product":"t","source":"maven t","lines":[
            {"line":"9","releases":[{"version":"9.0.1"}]},{"line":"10.1","releases":[{"version":"10.1.2"},{"version":"10.1.4"}]}]}"#;
        let told = |recorded: &[&str]| told(Some(list), recorded);
        assert_eq!(told(&["10.1.3", "9.0.0"]), "9: 9.0.0 9.0.1; 10.1: 10.1.2 10.1.3 10.1.4");
        assert_eq!(told(&["10.10.1", "8.5"]), "8: 8.5; 9: 9.0.1; 10.1: 10.1.2 10.1.4; 10: 10.10.1");
        let only = r#"{"product":"t","source":"npm t","lines":[{"line":"all","releases":[{"version":"0.9.0"}]}]}"#;
        assert_eq!(super::tests::told(Some(only), &["1.0.0"]), "all: 0.9.0 1.0.0");
    }
}
