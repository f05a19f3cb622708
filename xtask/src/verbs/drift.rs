//! `cargo xtask drift`: whether releases since the newest recorded ones behave otherwise. Made to be run by a scheduler.

use std::process::ExitCode;

use anyhow::{Result, ensure};
use clap::Args;
use stews::probe;

use crate::bisect::{self, NewRelease, News};
use crate::releases;
use crate::verbs::regenerate;

/// The exit code where some new release behaves otherwise than the newest recorded before; 0 where none does, 1 where it could not be told.
const CHANGED: u8 = 10;

/// How many packages are looked up at a time.
const LOOK_UPS: u8 = 3;

/// Which products.
#[derive(Debug, Args)]
pub struct Plan {
    /// Only these products, comma separated
    #[arg(long, value_name = "PRODUCTS", value_delimiter = ',')]
    only: Vec<String>,
    /// Releases at a time
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=16))]
    jobs: u8,
}

/// Refreshes the lists of releases, records what is new, and prints what changed.
pub async fn run(plan: &Plan) -> Result<ExitCode> {
    let only = (!plan.only.is_empty()).then(|| plan.only.join(","));
    releases::run::run(&releases::run::Plan { only, jobs: LOOK_UPS, stored: false })?;
    let (news, failed) = bisect::record_newer(&plan.only, plan.jobs).await?;
    if news.iter().any(|product| !product.lines.is_empty()) {
        regenerate::follow_up(&[])?;
    }
    news.iter().for_each(tell);
    ensure!(failed.is_empty(), "something could not be told of {}", failed.join(", "));
    let changed = news.iter().flat_map(|product| &product.lines).filter(|line| !line.changed.is_empty()).count();
    println!("{changed} release lines changed their behaviour");
    Ok(if changed == 0 { ExitCode::SUCCESS } else { ExitCode::from(CHANGED) })
}

fn tell(product: &News) {
    if product.lines.is_empty() {
        println!("{}: nothing newer than what is recorded", product.product);
    }
    for line in &product.lines {
        tell_line(&product.product, line);
    }
}

fn tell_line(product: &str, line: &NewRelease) {
    let Some(before) = &line.before else {
        println!("{product} {}: the first recorded of its line", line.now);
        return;
    };
    if line.changed.is_empty() {
        println!("{product} {}: behaves as {before}", line.now);
        return;
    }
    println!("{product} {}: {} default probes are answered otherwise than by {before}", line.now, line.changed.len());
    for (id, then, now) in &line.changed {
        println!("  {id}  {}", probe::find(*id).map_or("", |probe| probe.summary));
        println!("       {before}: {then}");
        println!("       {}: {now}", line.now);
    }
}
