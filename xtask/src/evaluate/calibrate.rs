//! `cargo xtask calibrate`: the numbers of the matcher, measured from recordings and conditions.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use enum_map::EnumMap;
use stews::database::{Recording, version_order};
use stews::features::Kind;
use stews::identify::{Bits, Calibration, Mask, Matcher, Observations, Spread};
use stews::probe::{Probe, ProbeId, find};

use crate::conditions::name::Condition;
use crate::evaluate::cases::{Cases, Key, Recorded, facts_of, known_facts};
use crate::evaluate::fit::{Sample, Truth, fit_spread};
use crate::evaluate::hold_out::{self, Case, HoldOut, Known};
use crate::evaluate::{measure_proxies, statistics};
use crate::support::paths;

/// The command, as messages name it.
pub const COMMAND: &str = "cargo xtask calibrate";

/// The share of runs whose true version, recorded in other runs, is to be within the range that is named.
const RECORDED_IN_RANGE: f64 = 0.995;

/// The share of runs whose true version is to be within the range that is named where it is not recorded.
const LEFT_OUT_IN_RANGE: f64 = 0.985;

/// Writes `fingerprints/calibration.json`, or with `check` fails where it is out of date.
pub fn run(check: bool) -> Result<()> {
    let evidence = Recorded::load()?;
    let numbers = fit(evidence.whole()?.known(), &evidence.cases()?, |_| true)?;
    let text = text(&rounded(numbers.clone()))?;
    paths::write_or_check(&paths::root()?.join("fingerprints/calibration.json"), &text, check, COMMAND)?;
    for (kind, rate) in numbers.change {
        println!("{kind:<24} changes in {:5.2} %", 100.0 * rate);
    }
    println!("versions within {:.2} bits", numbers.range_bits);
    for (hypothesis, spread) in
        [("recorded", numbers.recorded), ("other front", numbers.other_front), ("unknown engine", numbers.unknown)]
    {
        for (part, rates) in spread {
            let rates = rates.map(|share| format!("{:3.0} %", 100.0 * share));
            println!("{hypothesis:<16} {:<10} {}", format!("{part:?}"), rates.join(" "));
        }
    }
    Ok(())
}

/// The stored form: proxies, which are thousands of lines otherwise, in one line each.
fn text(numbers: &Calibration) -> Result<String> {
    let proxies: Vec<String> = numbers.proxies.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
    let rest = one_line_a_list(&serde_json::to_string_pretty(&Calibration { proxies: Vec::new(), ..numbers.clone() })?);
    let lines = proxies.iter().map(|proxy| format!("    {proxy}")).collect::<Vec<String>>().join(",\n");
    Ok(rest.replacen("\"edges\": []", &format!("\"edges\": [\n{lines}\n  ]"), 1) + "\n")
}

/// Pretty JSON with each list of numbers in one line.
fn one_line_a_list(text: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for line in text.lines() {
        let words = line.trim();
        inside |= words.ends_with(": [");
        if !inside {
            out.push_str(line);
            out.push('\n');
            continue;
        }
        out.push_str(if words.ends_with('[') { line } else { words });
        if words.ends_with(',') && !words.starts_with(']') {
            out.push(' ');
        }
        if words.starts_with(']') {
            inside = false;
            out.push('\n');
        }
    }
    out.trim_end().to_owned()
}

/// Fits all numbers to the servers whose engines are `chosen`.
pub fn fit(whole: Known<'_>, cases: &Cases<'_>, chosen: impl Fn(&str) -> bool) -> Result<Calibration> {
    let mut numbers = Calibration::cautious();
    // Without them only chance from run to run is known, and that is not what proxies and applications do.
    if !cases.conditioned.is_empty() {
        numbers.change = change_rates(cases, &chosen)?;
        numbers.proxies = measure_proxies::measure(cases, &chosen)?;
    }
    // Samples are of targets without a proxy, and what is measured of proxies would only be tried in vain.
    let trial = |engine: &str| chosen(engine).then(|| Calibration { proxies: Vec::new(), ..numbers.clone() });
    let runs: Vec<Case<'_>> = cases.runs.iter().filter(|case| case.is_first_run()).map(Case::again).collect();
    let differing: Vec<Case<'_>> =
        cases.runs.iter().filter(|case| case.is_of_differing_runs()).map(Case::again).collect();
    let changed = changed_applications(cases);
    let (mut samples, mut range_bits) = (Vec::new(), LEAST_RANGE_BITS);
    for (truth, held, cases) in [
        (Truth::Recorded, HoldOut::Run, &runs),
        (Truth::Recorded, HoldOut::Version, &runs),
        (Truth::Recorded, HoldOut::Nothing, &changed),
        (Truth::OtherFront, HoldOut::Product, &runs),
        (Truth::Unknown, HoldOut::Engine, &runs),
    ] {
        let sampled = hold_out::each(cases, &whole, held, trial, |case, matcher| sample(truth, case, matcher));
        let mut lags: Vec<f64> = sampled.iter().flat_map(|one| one.version_behind.iter().copied()).collect();
        if held == HoldOut::Run {
            let lag = |case: &Case<'_>, matcher: &Matcher<'_>| {
                version_behind(&matcher.bits(&case.observations, Mask::default()), case.truth, matcher)
            };
            lags.extend(hold_out::each(&differing, &whole, held, trial, lag).into_iter().flatten());
        }
        range_bits = match held {
            HoldOut::Run => range_bits.max(statistics::quantile(&lags, RECORDED_IN_RANGE)),
            HoldOut::Version => range_bits.max(statistics::quantile(&lags, LEFT_OUT_IN_RANGE)),
            _ => range_bits,
        };
        let mut mine: Vec<Sample> = sampled.into_iter().flat_map(|one| one.samples).collect();
        let all: f64 = mine.iter().map(|sample| sample.weight).sum();
        mine.iter_mut().for_each(|sample| sample.weight /= all);
        samples.extend(mine);
    }
    ensure!(!samples.is_empty(), "there is nothing to fit to");
    numbers.recorded = fit_spread(&samples, Truth::Recorded);
    numbers.other_front = fit_spread(&samples, Truth::OtherFront);
    numbers.unknown = fit_spread(&samples, Truth::Unknown);
    numbers.range_bits = range_bits;
    Ok(numbers)
}

/// The least that versions may be behind and still be told.
const LEAST_RANGE_BITS: f64 = 0.1;

/// How many probes are drawn from a run, to see how much more all of them are worth than a few.
const DRAWN: [usize; 3] = [6, 14, 40];

/// Every so many of the scans of changed applications are taken: they are much alike.
const CHANGED_STEP: usize = 4;

/// What a run amounts to before it is judged.
struct Sampled {
    /// The whole run, and a few probes of it.
    samples: Vec<Sample>,
    /// How many bits the true version is behind the best of its product: [`version_behind`].
    version_behind: Vec<f64>,
}

/// Scans of recorded servers under other applications and settings, without a proxy.
fn changed_applications<'a>(cases: &Cases<'a>) -> Vec<Case<'a>> {
    let changed = cases
        .conditioned
        .iter()
        .filter(|(scan, _)| scan.condition != Condition::Refused && scan.proxy().is_none() && scan.stopped.is_none());
    let mut changed: Vec<Case<'a>> =
        changed.step_by(CHANGED_STEP).map(|(scan, direct)| Case::new(direct, scan.whole(direct))).collect();
    // Cases of one recording stand together.
    changed.sort_by(|one, other| one.name().cmp(&other.name()));
    changed
}

fn sample(truth: Truth, case: &Case<'_>, matcher: &Matcher<'_>) -> Sampled {
    // Each draws for itself, so that a server more changes no other.
    let mut random = fastrand::Rng::with_seed(case.observations.len() as u64);
    let few = DRAWN.map(|count| draw(&case.observations, count, &mut random));
    let all: Vec<&Observations> = std::iter::once(&case.observations).chain(&few).collect();
    let known = matcher.behaviours();
    let versions = known.iter().filter(|known| known.product == case.truth.product).count().max(1);
    let may_be = |place: usize| match truth {
        Truth::Recorded => known[place].product == case.truth.product,
        Truth::OtherFront => known[place].engine == case.truth.engine,
        Truth::Unknown => true,
    };
    let mut sampled = Sampled { samples: Vec::new(), version_behind: Vec::new() };
    for seen in all {
        let bits = matcher.bits(seen, Mask::default());
        sampled.version_behind.extend(version_behind(&bits, case.truth, matcher));
        // Another version of the product may be gone with it: then only its engine is known.
        let any = (0..bits.len()).any(may_be);
        let mine: Vec<Bits> = (0..bits.len()).filter(|place| !any || may_be(*place)).map(|place| bits[place]).collect();
        if any {
            let mut one = Sample::new(truth, &mine, matcher.calibration());
            one.weight = (versions as f64).recip();
            sampled.samples.push(one);
        }
    }
    sampled
}

/// How many bits the true version is behind the best of its product, for each unit of weight that the best does not explain, and one more;
/// where it is left out, the better of the recorded versions next to it, whose ranges reach up to each other.
fn version_behind(bits: &[Bits], truth: &Recording, matcher: &Matcher<'_>) -> Option<f64> {
    let mine = || bits.iter().zip(matcher.behaviours()).filter(|(_, known)| known.product == truth.product);
    let by_bits = |one: &&Bits, other: &&Bits| one.without_banners.total_cmp(&other.without_banners);
    let best = mine().map(|(bits, _)| bits).max_by(by_bits)?;
    let own = next_to(mine().flat_map(|(_, known)| &known.versions), &truth.version);
    let own = mine().filter(|(_, known)| own.iter().flatten().any(|version| known.versions.contains(version)));
    let own = own.map(|(bits, _)| bits).max_by(by_bits)?;
    Some((best.without_banners - own.without_banners) / (1.0 + best.disagreed))
}

/// A version among some; where it is not there, the one before it and the one after it.
fn next_to<'a>(some: impl Iterator<Item = &'a String>, version: &str) -> [Option<&'a String>; 2] {
    let mut all: Vec<&String> = some.collect();
    all.sort_by(|one, other| version_order(one, other));
    let place = all.partition_point(|other| version_order(other, version).is_lt());
    match all.get(place) {
        Some(same) if *same == version => [Some(same), None],
        after => [place.checked_sub(1).map(|before| all[before]), after.copied()],
    }
}

/// The baseline and some other observations.
fn draw(observations: &Observations, count: usize, random: &mut fastrand::Rng) -> Observations {
    let others: Vec<&ProbeId> = observations.keys().filter(|id| **id != ProbeId::BASELINE).collect();
    let chosen = random.choose_multiple(others, count).into_iter().chain([&ProbeId::BASELINE]);
    chosen.filter_map(|id| Some((*id, observations.get(id)?.clone()))).collect()
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
    let spread = |spread: Spread| spread.map(|_, rates| rates.map(round));
    Calibration {
        change: numbers.change.map(|_, rate| round(rate)),
        recorded: spread(numbers.recorded),
        other_front: spread(numbers.other_front),
        unknown: spread(numbers.unknown),
        range_bits: round(numbers.range_bits),
        ..numbers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_that_is_left_out_stands_between_the_ones_next_to_it() {
        let some = ["1.9", "1.10", "2.0"].map(str::to_owned);
        let next = |version| next_to(some.iter(), version).map(|one| one.map(String::as_str));
        assert_eq!(next("1.10"), [Some("1.10"), None]);
        assert_eq!(next("1.9.5"), [Some("1.9"), Some("1.10")]);
        assert_eq!(next("3"), [Some("2.0"), None]);
    }

    #[test]
    fn the_stored_calibration_is_as_it_is_written() {
        let stored = std::fs::read_to_string(paths::root().unwrap().join("fingerprints/calibration.json")).unwrap();
        assert!(text(Calibration::measured()).unwrap() == stored, "run `{COMMAND}`");
    }
}
