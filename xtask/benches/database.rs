//! `cargo bench --package xtask --bench database`: the embedded database's size, how long it takes to load it together with the
//! matcher's numbers, and to identify with it. `cargo xtask bench` runs it too.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use stews::database::Database;
use stews::identify::{Calibration, Mask, Matcher, Observations, Policy};
use xtask::conditions::stored;
use xtask::evaluate::hold_out::{self, Case};
use xtask::support::recordings;

/// Counted repetitions; the median is printed.
const REPEATS: usize = 51;

/// The most bytes that the embedded database may have.
const MOST_BYTES: usize = 3_000_000;

/// The most time until the first answer could be given.
const MOST_UNTIL_READY: Duration = Duration::from_millis(10);

/// The most time that an identification by what a default scan asks may take.
const MOST_A_TARGET: Duration = Duration::from_millis(1);

/// The most time that an identification by everything there is may take: the scan takes a thousand times as long.
const MOST_A_THOROUGH_TARGET: Duration = Duration::from_millis(50);

/// How many servers are chosen probes for, one after the other.
const CHOSEN_FOR: usize = 40;

/// The proxy that stands for all.
const PROXY: &str = "nginx";

fn main() -> Result<()> {
    let database = Database::embedded()?;
    let [text, numbers] = [stored("database.json"), stored("calibration.json")].map(std::fs::read_to_string);
    let (text, numbers) = (text?, numbers?);
    let parse = median(|| serde_json::from_str::<serde_json::Value>(&text).is_ok())?;
    let load = median(|| Database::embedded().is_ok())?;
    let calibrate = median(|| serde_json::from_str::<Calibration>(&numbers).is_ok())?;
    let few = targets(&Matcher::new(&database))?.swap_remove(0).1;
    // As far as it takes to answer: all of it loaded, turned round by the matcher, and a target identified.
    let ready = median(|| {
        let (Ok(database), Ok(numbers)) = (Database::embedded(), serde_json::from_str(&numbers)) else { return false };
        !Matcher::calibrated(&database, numbers).identify(&few, Mask::default()).candidates.is_empty()
    })?;
    println!("database: {} behaviours, medians of {REPEATS}", database.behaviours.len());
    println!("  size                    {:.0} kB (limit {:.0} kB)", text.len() as f64 / 1e3, MOST_BYTES as f64 / 1e3);
    println!("  its JSON read alone     {:.2} ms", milliseconds(parse));
    println!("  loaded                  {:.2} ms = {:.2} of that", milliseconds(load), ratio(load, parse));
    println!("  the matcher's numbers   {:.2} ms = {:.2} of that", milliseconds(calibrate), ratio(calibrate, parse));
    println!(
        "  the first answer        {:.2} ms = {:.2} of that (limit {:.0} ms)",
        milliseconds(ready),
        ratio(ready, parse),
        milliseconds(MOST_UNTIL_READY)
    );
    let mut within = text.len() <= MOST_BYTES && ready <= MOST_UNTIL_READY;
    let matcher = Matcher::new(&database);
    for (what, observations) in targets(&matcher)? {
        let one = median(|| !matcher.identify(&observations, Mask::default()).candidates.is_empty())?;
        let most = if observations.len() > Policy::default().most { MOST_A_THOROUGH_TARGET } else { MOST_A_TARGET };
        println!(
            "  one identification      {:.2} ms (limit {:.0} ms): {what}, {} probes",
            milliseconds(one),
            milliseconds(most),
            observations.len()
        );
        within &= one <= most;
    }
    within &= choosing(&matcher)?;
    println!("  {}", if within { "within all limits" } else { "OVER A LIMIT" });
    Ok(())
}

/// What it takes to choose probes and identify, a target: where nobody asked before, and where others answered alike. Whether the latter is
/// within its limit.
fn choosing(matcher: &Matcher<'_>) -> Result<bool> {
    let recordings = recordings::load_all()?;
    let step = recordings.len().div_ceil(CHOSEN_FOR).max(1);
    let cases: Vec<Case<'_>> =
        hold_out::cases(&recordings).into_iter().filter(Case::is_first_run).step_by(step).collect();
    let a_target = || {
        let begun = Instant::now();
        let asked: usize = cases.iter().map(|case| case.adaptive_answer(matcher, &Policy::default()).asked.len()).sum();
        std::hint::black_box(asked);
        begun.elapsed() / u32::try_from(cases.len()).unwrap_or(1).max(1)
    };
    let (cold, warm) = (a_target(), a_target());
    println!("  a target, chosen anew   {:.2} ms, mean of {}", milliseconds(cold), cases.len());
    println!(
        "  a target, once warm     {:.2} ms = 1/{:.0} of that (limit {:.0} ms)",
        milliseconds(warm),
        ratio(cold, warm),
        milliseconds(MOST_A_TARGET)
    );
    Ok(warm <= MOST_A_TARGET)
}

fn stored(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fingerprints").join(name)
}

/// What is identified: a server of which little was asked, and one of which everything was, both directly and behind a proxy.
fn targets(matcher: &Matcher<'_>) -> Result<Vec<(&'static str, Observations)>> {
    let recordings = recordings::load_all()?;
    let conditions = stored::load_all(&recordings)?;
    let (scan, direct) = conditions
        .iter()
        .find(|(scan, _)| scan.proxy() == Some(PROXY))
        .with_context(|| format!("no scan behind {PROXY} is stored"))?;
    let whole: Observations = direct.run(0).into_iter().map(|(id, line)| (id, line.observation().clone())).collect();
    let behind = scan.whole(direct);
    let few = |observations: &Observations| {
        let asked = Case::new(direct, observations.clone()).adaptive_answer(matcher, &Policy::default()).asked;
        observations
            .iter()
            .filter(|(probe, _)| asked.contains(probe))
            .map(|(probe, seen)| (*probe, seen.clone()))
            .collect()
    };
    Ok(vec![
        ("step by step", few(&whole)),
        ("step by step behind a proxy", few(&behind)),
        ("every probe", whole),
        ("the default set behind a proxy", behind),
    ])
}

/// The median time that something takes.
fn median(mut work: impl FnMut() -> bool) -> Result<Duration> {
    let mut times = Vec::new();
    for _ in 0..REPEATS {
        let begun = Instant::now();
        ensure!(std::hint::black_box(work()), "what is timed failed");
        times.push(begun.elapsed());
    }
    times.sort_unstable();
    Ok(times[REPEATS / 2])
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64()
}
