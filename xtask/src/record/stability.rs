//! `cargo xtask stability`: whether what must not matter in the bytes of a probe does matter to a server.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use stews::features::{Kind, features};
use stews::probe::{ProbeId, Segments, Variation, default_set, find};
use stews::scan::{Options, Scan};
use stews::target::{Scheme, Target};

use crate::playground::manifest::Server;
use crate::playground::servers::{self, Way};
use crate::support::{dial, markdown, paths, strategies};

/// How much of a value is shown.
const SHOWN: usize = 80;

/// What to scan, how often, and what is good enough.
#[derive(Debug, Args)]
pub struct Plan {
    /// Scans of each server with a random variation, beside the one with the default variation
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub variations: u32,
    /// What the variations are drawn from: the same seed gives the same ones
    #[arg(long, value_name = "N", default_value_t = 6455)]
    pub seed: u64,
    /// Only these smoke servers, by product, comma separated; the report is then printed, not written
    #[arg(long, value_name = "PRODUCTS")]
    pub only: Option<String>,
    /// Fail where fewer cells are stable
    #[arg(long, value_name = "PERCENT", default_value_t = 99.0)]
    pub least: f64,
}

/// Scans the smoke servers, reports which features changed, and fails where too many did.
pub async fn run(plan: &Plan) -> Result<()> {
    let servers = selected(servers::smoke()?, plan.only.as_deref())?;
    println!("{} variations from seed {}", plan.variations, plan.seed);
    let variations = draw(plan.seed, plan.variations);
    let (mut results, mut skipped) = (Vec::new(), Vec::new());
    for (server, way) in &servers {
        match way {
            Way::Skipped(why) => skipped.push(format!("skipped {}: {why}", server.id())),
            _ => results.push(measure(server, way, &variations).await?),
        }
    }
    let text = report(plan, &variations, &results);
    print!("\n{text}");
    let troubles: Vec<&str> = results.iter().flat_map(|result| &result.troubles).map(String::as_str).collect();
    skipped.iter().for_each(|line| println!("{line}"));
    troubles.iter().for_each(|line| println!("trouble: {line}"));
    // Half a report would look as if the rest had become stable, or had gone.
    if plan.only.is_none() && skipped.is_empty() && troubles.is_empty() {
        let path = paths::root()?.join("fingerprints/stability.md");
        paths::write(&path, &text)?;
    } else {
        println!("fingerprints/stability.md is left as it was: this run is not of all smoke servers, or not whole");
    }
    ensure!(troubles.is_empty(), "{} scans were not whole", troubles.len());
    let overall = Tally::of(results.iter().flat_map(|result| result.cells.values()));
    ensure!(overall.cells > 0, "nothing was scanned");
    let percent = overall.percent();
    ensure!(percent >= plan.least, "{percent:.2} % of the cells are stable, {} % are wanted", plan.least);
    Ok(())
}

/// The smoke servers that `only` names; without it, all.
fn selected(servers: Vec<(Server, Way)>, only: Option<&str>) -> Result<Vec<(Server, Way)>> {
    let Some(only) = only else { return Ok(servers) };
    let wanted: Vec<&str> = only.split(',').map(str::trim).filter(|product| !product.is_empty()).collect();
    let known: Vec<String> = servers.iter().map(|(server, _)| server.manifest.product.clone()).collect();
    for product in &wanted {
        let is_known = known.iter().any(|known| known == product);
        ensure!(is_known, "there is no smoke server `{}`; there are {}", product.escape_debug(), known.join(", "));
    }
    Ok(servers.into_iter().filter(|(server, _)| wanted.contains(&server.manifest.product.as_str())).collect())
}

/// The first variation that is drawn from a seed.
pub fn drawn(seed: u64) -> Variation {
    draw(seed, 1).pop().unwrap_or_default()
}

/// The default variation, then as many as asked for; fewer of the same seed are the first of more.
fn draw(seed: u64, count: u32) -> Vec<Variation> {
    let drawn = strategies::draw(&strategies::variation(), seed, count);
    std::iter::once(Variation::default()).chain(drawn).collect()
}

/// A fact of one probe about one server.
type Cell = (ProbeId, Kind);

/// The values of one scan, by cell.
type Values = BTreeMap<Cell, String>;

/// Each value of a cell, `None` where it was absent, and the numbers of the scans that showed it.
type ValueScans = BTreeMap<Option<String>, Vec<usize>>;

/// All scans of one server.
struct Measured {
    server: String,
    scans: usize,
    cells: BTreeMap<Cell, ValueScans>,
    /// Scans that were not whole, and why; their values count for nothing.
    troubles: Vec<String>,
}

/// Scans a server with each variation.
async fn measure(server: &Server, way: &Way, variations: &[Variation]) -> Result<Measured> {
    let name = server.id();
    let running = servers::start(server, way, "echo").await?.context("a server that is not skipped starts")?;
    let (mut scans, mut troubles) = (Vec::new(), Vec::new());
    let begun = std::time::Instant::now();
    for (index, variation) in variations.iter().enumerate() {
        match scan(running.url(), variation).await {
            Ok(scan) => match trouble(&scan) {
                None => scans.push((index, values(&scan)?)),
                Some(why) => troubles.push(format!("{name}, variation {index}: {why}")),
            },
            Err(error) => {
                troubles.push(format!("{name}, variation {index} and those after it: {error:#}"));
                break;
            }
        }
    }
    running.stop().await?;
    println!("scanned {name} {} times in {:.0} s", scans.len(), begun.elapsed().as_secs_f64());
    Ok(Measured { server: name, scans: scans.len(), cells: cells(&scans), troubles })
}

/// The default set, as a user's run plays it, with another variation.
async fn scan(url: &str, variation: &Variation) -> Result<Scan> {
    let target = Target::parse(url, Scheme::Ws)?;
    let probes = default_set();
    let options = Options { variation: variation.clone(), ..dial::options(&target, probes) };
    dial::scan_target(&target, &options).await
}

/// Why a scan is not whole, if it is not.
fn trouble(scan: &Scan) -> Option<String> {
    let failures = scan.failures.iter().map(|(probe, why)| format!("{probe} was not played: {why}"));
    let all: Vec<String> = scan.stop.iter().map(ToString::to_string).chain(failures).collect();
    (!all.is_empty()).then(|| all.join("; "))
}

/// Facts of one kind from one probe are one value.
fn values(scan: &Scan) -> Result<Values> {
    let mut values = Values::new();
    for (id, observation) in &scan.observations {
        for feature in features(find(*id)?, observation) {
            let value = values.entry((feature.probe, feature.kind)).or_default();
            value.push_str(if value.is_empty() { "" } else { " and " });
            value.push_str(&feature.value);
        }
    }
    Ok(values)
}

/// The values of every cell that some scan has.
fn cells(scans: &[(usize, Values)]) -> BTreeMap<Cell, ValueScans> {
    let all: BTreeSet<Cell> = scans.iter().flat_map(|(_, values)| values.keys().copied()).collect();
    let seen = |cell: Cell| {
        let mut seen = ValueScans::new();
        for (index, values) in scans {
            seen.entry(values.get(&cell).cloned()).or_default().push(*index);
        }
        (cell, seen)
    };
    all.into_iter().map(seen).collect()
}

/// How many cells there are, and how many of them had one value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tally {
    cells: usize,
    stable: usize,
}

impl Tally {
    fn of<'a>(cells: impl Iterator<Item = &'a ValueScans>) -> Self {
        cells.fold(Self::default(), |tally, seen| Self {
            cells: tally.cells + 1,
            stable: tally.stable + usize::from(seen.len() == 1),
        })
    }

    fn percent(self) -> f64 {
        if self.cells == 0 { 0.0 } else { 100.0 * self.stable as f64 / self.cells as f64 }
    }
}

fn report(plan: &Plan, variations: &[Variation], results: &[Measured]) -> String {
    let mut out = format!(
        "# Stability\n\nGenerated by `cargo xtask stability --variations {} --seed {}`.\n\n\
         Each smoke server is scanned once with the default variation of the probes and once with each of the variations below, \
         which change only\nwhat must not matter. A cell is one kind of feature of one probe against one server. It is stable if \
         it had the same value in all scans;\nbeing absent is a value.\n\n\
         | server | scans | cells | stable | percent |\n|---|---|---|---|---|\n",
        plan.variations, plan.seed
    );
    let overall = Tally::of(results.iter().flat_map(|result| result.cells.values()));
    let scans = results.iter().map(|result| result.scans).sum();
    let rows = results.iter().map(|one| (one.server.as_str(), one.scans, Tally::of(one.cells.values())));
    for (name, scans, tally) in rows.chain([("all", scans, overall)]) {
        let (cells, stable, percent) = (tally.cells, tally.stable, tally.percent());
        let _ = writeln!(out, "| {name} | {scans} | {cells} | {stable} | {percent:.2} |");
    }
    out.push_str(
        "\n## Unstable cells\n\nOne row a value; \"first\" is the number of the first variation that showed it.\n\n\
         | server | probe | kind | value | scans | first |\n|---|---|---|---|---|---|\n",
    );
    results.iter().for_each(|result| unstable(&mut out, result));
    let _ =
        writeln!(out, "\nOverall {:.2} % stable: {} of {} cells.\n", overall.percent(), overall.stable, overall.cells);
    out.push_str(
        "## Variations\n\n| number | mask | payload byte | fields rotated by | field names | writes |\n|---|---|---|---|---|---|\n",
    );
    variations.iter().enumerate().for_each(|(index, variation)| describe(&mut out, index, variation));
    out
}

/// A row for each value of each unstable cell, the commonest value first.
fn unstable(out: &mut String, result: &Measured) {
    for ((probe, kind), seen) in result.cells.iter().filter(|(_, seen)| seen.len() > 1) {
        let present: Vec<&str> = seen.keys().flatten().map(String::as_str).collect();
        let mut shown = markdown::excerpts(&present, SHOWN).into_iter();
        // The absent value comes first in the order of values, and has no excerpt.
        let mut rows: Vec<(String, &Vec<usize>)> = seen
            .iter()
            .map(|(value, scans)| match value {
                Some(_) => (markdown::code(&shown.next().unwrap_or_default()), scans),
                None => ("(absent)".to_owned(), scans),
            })
            .collect();
        rows.sort_by_key(|(_, scans)| (std::cmp::Reverse(scans.len()), scans[0]));
        for (value, scans) in rows {
            let (count, of, first) = (scans.len(), result.scans, scans[0]);
            let _ = writeln!(out, "| {} | {probe} | {kind} | {value} | {count} of {of} | {first} |", result.server);
        }
    }
}

fn describe(out: &mut String, index: usize, variation: &Variation) {
    let mask = u32::from_be_bytes(variation.masking_key());
    let byte = variation.payload_byte.map_or("the probe's".to_owned(), |byte| format!("0x{byte:02x}"));
    let case = if variation.lower_case_headers { "lower case" } else { "as usual" };
    let writes = match variation.segments {
        Segments::Whole => "whole".to_owned(),
        Segments::Of(size) => format!("at most {size} bytes"),
    };
    let _ = writeln!(out, "| {index} | {mask:08x} | {byte} | {} | {case} | {writes} |", variation.rotate_headers);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(index: usize, values: &[(u16, Kind, &str)]) -> (usize, Values) {
        let value = |(number, kind, value): &(u16, Kind, &str)| ((ProbeId::new(*number), *kind), (*value).to_owned());
        (index, values.iter().map(value).collect())
    }

    #[test]
    fn the_default_comes_first_and_fewer_are_the_first_of_more() {
        let many = draw(1, 20);
        assert_eq!((many.len(), &many[0]), (21, &Variation::default()));
        assert_eq!(draw(1, 5), many[..6]);
        assert_eq!(drawn(1), many[1], "the condition draws the first, not the default");
    }

    #[test]
    fn being_absent_is_a_value() {
        let scans = [
            scan(0, &[(203, Kind::End, "fin"), (203, Kind::CloseCode, "1002")]),
            scan(1, &[(203, Kind::End, "fin")]),
            scan(3, &[(203, Kind::End, "fin"), (203, Kind::CloseCode, "1002")]),
        ];
        let cells = cells(&scans);
        assert_eq!(Tally::of(cells.values()), Tally { cells: 2, stable: 1 });
        let result = Measured { server: "a 1".into(), scans: 3, cells, troubles: Vec::new() };
        let mut rows = String::new();
        unstable(&mut rows, &result);
        assert_eq!(
            rows,
            "| a 1 | 203 | close code | `1002` | 2 of 3 | 0 |\n| a 1 | 203 | close code | (absent) | 1 of 3 | 1 |\n"
        );
    }

    #[test]
    fn values_with_pipes_stay_in_their_cells() {
        let cells = cells(&[scan(0, &[(300, Kind::Body, "a|b")]), scan(1, &[(300, Kind::Body, "a|c")])]);
        let result = Measured { server: "a 1".into(), scans: 2, cells, troubles: Vec::new() };
        let plan = Plan { variations: 1, seed: 1, only: None, least: 99.0 };
        let text = report(&plan, &draw(1, 1), &[result]);
        assert!(text.contains("| all | 2 | 1 | 0 | 0.00 |\n"), "{text}");
        assert!(text.contains("| a 1 | 300 | body | `a\\|c` | 1 of 2 | 1 |\n"), "{text}");
    }
}
