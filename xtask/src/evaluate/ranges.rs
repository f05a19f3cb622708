//! The versions that answers name: how many releases they may be, and whether the true one is among them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use stews::database::{Behaviour, Database, Release, ReleaseLine, Releases, Scope};
use stews::identify::Candidate;

use crate::evaluate::hold_out::Judged;
use crate::evaluate::ratio::Ratio;
use crate::evaluate::statistics::{Prediction, calibration_error, quantile, rounded};

/// The versions that answers name.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ranges {
    /// How many recorded versions the median answer names.
    pub median: f64,
    /// How many the answer at the 95th percentile names.
    pub p95: f64,
    /// How many products are named together, on average: more than one only where nothing asked tells them apart.
    pub mean_set: f64,
    /// How many releases the ranges of an answer hold, of products with a list of their releases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listed: Option<Widths>,
    /// The same of those that are bisected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bisected: Option<Widths>,
    /// How sure answers are of their ranges where the version is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed: Option<Claimed>,
    /// By product, what is known of its releases and said of them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub products: BTreeMap<String, OfProduct>,
}

/// How many releases the ranges of answers hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Widths {
    /// Of so many products.
    pub products: usize,
    /// In so many runs that were named right.
    pub runs: usize,
    /// In the median run.
    pub median: f64,
    /// At the 95th percentile.
    pub p95: f64,
}

/// How sure answers are of their ranges, and with what right, where the version is left out and the product is named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claimed {
    /// The mean probability that they give the ranges.
    pub mean: f64,
    /// How often the ranges hold the version.
    pub held: Ratio,
    /// The expected calibration error.
    pub error: f64,
}

/// What is known of the releases of a product, and said of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfProduct {
    /// How many releases its registry lists, those for trial left out; none where there is no list.
    pub listed: Option<usize>,
    /// How many versions are recorded.
    pub recorded: usize,
    /// Whether both sides of every change of behaviour are recorded.
    pub bisected: bool,
    /// How often a version that is left out is in the range.
    pub left_out: Ratio,
    /// How many releases the ranges of the median answer hold; none where it is never named.
    pub width: Option<f64>,
}

/// What is said of the version in an answer to a server whose version was left out, and another of its product was not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Told {
    /// Whether the range holds it.
    pub is_held: bool,
    /// How likely the answer takes its ranges to be, if it is this product; none where the product is not named.
    pub claimed: Option<f64>,
}

impl Told {
    /// That of an answer.
    pub fn of(judged: &Judged<'_>) -> Self {
        let claimed = mine(judged).map(|candidate| candidate.in_ranges);
        Self { is_held: judged.version_is_in_range(), claimed }
    }
}

/// What ranges are measured by.
pub struct Measure<'a> {
    /// All that is recorded.
    pub database: &'a Database,
    /// The lists of releases.
    pub lists: &'a [Releases],
    /// The answers to recorded runs, each left out.
    pub known: &'a [Judged<'a>],
    /// By product, what is said of versions that are left out.
    pub left_out: &'a [(&'a str, Told)],
}

impl Ranges {
    /// Those of some answers.
    pub fn of(measure: &Measure<'_>) -> Self {
        let known = measure.known;
        let versions: Vec<f64> = known.iter().map(|one| one.versions_named() as f64).collect();
        let sets: usize = known.iter().map(|one| one.answer.first().len()).sum();
        let products = measure.products();
        let named = |wanted: &dyn Fn(&OfProduct) -> bool| {
            Widths::of(measure.widths(|product| products.get(product).is_some_and(wanted)))
        };
        Self {
            median: quantile(&versions, 0.5),
            p95: quantile(&versions, 0.95),
            mean_set: rounded(sets as f64 / known.len().max(1) as f64, 4),
            listed: named(&|product| product.listed.is_some()),
            bisected: named(&|product| product.listed.is_some() && product.bisected),
            claimed: Claimed::of(measure.left_out.iter().map(|(_, told)| told)),
            products,
        }
    }
}

impl Measure<'_> {
    fn products(&self) -> BTreeMap<String, OfProduct> {
        let mut behaviours: BTreeMap<&str, Vec<&Behaviour>> = BTreeMap::new();
        self.database.behaviours.iter().for_each(|known| behaviours.entry(&known.product).or_default().push(known));
        let of = |(product, behaviours): (&str, Vec<&Behaviour>)| {
            let list = self.lists.iter().find(|list| list.product == product);
            let widths: Vec<f64> = self.widths(|other| other == product).map(|(_, width)| width).collect();
            let left_out: Vec<&Told> =
                self.left_out.iter().filter(|(other, _)| *other == product).map(|(_, told)| told).collect();
            let known = OfProduct {
                listed: list.filter(|list| list.source.is_some()).map(count),
                recorded: behaviours.iter().map(|known| known.versions.len()).sum(),
                bisected: list.is_some_and(|list| is_bisected(self.database, list, &behaviours)),
                left_out: Ratio::of(&left_out, |told| told.is_held),
                width: (!widths.is_empty()).then(|| quantile(&widths, 0.5)),
            };
            (product.to_owned(), known)
        };
        behaviours.into_iter().map(of).collect()
    }

    /// The products of runs that are named right, and how many releases the ranges hold.
    fn widths(&self, wanted: impl Fn(&str) -> bool) -> impl Iterator<Item = (&str, f64)> {
        self.known.iter().filter(move |judged| wanted(&judged.truth.product)).filter_map(|judged| {
            let width: usize = mine(judged)?.ranges.iter().map(stews::identify::VersionRange::width).sum();
            Some((judged.truth.product.as_str(), width as f64))
        })
    }
}

impl Widths {
    fn of<'a>(all: impl Iterator<Item = (&'a str, f64)>) -> Option<Self> {
        let (products, widths): (Vec<&str>, Vec<f64>) = all.unzip();
        (!widths.is_empty()).then(|| Self {
            products: products.iter().collect::<BTreeSet<_>>().len(),
            runs: widths.len(),
            median: quantile(&widths, 0.5),
            p95: quantile(&widths, 0.95),
        })
    }
}

impl Claimed {
    fn of<'a>(all: impl Iterator<Item = &'a Told>) -> Option<Self> {
        let said = |told: &Told| Some(Prediction { confidence: told.claimed?, right: told.is_held, weight: 1.0 });
        let said: Vec<Prediction> = all.filter_map(said).collect();
        (!said.is_empty()).then(|| Self {
            mean: rounded(said.iter().map(|one| one.confidence).sum::<f64>() / said.len() as f64, 4),
            held: Ratio::of(&said, |one| one.right),
            error: rounded(calibration_error(&said), 4),
        })
    }
}

/// What an answer says of the product that it is, where it names it first.
fn mine<'a>(judged: &'a Judged<'_>) -> Option<&'a Candidate> {
    judged.answer.first().iter().find(|candidate| candidate.product == judged.truth.product)
}

/// How many releases there are, those for trial left out.
fn count(list: &Releases) -> usize {
    list.lines.iter().flat_map(|line| &line.releases).filter(|release| !release.pre_release).count()
}

/// Whether a product is bisected, so that nothing is left for `cargo xtask bisect`: in each line the oldest and the newest release that can
/// be built are recorded, and two recorded ones in a row that differ, banners aside, are neighbours among those that can be built; at least
/// two versions are recorded.
fn is_bisected(database: &Database, list: &Releases, behaviours: &[&Behaviour]) -> bool {
    let recorded: usize = behaviours.iter().map(|known| known.versions.len()).sum();
    let differ = |one: &Behaviour, other: &Behaviour| !database.differences(one, other, Scope::Everything).is_empty();
    let is_known = |line: &ReleaseLine| {
        let behaviour = |version: &str| behaviours.iter().find(|known| known.versions.iter().any(|one| one == version));
        let releases = line.releases.iter().enumerate();
        let known: Vec<(usize, &Behaviour)> =
            releases.filter_map(|(place, release)| Some((place, *behaviour(&release.version)?))).collect();
        known.windows(2).all(|pair| {
            let [(from, one), (to, other)] = [pair[0], pair[1]];
            let mut between = line.releases[from + 1..to].iter();
            !between.any(can_be_tried) || !differ(one, other)
        }) && ends_are_known(line, known.first().zip(known.last()).map(|(first, last)| (first.0, last.0)))
    };
    recorded >= 2 && list.lines.iter().all(is_known)
}

/// Whether a release could be recorded, and is none for trial.
const fn can_be_tried(release: &Release) -> bool {
    !release.pre_release && release.refused.is_none()
}

/// Whether nothing older than the first recorded release of a line can be built, nor anything newer than the last: the end of the line is
/// recorded, or what is next to it was refused. Of a line of which nothing is recorded, the newest was refused.
fn ends_are_known(line: &ReleaseLine, recorded: Option<(usize, usize)>) -> bool {
    let is_end = |next: Option<&Release>| next.is_none_or(|release| release.refused.is_some());
    let of_line =
        |releases: &[Release]| releases.iter().filter(|release| !release.pre_release).cloned().collect::<Vec<_>>();
    match recorded {
        Some((first, last)) => {
            is_end(of_line(&line.releases[..first]).last()) && is_end(of_line(&line.releases[last + 1..]).first())
        }
        None => is_end(of_line(&line.releases).last()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use stews::database::{Recording, derive};
    use stews::identify::{Calibration, Mask, Matcher, Observations};
    use stews::probe::ProbeId;

    fn seen(line: &str) -> Observations {
        let opened = "HTTP/1.1 101 Switching Protocols {Upgrade: websocket, Connection: Upgrade} | alive";
        let probes = (200..212).map(|probe| (ProbeId::new(probe), line.parse().unwrap()));
        probes.chain([(ProbeId::BASELINE, opened.parse().unwrap())]).collect()
    }

    /// Releases of `ws` in one line: `+` and `-` after those that are recorded, by what they do, and `x` after those that cannot be built.
    fn releases(words: &str) -> (Vec<Recording>, Releases) {
        let version = |word: &str| word.trim_end_matches(['+', '-', 'x']).to_owned();
        let recording = |word: &str| {
            let line = if word.ends_with('+') { "close 1002 | fin" } else { "text 1 echo | alive" };
            Recording::of_runs("ws", &version(word), &[seen(line)])
        };
        let recorded = words.split(' ').filter(|word| word.ends_with(['+', '-'])).map(recording).collect();
        let release = |word: &str| serde_json::json!({"version": version(word), "refused": word.strip_suffix('x')});
        let list: Vec<_> = words.split(' ').map(release).collect();
        let lines = serde_json::json!([{"line": "all", "releases": list}]);
        let list = serde_json::json!({"product": "ws", "source": "npm ws", "lines": lines});
        (recorded, Releases::read(&list.to_string()).unwrap())
    }

    #[test]
    fn a_product_is_bisected_once_both_sides_of_each_change_are_neighbours_that_can_be_built() {
        for (words, wanted) in [
            ("1.0+ 1.1 1.2+ 1.3-", true),
            ("1.0+ 1.1 1.2+ 1.3- 1.4", false),
            ("1.0 1.1x 1.2+ 1.3+ 1.4x 1.5", true),
            ("1.0+ 1.1x 1.2-", true),
            ("1.0+ 1.1 1.2-", false),
            ("1.0+ 1.1- 1.2 1.3+", false),
            ("1.0 1.1+", false),
        ] {
            let (recorded, list) = releases(words);
            let database = derive(&recorded, std::slice::from_ref(&list));
            let behaviours: Vec<&Behaviour> = database.behaviours.iter().collect();
            assert_eq!(is_bisected(&database, &list, &behaviours), wanted, "{words}");
        }
    }

    #[test]
    fn a_version_that_is_left_out_is_counted_by_its_place_among_the_releases() {
        let (recorded, list) = releases("1.0+ 1.1+ 1.2+ 1.3- 1.4x");
        let whole = derive(&recorded, std::slice::from_ref(&list));
        let told = |truth: &Recording, line: &str| {
            let rest = whole.without_version("ws", &truth.version);
            let matcher = Matcher::calibrated(&rest, Calibration::cautious());
            Told::of(&crate::evaluate::hold_out::Case::new(truth, seen(line)).answer(&matcher, Mask::default()))
        };
        // Its neighbours agree, so that nothing between them is taken to do otherwise.
        let (like, unlike) = (told(&recorded[1], "close 1002 | fin"), told(&recorded[1], "text 1 echo | alive"));
        assert_eq!((like.is_held, unlike.is_held), (true, false));
        let known = [];
        let left_out = [("ws", like), ("ws", unlike)];
        let ranges = Ranges::of(&Measure { database: &whole, lists: &[list], known: &known, left_out: &left_out });
        let (ws, claimed) = (&ranges.products["ws"], ranges.claimed.unwrap());
        assert_eq!((ws.listed, ws.recorded, ws.bisected), (Some(5), 4, true));
        assert_eq!((ws.left_out, claimed.held), (Ratio { count: 1, of: 2 }, Ratio { count: 1, of: 2 }));
        assert_eq!((ranges.listed, ws.width), (None, None));
    }
}
