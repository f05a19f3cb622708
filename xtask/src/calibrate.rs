//! `cargo xtask calibrate`: the numbers of the matcher, measured from recordings and conditions.

mod fit;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, ensure};
use stews::database::{Database, Recording, derive};
use stews::features::{Kind, features};
use stews::identify::{BetaBinomial, Calibration, Mask, Matcher, Mismatch, MismatchModel, Observations};
use stews::probe::{Probe, ProbeId, find};

use crate::condition::{self, Conditioned};
use crate::conditions::REFUSED;
use crate::heldout::{self, Case, Held};
use crate::settings::SETTINGS;
use crate::{edges, paths, statistics};
use fit::{fit_mismatch, fit_trust};

/// The command, as messages name it.
pub const COMMAND: &str = "cargo xtask calibrate";

/// The share of runs whose true version is to be within the range that is named.
const IN_RANGE: f64 = 0.985;

/// Writes `fingerprints/calibration.json`, or with `check` fails where it is out of date.
pub fn run(check: bool) -> Result<()> {
    let evidence = Recorded::load()?;
    let numbers = fit(&evidence.whole(), &evidence.cases()?, |_| true)?;
    let text = text(&rounded(numbers.clone()))?;
    paths::write_or_check(&paths::root()?.join("fingerprints/calibration.json"), &text, check, COMMAND)?;
    for (kind, rate) in Kind::ALL.iter().zip(&numbers.change) {
        println!("{kind:<24} changes in {:5.2} %", 100.0 * rate);
    }
    println!("independence {:.3}, saturation {:.2}", numbers.independence, numbers.saturation);
    println!("versions within {:.2} bits", numbers.range_bits);
    println!("recorded version {:?}", numbers.known);
    println!("other version {:?}", numbers.other_version);
    println!("unknown {:?}", numbers.unknown);
    println!("known, behind a proxy {:?}", numbers.known_behind);
    println!("unknown, behind a proxy {:?}", numbers.unknown_behind);
    Ok(())
}

/// The stored form: proxies, which are thousands of lines otherwise, in one line each.
fn text(numbers: &Calibration) -> Result<String> {
    let proxies: Vec<String> = numbers.proxies.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
    let rest = serde_json::to_string_pretty(&Calibration { proxies: Vec::new(), ..numbers.clone() })?;
    let lines = proxies.iter().map(|proxy| format!("    {proxy}")).collect::<Vec<String>>().join(",\n");
    Ok(rest.replacen("\"edges\": []", &format!("\"edges\": [\n{lines}\n  ]"), 1) + "\n")
}

/// What was recorded, and what was seen under other conditions.
pub struct Recorded {
    /// The recordings.
    pub recordings: Vec<Recording>,
}

impl Recorded {
    /// Everything that is committed.
    pub fn load() -> Result<Self> {
        let files = Recording::load_all(&paths::recordings()?)?;
        let recordings: Vec<Recording> = files.into_iter().map(|(_, recording)| recording).collect();
        ensure!(!recordings.is_empty(), "there are no recordings; run `cargo xtask regenerate`");
        Ok(Self { recordings })
    }

    /// The database of all recordings.
    pub fn whole(&self) -> Database {
        derive(&self.recordings)
    }

    /// The runs, and the scans under conditions.
    pub fn cases(&self) -> Result<Cases<'_>> {
        let all = condition::load_all(&self.recordings)?;
        let (shared, conditioned): (Vec<_>, Vec<_>) = all.into_iter().partition(|(scan, _)| scan.noticed.is_some());
        let behind = behind_proxies(&conditioned)?;
        Ok(Cases { runs: heldout::cases(&self.recordings), conditioned, behind, shared })
    }
}

/// What there is to judge.
pub struct Cases<'a> {
    /// Recorded runs.
    pub runs: Vec<Case<'a>>,
    /// Scans under conditions, each with the recording of its server.
    pub conditioned: Vec<(Conditioned, &'a Recording)>,
    /// What those behind proxies observed, server by server.
    pub behind: Vec<Case<'a>>,
    /// The same where another server took turns with it.
    pub shared: Vec<(Conditioned, &'a Recording)>,
}

fn behind_proxies<'a>(conditioned: &[(Conditioned, &'a Recording)]) -> Result<Vec<Case<'a>>> {
    let behind = conditioned.iter().filter(|(scan, _)| scan.proxy().is_some());
    let mut behind: Vec<Case<'_>> =
        behind.map(|(scan, direct)| Ok(Case::new(direct, scan.whole(direct)?))).collect::<Result<Vec<_>>>()?;
    let name = |case: &Case<'a>| (&case.truth.product, &case.truth.version);
    behind.sort_by(|one, other| name(one).cmp(&name(other)));
    Ok(behind)
}

/// Engines, each with its half, so that each half can be judged with numbers that were fitted to the other.
pub fn halves(recordings: &[Recording]) -> BTreeMap<&str, usize> {
    let engines: BTreeSet<&str> = recordings.iter().map(|recording| recording.engine.as_str()).collect();
    engines.into_iter().enumerate().map(|(place, engine)| (engine, place % 2)).collect()
}

/// Fits all numbers to the servers whose engines are `chosen`.
pub fn fit(whole: &Database, cases: &Cases<'_>, chosen: impl Fn(&str) -> bool) -> Result<Calibration> {
    let mut numbers = Calibration::cautious();
    // Without them only chance from run to run is known, and that is not what proxies and applications do.
    if !cases.conditioned.is_empty() {
        numbers.change = change_rates(cases, &chosen)?;
        numbers.proxies = edges::measure(cases, &chosen)?;
    }
    let with_change = numbers.clone();
    let trial = |engine: &str| chosen(engine).then(|| with_change.clone());
    let raw = |held| raw(whole, &cases.runs, held, trial);
    let (runs, versions, strangers) = (raw(Held::Run), raw(Held::Version), raw(Held::Engine));
    ensure!(!runs.is_empty() && !strangers.is_empty(), "there is nothing to fit to");
    let mismatches = |raw: &[Raw]| raw.iter().map(|raw| raw.mismatch).collect::<Vec<_>>();
    numbers.known = fit_mismatch(&mismatches(&runs), numbers.known);
    numbers.other_version = fit_mismatch(&mismatches(&versions), numbers.other_version);
    numbers.unknown = fit_mismatch(&mismatches(&strangers), numbers.unknown);
    let behind = |held| behind(whole, &cases.behind, held, trial);
    numbers.known_behind = fit_mismatch(&behind(Held::Nothing), numbers.known_behind);
    numbers.unknown_behind = fit_mismatch(&behind(Held::Engine), numbers.unknown_behind);
    let all: Vec<&Outline> = runs.iter().chain(&versions).flat_map(|raw| &raw.outlines).collect();
    (numbers.independence, numbers.saturation) = fit_trust(&all);
    let versions = runs.iter().flat_map(|raw| &raw.outlines);
    let lags = versions.filter_map(|one| Some(numbers.temper(one.compared) * one.version_behind?));
    numbers.range_bits = statistics::quantile(&lags.collect::<Vec<f64>>(), IN_RANGE).max(0.1);
    Ok(numbers)
}

/// How many probes are drawn from a run, to see how much more all of them are worth than a few.
const DRAWN: [usize; 2] = [5, 20];

/// What a run amounts to before it is judged.
struct Raw {
    mismatch: Mismatch,
    /// The whole run, and a few probes of it.
    outlines: Vec<Outline>,
}

/// What some observations of a run amount to.
struct Outline {
    /// Bits of the best behaviour of each product, and whether its engine is the true one.
    products: Vec<(f64, bool)>,
    /// The weight that was compared.
    compared: f64,
    /// How many bits the true version is behind the best of its product.
    version_behind: Option<f64>,
}

/// What runs amount to, where there are numbers for their engine.
fn raw(whole: &Database, cases: &[Case<'_>], held: Held, numbers: impl Fn(&str) -> Option<Calibration>) -> Vec<Raw> {
    let mut random = fastrand::Rng::with_seed(0);
    heldout::each(cases, (whole, held), numbers, |case, matcher| {
        let few = DRAWN.map(|count| draw(&case.observations, count, &mut random));
        let outlines = std::iter::once(&case.observations).chain(&few).map(|seen| outline(seen, case.truth, matcher));
        Raw { mismatch: matcher.identify(&case.observations, Mask::default()).mismatch, outlines: outlines.collect() }
    })
}

/// The mismatch of scans behind proxies with what is known, where a proxy was found.
fn behind(
    whole: &Database,
    cases: &[Case<'_>],
    held: Held,
    numbers: impl Fn(&str) -> Option<Calibration>,
) -> Vec<Mismatch> {
    let seen = heldout::each(cases, (whole, held), numbers, |case, matcher| {
        matcher.identify(&case.observations, Mask::default()).mismatch
    });
    seen.into_iter().filter(|seen| seen.via_proxy).collect()
}

/// The baseline and some other observations.
fn draw(observations: &Observations, count: usize, random: &mut fastrand::Rng) -> Observations {
    let others: Vec<&ProbeId> = observations.keys().filter(|id| **id != ProbeId::BASELINE).collect();
    let chosen = random.choose_multiple(others, count).into_iter().chain([&ProbeId::BASELINE]);
    chosen.filter_map(|id| Some((*id, observations.get(id)?.clone()))).collect()
}

fn outline(observations: &Observations, truth: &Recording, matcher: &Matcher<'_>) -> Outline {
    let (bits, compared) = matcher.bits(observations, Mask::default());
    let mut best: BTreeMap<&str, (f64, bool)> = BTreeMap::new();
    let (mut product, mut own) = (f64::NEG_INFINITY, f64::NEG_INFINITY);
    for (bits, known) in bits.iter().zip(matcher.behaviours()) {
        let entry = best.entry(&known.product).or_insert((f64::NEG_INFINITY, known.engine == truth.engine));
        entry.0 = entry.0.max(bits.all);
        if known.product == truth.product {
            product = product.max(bits.without_banners);
            if known.versions.contains(&truth.version) {
                own = own.max(bits.without_banners);
            }
        }
    }
    let version_behind = Some(product - own).filter(|behind| behind.is_finite());
    Outline { products: best.into_values().collect(), compared, version_behind }
}

/// How often facts of each kind change though the server does not. Runs, applications, settings, bytes, transport and proxies have the
/// same say, however many scans there are of them.
fn change_rates(cases: &Cases<'_>, chosen: impl Fn(&str) -> bool) -> Result<[f64; Kind::COUNT]> {
    let mut classes: BTreeMap<&str, Tally> = BTreeMap::new();
    for (index, case) in cases.runs.iter().enumerate().filter(|(_, case)| chosen(&case.truth.engine)) {
        // Against the next run of the same server.
        let next = cases.runs.get(index + 1).filter(|next| std::ptr::eq(next.truth, case.truth));
        if let Some(next) = next {
            let before = facts_of(&next.observations);
            classes.entry("run").or_default().compare(&case.observations, |key| before.get(key).into_iter().collect());
        }
    }
    for (scan, direct) in cases.conditioned.iter().filter(|(_, direct)| chosen(&direct.engine)) {
        if scan.condition == REFUSED {
            // Another answer to the same handshake is what is asked for here, and no change.
            continue;
        }
        let known = known_facts(direct);
        let seen = scan.whole(direct)?;
        let tally = classes.entry(class_of(&scan.condition)).or_default();
        tally.compare(&seen, |key| known.get(key).into_iter().flatten().collect());
    }
    let mut rates = [0.0; Kind::COUNT];
    for tally in classes.values() {
        for (rate, (changed, of)) in rates.iter_mut().zip(tally.counts) {
            // A kind of which nothing is known may as well change as not.
            *rate += (changed + 0.5) / (of + 1.0) / classes.len() as f64;
        }
    }
    Ok(rates)
}

/// What a condition is about.
fn class_of(condition: &str) -> &'static str {
    match condition {
        "sink" | "push" => "application",
        setting if SETTINGS.contains(&setting) => "settings",
        "varied" => "bytes",
        "tls" | "delayed" | "slow-reader" | "loaded" => "transport",
        _ => "proxy",
    }
}

/// A fact's place.
type Key = (ProbeId, Kind);

fn facts_of(observations: &Observations) -> BTreeMap<Key, String> {
    let probed = observations.iter().filter_map(|(id, seen)| Some((find(*id).ok()?, seen)));
    let features = probed.flat_map(|(probe, seen)| features(probe, seen));
    features.map(|feature| ((feature.probe, feature.kind), feature.value)).collect()
}

/// All values that a recording has.
pub fn known_facts(recording: &Recording) -> BTreeMap<Key, Vec<String>> {
    let mut known: BTreeMap<Key, Vec<String>> = BTreeMap::new();
    for (id, line) in recording.observations.iter().flat_map(|(id, lines)| lines.keys().map(move |line| (id, line))) {
        let (Ok(id), Ok(seen)) = (id.parse(), line.parse()) else { continue };
        for (key, value) in facts_of(&Observations::from([(id, seen)])) {
            known.entry(key).or_default().push(value);
        }
    }
    known
}

/// Facts that changed, and all of them, by kind.
#[derive(Clone, Copy, Default)]
struct Tally {
    counts: [(f64, f64); Kind::COUNT],
}

impl Tally {
    /// Counts the facts of a scan, which `known` has other values of or not; facts that are not there any more count too.
    fn compare<'a>(&mut self, seen: &Observations, known: impl Fn(&Key) -> Vec<&'a String>) {
        let facts = facts_of(seen);
        let probes = seen.keys().filter(|id| find(**id).is_ok_and(Probe::is_default));
        for key in probes.flat_map(|id| Kind::ALL.map(|kind| (*id, kind))) {
            let (now, before) = (facts.get(&key), known(&key));
            if now.is_none() && before.is_empty() {
                continue;
            }
            let same = now.is_some_and(|now| before.contains(&now));
            let count = &mut self.counts[key.1 as usize];
            count.0 += f64::from(u8::from(!same));
            count.1 += 1.0;
        }
    }
}

/// To four significant digits, which is more than was measured, so that the file does not change with the last bit of a sum.
fn rounded(numbers: Calibration) -> Calibration {
    let round = |value: f64| format!("{value:.3e}").parse().unwrap_or(value);
    let beta = |beta: BetaBinomial| BetaBinomial { alpha: round(beta.alpha), beta: round(beta.beta) };
    let model = |model: MismatchModel| MismatchModel {
        mismatched: beta(model.mismatched),
        unseen_baseline: beta(model.unseen_baseline),
    };
    Calibration {
        change: numbers.change.map(round),
        independence: round(numbers.independence),
        saturation: round(numbers.saturation),
        known: model(numbers.known),
        other_version: model(numbers.other_version),
        unknown: model(numbers.unknown),
        known_behind: model(numbers.known_behind),
        unknown_behind: model(numbers.unknown_behind),
        unknown_prior: numbers.unknown_prior,
        proxies: numbers.proxies,
        proxy_prior: numbers.proxy_prior,
        range_bits: round(numbers.range_bits),
    }
}
