//! `cargo xtask calibrate`: the numbers of the matcher, measured from recordings and conditions.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use enum_map::EnumMap;
use stews::database::{Database, Recording};
use stews::features::Kind;
use stews::identify::{BetaBinomial, Calibration, Mask, Matcher, Mismatch, MismatchModel, Observations};
use stews::probe::{Probe, ProbeId, find};

use crate::conditions::name::Condition;
use crate::evaluate::cases::{Cases, Key, Recorded, facts_of, known_facts};
use crate::evaluate::fit::{ProductScore, ScoreProfile, fit_mismatch, fit_trust};
use crate::evaluate::hold_out::{self, Case, HoldOut};
use crate::evaluate::{measure_proxies, statistics};
use crate::support::paths;

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
    for (kind, rate) in numbers.change {
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

/// Fits all numbers to the servers whose engines are `chosen`.
pub fn fit(whole: &Database, cases: &Cases<'_>, chosen: impl Fn(&str) -> bool) -> Result<Calibration> {
    let mut numbers = Calibration::cautious();
    // Without them only chance from run to run is known, and that is not what proxies and applications do.
    if !cases.conditioned.is_empty() {
        numbers.change = change_rates(cases, &chosen)?;
        numbers.proxies = measure_proxies::measure(cases, &chosen)?;
    }
    let with_change = numbers.clone();
    let trial = |engine: &str| chosen(engine).then(|| with_change.clone());
    let judged = |held| hold_out_results(whole, &cases.runs, held, trial);
    let (runs, versions, unknown) = (judged(HoldOut::Run), judged(HoldOut::Version), judged(HoldOut::Engine));
    ensure!(!runs.is_empty() && !unknown.is_empty(), "there is nothing to fit to");
    let mismatches = |results: &[HoldOutResult]| results.iter().map(|one| one.mismatch).collect::<Vec<_>>();
    numbers.known = fit_mismatch(&mismatches(&runs), numbers.known);
    numbers.other_version = fit_mismatch(&mismatches(&versions), numbers.other_version);
    numbers.unknown = fit_mismatch(&mismatches(&unknown), numbers.unknown);
    let behind = |held| behind(whole, &cases.behind, held, trial);
    numbers.known_behind = fit_mismatch(&behind(HoldOut::Nothing), numbers.known_behind);
    numbers.unknown_behind = fit_mismatch(&behind(HoldOut::Engine), numbers.unknown_behind);
    let all: Vec<&ScoreProfile> = runs.iter().chain(&versions).flat_map(|one| &one.profiles).collect();
    (numbers.independence, numbers.saturation) = fit_trust(&all);
    let versions = runs.iter().flat_map(|one| &one.profiles);
    let lags = versions.filter_map(|one| Some(numbers.temper(one.compared) * one.version_behind?));
    numbers.range_bits = statistics::quantile(&lags.collect::<Vec<f64>>(), IN_RANGE).max(0.1);
    Ok(numbers)
}

/// How many probes are drawn from a run, to see how much more all of them are worth than a few.
const DRAWN: [usize; 2] = [5, 20];

/// What a run amounts to before it is judged.
struct HoldOutResult {
    mismatch: Mismatch,
    /// The whole run, and a few probes of it.
    profiles: Vec<ScoreProfile>,
}

/// What runs amount to, where there are numbers for their engine.
fn hold_out_results(
    whole: &Database,
    cases: &[Case<'_>],
    held: HoldOut,
    numbers: impl Fn(&str) -> Option<Calibration>,
) -> Vec<HoldOutResult> {
    let mut random = fastrand::Rng::with_seed(0);
    hold_out::each(cases, whole, held, numbers, |case, matcher| {
        let few = DRAWN.map(|count| draw(&case.observations, count, &mut random));
        let profiles =
            std::iter::once(&case.observations).chain(&few).map(|seen| score_profile(seen, case.truth, matcher));
        HoldOutResult {
            mismatch: matcher.identify(&case.observations, Mask::default()).mismatch,
            profiles: profiles.collect(),
        }
    })
}

/// The mismatch of scans behind proxies with what is known, where a proxy was found.
fn behind(
    whole: &Database,
    cases: &[Case<'_>],
    held: HoldOut,
    numbers: impl Fn(&str) -> Option<Calibration>,
) -> Vec<Mismatch> {
    let seen = hold_out::each(cases, whole, held, numbers, |case, matcher| {
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

fn score_profile(observations: &Observations, truth: &Recording, matcher: &Matcher<'_>) -> ScoreProfile {
    let (bits, compared) = matcher.bits(observations, Mask::default());
    let mut best: BTreeMap<&str, ProductScore> = BTreeMap::new();
    let (mut product, mut own) = (f64::NEG_INFINITY, f64::NEG_INFINITY);
    for (bits, known) in bits.iter().zip(matcher.behaviours()) {
        let entry = best
            .entry(&known.product)
            .or_insert(ProductScore { bits: f64::NEG_INFINITY, right: known.engine == truth.engine });
        entry.bits = entry.bits.max(bits.all);
        if known.product == truth.product {
            product = product.max(bits.without_banners);
            if known.versions.contains(&truth.version) {
                own = own.max(bits.without_banners);
            }
        }
    }
    let version_behind = Some(product - own).filter(|behind| behind.is_finite());
    ScoreProfile { products: best.into_values().collect(), compared, version_behind }
}

/// How often facts of each kind change though the server does not. Runs, applications, settings, bytes, transport and proxies have the
/// same say, however many scans there are of them.
fn change_rates(cases: &Cases<'_>, chosen: impl Fn(&str) -> bool) -> Result<EnumMap<Kind, f64>> {
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
        if scan.condition == Condition::Refused {
            // Another answer to the same handshake is what is asked for here, and no change.
            continue;
        }
        let known = known_facts(direct);
        let seen = scan.whole(direct);
        let tally = classes.entry(class_of(&scan.condition)).or_default();
        tally.compare(&seen, |key| known.get(key).into_iter().flatten().collect());
    }
    let mut rates = EnumMap::default();
    for tally in classes.values() {
        for (kind, (changed, of)) in tally.counts {
            // A kind of which nothing is known may as well change as not.
            rates[kind] += (changed + 0.5) / (of + 1.0) / classes.len() as f64;
        }
    }
    Ok(rates)
}

/// What a condition is about.
const fn class_of(condition: &Condition) -> &'static str {
    match condition {
        Condition::Sink | Condition::Push => "application",
        Condition::PayloadLimit | Condition::Compression | Condition::Subprotocol => "settings",
        Condition::Varied => "bytes",
        Condition::Tls | Condition::Delayed | Condition::SlowReader | Condition::Loaded => "transport",
        Condition::Refused | Condition::TwoBackEnds | Condition::Behind(_) => "proxy",
    }
}

/// Facts that changed, and all of them, by kind.
#[derive(Clone, Copy, Default)]
struct Tally {
    counts: EnumMap<Kind, (f64, f64)>,
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
            let count = &mut self.counts[key.1];
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
        schema: numbers.schema,
        change: numbers.change.map(|_, rate| round(rate)),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stored_calibration_is_as_it_is_written() {
        let stored = std::fs::read_to_string(paths::root().unwrap().join("fingerprints/calibration.json")).unwrap();
        assert!(text(Calibration::measured()).unwrap() == stored, "run `{COMMAND}`");
    }
}
