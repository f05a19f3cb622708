//! `stews db`: what the database knows, for people who read fingerprints.

use std::fmt::Write as _;
use std::path::Path;

use super::args::Db;
use super::output::{self, complain};
use super::{advisories, exit};
use crate::database::{Behaviour, Database, Scope, version_order, vocabulary};
use crate::probe::{self, ProbeId};
use crate::wire::escape::printable;

/// Runs one of the commands.
pub(super) fn print(path: Option<&Path>, command: &Db) -> u8 {
    let database = match path.map_or_else(Database::embedded, Database::load) {
        Ok(database) => database,
        Err(error) => return complain(&error.to_string(), exit::USAGE),
    };
    output::tell_dropped(&database);
    let text = match command {
        Db::List => Ok(list(&database)),
        Db::Show { server } => find(&database, server).map(|found| show(&database, &found)),
        Db::Diff { one, other } => {
            find(&database, one).and_then(|one| Ok(diff(&database, one.newest(), find(&database, other)?.newest())))
        }
        Db::Twins => Ok(twins(&database)),
    };
    match text {
        // A file may hold anything; what the tool itself wrote is printable as it is.
        Ok(text) => {
            let text: String = text.lines().map(|line| printable(line) + "\n").collect();
            output::print_all(text.as_bytes())
        }
        Err(error) => complain(&error, exit::USAGE),
    }
}

/// A product, or one of its versions.
struct Found<'a> {
    behaviours: Vec<&'a Behaviour>,
    version: Option<&'a str>,
}

impl<'a> Found<'a> {
    /// The behaviour of the version, or that of the newest, with the name of that version.
    fn newest(&self) -> (&'a Behaviour, &'a str) {
        let last = |known: &'a Behaviour| (known, known.versions.last().map_or("", String::as_str));
        let versions = self.behaviours.iter().map(|known| last(known));
        let newest = versions.max_by(|(_, one), (_, other)| version_order(one, other));
        // `find` gives back nothing rather than no behaviour.
        let (behaviour, newest) = newest.unwrap_or_else(|| last(self.behaviours[0]));
        (behaviour, self.version.unwrap_or(newest))
    }
}

/// The product or `product@version` that a text names.
fn find<'a>(database: &'a Database, text: &'a str) -> Result<Found<'a>, String> {
    let (product, version) = text.split_once('@').map_or((text, None), |(product, version)| (product, Some(version)));
    let of_product: Vec<&Behaviour> = database.behaviours.iter().filter(|known| known.product == product).collect();
    if of_product.is_empty() {
        return Err(format!("the database has no `{}`; `stews db list` shows what it has", product.escape_debug()));
    }
    let fits = |known: &&&Behaviour| version.is_none_or(|version| known.versions.iter().any(|known| known == version));
    let behaviours: Vec<&Behaviour> = of_product.iter().filter(fits).copied().collect();
    if behaviours.is_empty() {
        let versions = versions_of(&of_product).join(", ");
        let version = version.unwrap_or_default().escape_debug();
        return Err(format!("the database has no version `{version}` of {product}; it has {versions}"));
    }
    Ok(Found { behaviours, version })
}

fn versions_of(behaviours: &[&Behaviour]) -> Vec<String> {
    let mut versions: Vec<String> = behaviours.iter().flat_map(|known| known.versions.iter().cloned()).collect();
    versions.sort_by(|one, other| version_order(one, other));
    versions
}

/// The behaviours of each product, in the order of the database.
fn by_product(database: &Database) -> impl Iterator<Item = Vec<&Behaviour>> {
    database.behaviours.chunk_by(|one, other| one.product == other.product).map(|same| same.iter().collect())
}

fn list(database: &Database) -> String {
    let rows: Vec<[String; 5]> = by_product(database)
        .map(|known| {
            let on = known[0].framework.as_deref().unwrap_or("-");
            let behaviours = known.len().to_string();
            let versions = versions_of(&known).join(" ");
            [known[0].product.clone(), known[0].engine.clone(), on.to_owned(), behaviours, versions]
        })
        .collect();
    let mut text = table(&["product", "engine", "framework", "behaviours", "versions"], &rows);
    let engines: std::collections::BTreeSet<&String> = database.behaviours.iter().map(|known| &known.engine).collect();
    let versions: usize = database.behaviours.iter().map(|known| known.versions.len()).sum();
    let behaviours = database.behaviours.len();
    // Writing to a String cannot fail.
    let _ = writeln!(
        text,
        "{} products on {} engines, {versions} versions, {behaviours} behaviours",
        rows.len(),
        engines.len()
    );
    text
}

/// Columns as wide as their widest cell; the last is not padded.
fn table<const N: usize>(head: &[&str; N], rows: &[[String; N]]) -> String {
    let width = |column: usize| {
        rows.iter().map(|row| row[column].chars().count()).chain([head[column].len()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..N).map(width).collect();
    let mut text = String::new();
    for row in std::iter::once(&head.map(str::to_owned)).chain(rows) {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        let _ = writeln!(text, "{}", cells.join("  ").trim_end());
    }
    text
}

fn show(database: &Database, found: &Found<'_>) -> String {
    let mut text = heading(found);
    if let (None, [_, _, ..]) = (found.version, &found.behaviours[..]) {
        text.push_str(&classes(database, &found.behaviours));
        let product = &found.behaviours[0].product;
        let version = found.newest().1;
        let _ = writeln!(text, "\n`stews db show {product}@{version}` prints every answer of one version.");
    } else {
        for known in &found.behaviours {
            text.push_str(&answers(database, known));
        }
    }
    text.push_str(&advisories::section(database, &found.behaviours[0].product, found.version));
    text
}

fn heading(found: &Found<'_>) -> String {
    let known = found.behaviours[0];
    let mut text = format!("{} ({})\n", vocabulary::name_of(&known.product), known.product);
    let _ = writeln!(text, "engine     {}", known.engine);
    if let Some(framework) = &known.framework {
        let _ = writeln!(text, "framework  {framework}");
    }
    text
}

/// What versions behave alike, and where the next ones first differ from those before.
fn classes(database: &Database, behaviours: &[&Behaviour]) -> String {
    let mut text = String::new();
    for (index, known) in behaviours.iter().enumerate() {
        let _ = write!(text, "\n{}\n", known.versions.join(", "));
        if !known.twins.is_empty() {
            let _ = writeln!(text, "  alike in everything but banners: {}", known.twins.join(", "));
        }
        let Some(before) = index.checked_sub(1).map(|index| behaviours[index]) else { continue };
        let differences = database.differences(before, known, Scope::Everything);
        match differences.first() {
            Some(first) => {
                let _ = writeln!(text, "  differs from those before in {} of the probes, first in", differences.len());
                text.push_str(&difference(database, *first, &[("before", before), ("now", known)]));
            }
            None => {
                text.push_str("  differs from those before only in banners, or in probes outside the default set\n")
            }
        }
    }
    text
}

fn answers(database: &Database, known: &Behaviour) -> String {
    let mut text = format!("versions   {}\n", known.versions.join(", "));
    if !known.twins.is_empty() {
        let _ = writeln!(text, "twins      {}", known.twins.join(", "));
    }
    text.push('\n');
    for probe in known.probes() {
        let _ = writeln!(text, "{probe}  {}", answer(database, known, probe));
    }
    text
}

/// What a probe was answered; all of it where runs differed, with counts.
fn answer(database: &Database, known: &Behaviour, probe: ProbeId) -> String {
    let all: Vec<(&str, u32)> = database.answers(known, probe).collect();
    match all[..] {
        [(line, _)] => line.to_owned(),
        _ => all.iter().map(|(line, count)| format!("{count}× {line}")).collect::<Vec<_>>().join("  or  "),
    }
}

fn difference(database: &Database, probe: ProbeId, sides: &[(&str, &Behaviour); 2]) -> String {
    let summary = probe::find(probe).map_or("", |probe| probe.summary);
    let mut text = format!("{probe}  {summary}\n");
    let width = sides.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    for (name, known) in sides {
        let _ = writeln!(text, "     {name:<width$}  {}", answer(database, known, probe));
    }
    text
}

fn diff(database: &Database, one: (&Behaviour, &str), other: (&Behaviour, &str)) -> String {
    let names = [one, other].map(|(known, version)| format!("{} {version}", known.product));
    let sides = [(names[0].as_str(), one.0), (names[1].as_str(), other.0)];
    let every = database.differences(one.0, other.0, Scope::Everything);
    let library = database.differences(one.0, other.0, Scope::Library);
    let mut text: String = every.iter().map(|probe| difference(database, *probe, &sides)).collect();
    let asked = one.0.probes().filter(|probe| probe::find(*probe).is_ok_and(probe::Probe::is_default)).count();
    let _ = writeln!(
        text,
        "{} and {} differ in {} of {asked} default probes, banners aside; in {} of them in what the WebSocket library decides",
        names[0],
        names[1],
        every.len(),
        library.len()
    );
    text
}

fn twins(database: &Database) -> String {
    let mut text = String::from("Alike in every default probe, banners aside:\n");
    text.push_str(&groups(database, Scope::Everything));
    text.push_str(
        "\nAlike in what the WebSocket library decides (only header fields and bodies differ, which frameworks, proxies \
         and banners change):\n",
    );
    text.push_str(&groups(database, Scope::Library));
    text
}

/// One line a group.
fn groups(database: &Database, scope: Scope) -> String {
    let mut text = String::new();
    for group in database.alike(scope) {
        let members: Vec<String> = group
            .chunk_by(|one, other| one.product == other.product)
            .map(|same| {
                let versions: Vec<String> = same.iter().flat_map(|known| known.versions.iter().cloned()).collect();
                format!("{} {}", same[0].product, versions.join(" "))
            })
            .collect();
        let _ = writeln!(text, "  {}", members.join(" = "));
    }
    if text.is_empty() { "  none\n".to_owned() } else { text }
}
