//! `stews --version`: all that has to be known of a program that judges by a database.

use std::collections::BTreeSet;

use super::args::{Format, How};
use super::exit;
use super::output::{complain, print_all};
use super::tool::tool;
use crate::database::{Advisory, Database};

/// The commit that it was built from, where whoever built it said so.
const COMMIT: Option<&str> = option_env!("STEWS_COMMIT");

/// Prints the versions of all that is in the program; the exit code.
pub(super) fn run() -> u8 {
    match (How::from_options(&[]), Database::embedded()) {
        (Ok(how), Ok(database)) => print_all(text(&how, &database).as_bytes()),
        (Err(error), _) => complain(&error, exit::INTERNAL),
        (_, Err(error)) => complain(&error.to_string(), exit::INTERNAL),
    }
}

fn text(how: &How, database: &Database) -> String {
    let tool = tool(how, None, Format::Json);
    let known = &database.behaviours;
    let products: BTreeSet<&str> = known.iter().map(|one| one.product.as_str()).collect();
    let engines: BTreeSet<&str> = known.iter().map(|one| one.engine.as_str()).collect();
    let versions: usize = known.iter().map(|one| one.versions.len()).sum();
    format!(
        "{} {}\ncommit      {}\ndatabase    {}: {} products, {} engines, {versions} recorded versions\nprobe set   {}: {} probes\nadvisories  as known on {}\n",
        tool.name,
        tool.version,
        COMMIT.unwrap_or("not told by whoever built it"),
        tool.database,
        products.len(),
        engines.len(),
        tool.probe_set,
        crate::probe::ALL.len(),
        Advisory::snapshot().unwrap_or("no day that is told")
    )
}
