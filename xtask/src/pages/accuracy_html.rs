//! The report as one page for a browser: `accuracy.html` with its data in it.

use std::collections::BTreeMap;

use serde::Serialize;
use stews::database::{Recording, version_order};
use stews::features::{Fact, telling};
use stews::identify::{ReverseProxy, entropy};
use stews::observation::noted::Noted;
use stews::probe::default_set;

use crate::evaluate::accuracy::Measured;
use crate::evaluate::figures::{self, Report, short};
use crate::evaluate::misses::{Cells, Miss, Outcomes, RECORDED};
use crate::evaluate::ratio::Ratio;
use crate::evaluate::statistics::{self, bins, roc};
use crate::pages::accuracy::FIGURES;
use crate::pages::headline::{self, ErrorTable};
use crate::pages::ranges;
use crate::playground::manifest::Manifest;

/// The version of the data.
const SCHEMA: u32 = 2;

/// The page, with [`PLACE`] where its data goes.
const TEMPLATE: &str = include_str!("accuracy.html");

const PLACE: &str = "@DATA@";

/// The most points of a curve.
const POINTS: usize = 200;

/// All that the page shows.
#[derive(Debug, Default, Serialize)]
pub struct Page {
    schema: u32,
    runs: usize,
    headline: Vec<ErrorTable>,
    figures: Vec<Figure>,
    conditions: Vec<Condition>,
    products: Vec<Product>,
    versions: Vec<WrongVersion>,
    ranges: Vec<String>,
    calibration: Vec<Bin>,
    calibration_error: f64,
    roc: Vec<(f64, f64)>,
    auroc: f64,
    asked: Asked,
    probes: Vec<Probed>,
    answers: Vec<Vec<Option<usize>>>,
    edges: Vec<Rewrites>,
    misses: Vec<Miss>,
}

#[derive(Debug, Serialize)]
struct Figure {
    name: String,
    count: usize,
    of: usize,
    goal: Option<f64>,
    how: String,
}

#[derive(Debug, Default, Serialize)]
struct Condition {
    name: String,
    title: String,
    engine: Ratio,
    product: Ratio,
    proxy: Option<Ratio>,
    cells: Vec<Cell>,
}

/// How many runs of a product were taken for which, stored as a list of three numbers.
#[derive(Clone, Debug, Serialize)]
#[serde(into = "(usize, isize, usize)")]
struct Cell {
    truth: usize,
    /// The place of what was named; none where it was said to be unknown.
    named: Option<usize>,
    runs: usize,
}

impl From<Cell> for (usize, isize, usize) {
    fn from(cell: Cell) -> Self {
        (cell.truth, cell.named.and_then(|named| isize::try_from(named).ok()).unwrap_or(-1), cell.runs)
    }
}

#[derive(Debug, Serialize)]
struct Product {
    id: String,
    name: String,
    engine: String,
    language: String,
    versions: usize,
    /// How often a version that is left out is in the range.
    left_out: Ratio,
    /// How many releases the ranges of the median answer hold.
    width: Option<f64>,
    precision: Ratio,
    recall: Ratio,
}

#[derive(Debug, Serialize)]
struct WrongVersion {
    product: usize,
    #[serde(rename = "true")]
    truth: String,
    named: Vec<String>,
    runs: usize,
}

#[derive(Debug, Serialize)]
struct Bin {
    from: f64,
    to: f64,
    confidence: f64,
    right: f64,
    of: f64,
}

#[derive(Debug, Default, Serialize)]
struct Asked {
    distribution: Vec<(usize, usize)>,
    probes: Vec<(u16, usize)>,
}

#[derive(Debug, Serialize)]
struct Probed {
    id: u16,
    title: String,
    series: u16,
    risk: String,
    bits: f64,
    texts: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Rewrites {
    proxy: String,
    kinds: Vec<RewrittenKind>,
    answers: Vec<(u16, f64)>,
}

#[derive(Debug, Serialize)]
struct RewrittenKind {
    kind: &'static str,
    rate: f64,
    values: Vec<(String, f64)>,
}

/// What the page shows.
pub struct Parts<'a> {
    /// What was measured.
    pub measured: &'a Measured,
    /// The recordings.
    pub recordings: &'a [Recording],
    /// What is known of products.
    pub manifests: &'a [std::sync::Arc<Manifest>],
}

/// The page of what was measured.
pub fn page(parts: &Parts<'_>) -> serde_json::Result<String> {
    let json = serde_json::to_string(&Page::new(parts))?;
    // In a script element nothing but `<` can end it or begin a comment.
    Ok(TEMPLATE.replacen(PLACE, &json.replace('<', "\\u003c"), 1))
}

impl Page {
    fn new(parts: &Parts<'_>) -> Self {
        let Measured { report, outcomes, answers: predictions, known, unknown, edges } = parts.measured;
        let products = products(parts);
        let places: BTreeMap<&str, usize> =
            products.iter().enumerate().map(|(place, product)| (product.id.as_str(), place)).collect();
        let place = |product: &str| places.get(product).copied().unwrap_or_default();
        let newest = newest(parts.recordings, &products);
        let (probes, answers) = probed(&newest);
        let versions = outcomes.versions.iter().map(|((product, truth, named), runs)| WrongVersion {
            product: place(product),
            truth: truth.clone(),
            named: named.clone(),
            runs: *runs,
        });
        Self {
            schema: SCHEMA,
            runs: report.runs,
            headline: headline::tables(report),
            figures: figures(report),
            conditions: conditions(outcomes, report, place),
            versions: versions.collect(),
            ranges: ranges::sentences(&report.ranges),
            calibration: bins(predictions).into_iter().map(bin).collect(),
            calibration_error: report.open_set.calibration_error,
            roc: roc(known, unknown, POINTS).into_iter().map(|(x, y)| (short(x), short(y))).collect(),
            auroc: report.open_set.auroc,
            asked: Asked {
                distribution: report.adaptive.distribution.iter().map(|(probes, count)| (*probes, *count)).collect(),
                probes: report.adaptive.most_asked.clone(),
            },
            probes,
            answers,
            edges: edges.iter().map(rewrites).collect(),
            misses: outcomes.misses.iter().cloned().collect(),
            products,
        }
    }
}

fn figures(report: &Report) -> Vec<Figure> {
    let known = FIGURES.iter().filter_map(|(name, how)| Some((name, how, report.figures.get(*name)?)));
    known
        .map(|(name, how, ratio)| Figure {
            name: (*name).to_owned(),
            count: ratio.count,
            of: ratio.of,
            goal: figures::goal(name),
            how: (*how).to_owned(),
        })
        .collect()
}

fn conditions(outcomes: &Outcomes, report: &Report, place: impl Fn(&str) -> usize) -> Vec<Condition> {
    let figure = |name: &str, condition: &str| {
        let of = if condition == RECORDED { name.to_owned() } else { format!("{name}, {condition}") };
        report.figures.get(&of).copied()
    };
    let one = |(name, cells): (&String, &Cells)| Condition {
        title: if name == RECORDED { "recorded runs, the run left out".to_owned() } else { name.clone() },
        engine: figure("engine", name).unwrap_or_default(),
        product: figure("product", name).unwrap_or_default(),
        proxy: figure("proxy", name),
        cells: cells
            .iter()
            .map(|((truth, named), runs)| Cell {
                truth: place(truth),
                named: named.as_deref().map(&place),
                runs: *runs,
            })
            .collect(),
        name: name.clone(),
    };
    let mut all: Vec<Condition> = outcomes.cells.iter().map(one).collect();
    all.sort_by_key(|condition| condition.name != RECORDED);
    all
}

fn products(parts: &Parts<'_>) -> Vec<Product> {
    let mut versions: BTreeMap<&str, Vec<&Recording>> = BTreeMap::new();
    parts.recordings.iter().for_each(|one| versions.entry(&one.product).or_default().push(one));
    let recorded = parts.measured.outcomes.cells.get(RECORDED);
    let cells = || recorded.into_iter().flatten();
    let ratio = |chosen: &dyn Fn(&str, Option<&str>) -> bool| {
        let mut ratio = Ratio::default();
        for ((truth, named), runs) in cells().filter(|((truth, named), _)| chosen(truth, named.as_deref())) {
            ratio.of += runs;
            ratio.count += if named.as_ref() == Some(truth) { *runs } else { 0 };
        }
        ratio
    };
    let product = |(id, recordings): (&str, Vec<&Recording>)| {
        let manifest = parts.manifests.iter().find(|manifest| manifest.product == id);
        let ranges = parts.measured.report.ranges.products.get(id);
        Product {
            id: id.to_owned(),
            name: manifest.map_or_else(|| id.to_owned(), |manifest| manifest.name.clone()),
            engine: recordings[0].engine.clone(),
            language: manifest.map_or_else(String::new, |manifest| manifest.language.clone()),
            versions: recordings.len(),
            left_out: ranges.map(|ranges| ranges.left_out).unwrap_or_default(),
            width: ranges.and_then(|ranges| ranges.width),
            precision: ratio(&|_, named| named == Some(id)),
            recall: ratio(&|truth, _| truth == id),
        }
    };
    versions.into_iter().map(product).collect()
}

/// The recording of each product's newest version.
fn newest<'a>(recordings: &'a [Recording], products: &[Product]) -> Vec<&'a Recording> {
    let later = |one: &&Recording, other: &&Recording| version_order(&one.version, &other.version);
    let of = |product: &Product| recordings.iter().filter(|one| one.product == product.id).max_by(later);
    products.iter().filter_map(of).collect()
}

/// The probes, and by product which of their texts it answered with.
fn probed(recordings: &[&Recording]) -> (Vec<Probed>, Vec<Vec<Option<usize>>>) {
    let mut answers = vec![Vec::new(); recordings.len()];
    let mut probes = Vec::new();
    let mut set = default_set();
    set.sort_by_key(|probe| probe.id);
    for probe in set {
        let mut texts: Vec<&Noted> = Vec::new();
        for (recording, answers) in recordings.iter().zip(&mut answers) {
            let place = recording.usual(probe.id).map(|text| {
                texts.iter().position(|known| *known == text).unwrap_or_else(|| {
                    texts.push(text);
                    texts.len() - 1
                })
            });
            answers.push(place);
        }
        let places = answers.iter().filter_map(|answers| answers.last().copied().flatten());
        probes.push(Probed {
            id: probe.id.number(),
            title: probe.summary.to_owned(),
            series: probe.series(),
            risk: probe.risk.to_string(),
            bits: bits(places, &texts),
            texts: texts.into_iter().map(ToString::to_string).collect(),
        });
    }
    (probes, answers)
}

/// What an answer tells about which product it is, all being equally likely: the entropy of what of it tells servers apart.
fn bits(answers: impl Iterator<Item = usize>, texts: &[&Noted]) -> f64 {
    let told: Vec<Vec<Fact>> = texts.iter().map(|line| telling(line.observation()).collect()).collect();
    let mut counts: BTreeMap<&Vec<Fact>, f64> = BTreeMap::new();
    answers.for_each(|place| *counts.entry(&told[place]).or_default() += 1.0);
    let all: f64 = counts.values().sum();
    // Not `sum`, which is minus nothing where nothing was answered.
    short(counts.values().fold(0.0, |sum, count| sum + entropy(count / all, 1.0)))
}

fn rewrites(proxy: &ReverseProxy) -> Rewrites {
    let kinds = proxy.upgraded.iter().filter(|(_, rewrite)| !rewrite.usual.values.is_empty());
    let mut answered: BTreeMap<u16, f64> = BTreeMap::new();
    let local = proxy.local_responses.iter().flat_map(|local| &local.probes);
    local.for_each(|(probe, share)| *answered.entry(*probe).or_default() += share);
    Rewrites {
        proxy: proxy.product.clone(),
        kinds: kinds
            .map(|(kind, rewrite)| RewrittenKind {
                kind: kind.name(),
                rate: rewrite.usual.rate,
                values: rewrite.usual.values.iter().map(|(value, share)| (value.clone(), *share)).collect(),
            })
            .collect(),
        answers: answered.into_iter().map(|(probe, share)| (probe, short(share))).collect(),
    }
}

fn bin(bin: statistics::Bin) -> Bin {
    let (from, to) = bin.range;
    Bin { from, to, confidence: short(bin.confidence), right: short(bin.right), of: short(bin.weight) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use stews::identify::Observations;
    use stews::probe::ProbeId;

    fn recording(line: &str) -> Recording {
        let seen = Observations::from([(ProbeId::new(203), line.parse().unwrap())]);
        Recording::of_runs("ws", "8", &[seen])
    }

    #[test]
    fn what_peers_say_cannot_end_the_script_element() {
        let recordings = [recording(r#"close 1002 "</script><b>" | fin"#)];
        let measured = Measured::default();
        let page = page(&Parts { measured: &measured, recordings: &recordings, manifests: &[] }).unwrap();
        assert!(page.contains(r"\u003c/script>\u003cb>") && !page.contains(PLACE));
    }

    #[test]
    fn a_probe_tells_as_much_as_its_answers_differ() {
        let lines = ["close 1002 | fin", "close 1007 | fin"].map(|line| line.parse::<Noted>().unwrap());
        let texts: Vec<&Noted> = lines.iter().collect();
        assert!((bits([0, 1, 0, 1].into_iter(), &texts) - 1.0).abs() < 1e-9);
        assert!(bits([0, 0].into_iter(), &texts).abs() < 1e-9);
    }
}
