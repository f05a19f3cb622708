//! `cargo bench --package xtask --bench database`: the embedded database's size, and how long it takes to load it and to
//! identify with it. `cargo xtask bench` runs it too.

use std::time::{Duration, Instant};

use stews::database::{Database, Recording};
use stews::identify::{Mask, Matcher, Observations};

/// Counted repetitions; the median is printed.
const REPEATS: usize = 51;

/// The most bytes that the embedded database may have, and the most time until the first answer could be given.
const LIMITS: (usize, Duration) = (2_000_000, Duration::from_millis(10));

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let database = Database::embedded()?;
    let observations = whole_run()?;
    let size = std::fs::metadata(concat!(env!("CARGO_MANIFEST_DIR"), "/../fingerprints/database.json"))?.len();
    let size = usize::try_from(size)?;
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../fingerprints/database.json"))?;
    let parse = median(|| serde_json::from_str::<serde_json::Value>(&text).map(|_| ()).is_ok());
    let load = median(|| Database::embedded().is_ok());
    // As far as it takes to answer: loaded, and turned round by the matcher.
    let ready = median(|| Database::embedded().is_ok_and(|database| !Matcher::new(&database).behaviours().is_empty()));
    let matcher = Matcher::new(&database);
    let one = median(|| !matcher.identify(&observations, Mask::default()).candidates.is_empty());
    let behaviours = database.behaviours.len();
    println!("database: {behaviours} behaviours, medians of {REPEATS}");
    println!("  size                    {:.0} kB (limit {:.0} kB)", size as f64 / 1e3, LIMITS.0 as f64 / 1e3);
    println!("  its JSON read alone     {:.2} ms", milliseconds(parse));
    println!("  loaded                  {:.2} ms = {:.2} of that", milliseconds(load), ratio(load, parse));
    println!(
        "  loaded and ready        {:.2} ms = {:.2} of that (limit {:.0} ms)",
        milliseconds(ready),
        ratio(ready, parse),
        milliseconds(LIMITS.1)
    );
    println!("  one identification      {:.2} ms, {} probes", milliseconds(one), observations.len());
    println!("  {}", if size <= LIMITS.0 && ready <= LIMITS.1 { "within both limits" } else { "OVER A LIMIT" });
    Ok(())
}

/// The first run of the first recording, all its probes.
fn whole_run() -> Result<Observations, Box<dyn std::error::Error>> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../fingerprints/recordings");
    let files = Recording::load_all(&folder)?;
    let (_, recording) = files.first().ok_or("there are no recordings")?;
    let parsed = recording.run(0).into_iter().map(|(id, line)| Ok((id.parse()?, line.parse()?)));
    parsed.collect()
}

fn median(mut work: impl FnMut() -> bool) -> Duration {
    let mut times: Vec<Duration> = (0..REPEATS)
        .map(|_| {
            let begun = Instant::now();
            assert!(std::hint::black_box(work()), "what is timed failed");
            begun.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[REPEATS / 2]
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64()
}
