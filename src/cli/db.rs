//! `stews db`: what the database knows, for people who read fingerprints.

mod answers;
mod found;
mod json;
mod map;
mod show;
mod table;

use std::fmt::Write as _;
use std::path::Path;

use answers::difference;
use found::{Found, asked, by_product, find, versions_of};
use show::show;
use table::table;

use super::args::{Db, Shown};
use super::output::{self, complain};
use super::{advisories, exit};
use crate::database::{Behaviour, Database, Scope};
use crate::wire::escape::printable;

/// Runs one of the commands.
pub(super) fn print(path: Option<&Path>, command: &Db, shown: Shown) -> u8 {
    let database = match path.map_or_else(Database::embedded, Database::load) {
        Ok(database) => database,
        Err(error) => return complain(&error.to_string(), exit::USAGE),
    };
    output::tell_dropped(&database);
    let text = if shown.is_json() { for_programs(&database, command) } else { for_people(&database, command) };
    match text {
        // JSON has escapes of its own, and must not get others.
        Ok(text) if shown.is_json() => output::print_all(text.as_bytes()),
        // A file may hold anything; what the tool itself wrote is printable as it is.
        Ok(text) => {
            let text: String = text.lines().map(|line| printable(line) + "\n").collect();
            output::print_all(text.as_bytes())
        }
        Err(error) => complain(&error, exit::USAGE),
    }
}

fn for_people(database: &Database, command: &Db) -> Result<String, String> {
    Ok(match command {
        Db::List => list(database),
        Db::Show { server } => show(database, &find(database, server)?),
        Db::Diff { one, other } => diff(database, &find(database, one)?.newest(), &find(database, other)?.newest()),
        Db::Advisories { server } => advisories_of(database, &find(database, server)?),
        Db::Twins => twins(database),
    })
}

fn for_programs(database: &Database, command: &Db) -> Result<String, String> {
    Ok(match command {
        Db::List => json::list(database),
        Db::Show { server } => json::show(database, &find(database, server)?),
        Db::Diff { one, other } => json::diff(database, [&find(database, one)?, &find(database, other)?]),
        Db::Advisories { server } => json::advisories(database, &find(database, server)?),
        Db::Twins => json::twins(database),
    })
}

/// The advisories, or that there is none.
fn advisories_of(database: &Database, found: &Found<'_>) -> String {
    let product = &found.behaviours[0].product;
    let text = advisories::section(database, product, found.version);
    if text.is_empty() {
        let version = found.version.map_or_else(String::new, |version| format!(" {version}"));
        return format!("stews knows of no advisory that concerns {product}{version}\n");
    }
    text.trim_start().to_owned()
}

/// The most versions of a product that are listed one by one.
const MOST_LISTED: usize = 8;

/// Versions in few words.
fn few(versions: &[String]) -> String {
    match versions {
        [first, .., last] if versions.len() > MOST_LISTED => format!("{first} … {last} ({})", versions.len()),
        few => few.join(" "),
    }
}

fn list(database: &Database) -> String {
    let rows: Vec<[String; 5]> = by_product(database)
        .map(|known| {
            let on = known[0].framework.as_deref().unwrap_or("-");
            let behaviours = known.len().to_string();
            let versions = few(&versions_of(&known));
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

fn diff(database: &Database, one: &(&Behaviour, String), other: &(&Behaviour, String)) -> String {
    let names = [one, other].map(|(known, version)| format!("{} {version}", known.product));
    let sides = [(names[0].as_str(), one.0), (names[1].as_str(), other.0)];
    let every = database.differences(one.0, other.0, Scope::Everything);
    let library = database.differences(one.0, other.0, Scope::Library);
    let mut text: String = every.iter().map(|probe| difference(database, *probe, &sides)).collect();
    let asked = asked(one.0);
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
