//! `stews db --format json`: the same as people see, and all of it where they see the beginning.

use serde::Serialize;
use serde_json::{Value, json};

use super::found::{Found, asked, by_product, versions_of};
use super::map::{Known, Lines};
use crate::cli::advisories;
use crate::cli::document::document;
use crate::database::{Behaviour, Database, Scope, vocabulary};
use crate::probe::{self, ProbeId};

/// `db list`.
pub(super) fn list(database: &Database) -> String {
    let product = |known: Vec<&Behaviour>| {
        let mut product = named(known[0]);
        product["behaviours"] = known.len().into();
        product["versions"] = versions_of(&known).into();
        product
    };
    let products: Vec<Value> = by_product(database).map(product).collect();
    let engines: std::collections::BTreeSet<&String> = database.behaviours.iter().map(|known| &known.engine).collect();
    let totals = json!({
        "products": products.len(),
        "engines": engines.len(),
        "versions": database.behaviours.iter().map(|known| known.versions.len()).sum::<usize>(),
        "behaviours": database.behaviours.len(),
    });
    document("db-list", [("probe_set", json!(database.probe_set)), ("products", products.into()), ("totals", totals)])
}

/// What a product is.
fn named(known: &Behaviour) -> Value {
    json!({
        "product": known.product,
        "name": vocabulary::name_of(&known.product),
        "engine": known.engine,
        "framework": known.framework,
    })
}

/// `db show`.
pub(super) fn show(database: &Database, found: &Found<'_>) -> String {
    let product = &found.behaviours[0].product;
    let releases = database.releases_of(product).map(|releases| map(&Lines::new(releases, &found.behaviours)));
    let numbered = found.behaviours.iter().enumerate().map(|(index, known)| {
        let before = index.checked_sub(1).map(|index| found.behaviours[index]);
        behaviour(database, index + 1, known, before)
    });
    let behaviours: Value = numbered.collect();
    document(
        "db-show",
        [
            ("product", named(found.behaviours[0])),
            ("version", json!(found.version)),
            ("inferred_from", json!(found.between)),
            // Of one version there is no map: its behaviour is the only one.
            ("releases", json!(releases.filter(|_| found.version.is_none()))),
            ("behaviours", behaviours),
            ("advisories", advisories::listed(database, product, found.version)),
        ],
    )
}

fn behaviour(database: &Database, number: usize, known: &Behaviour, before: Option<&Behaviour>) -> Value {
    let answers: serde_json::Map<String, Value> =
        known.probes().map(|probe| (probe.to_string(), answers(database, known, probe))).collect();
    json!({
        "number": number,
        "versions": known.versions,
        "twins": known.twins,
        "differs_from_previous_in": before.map(|before| database.differences(before, known, Scope::Everything)),
        "answers": answers,
    })
}

/// What a probe was answered, each with the number of runs that saw it.
fn answers(database: &Database, known: &Behaviour, probe: ProbeId) -> Value {
    let all = database.answers(known, probe);
    all.map(|(line, runs)| json!({"observation": line, "runs": runs})).collect()
}

/// What is known of the releases of a product, line by line.
fn map(lines: &Lines<'_>) -> Value {
    let releases = lines.releases();
    let line = |(index, line): (usize, &crate::database::KnownLine)| {
        let spans: Vec<Value> = lines
            .pieces(index)
            .into_iter()
            .map(|(places, known)| {
                let (how, behaviours) = told(known);
                json!({
                    "first": line.release(places.start),
                    "last": line.release(places.end - 1),
                    "releases": places.len(),
                    "recorded": lines.count(index, &places),
                    "known": how,
                    "behaviours": behaviours,
                })
            })
            .collect();
        json!({"line": line.name(), "listed": line.is_listed(), "releases": line.len(), "spans": spans})
    };
    let all: Vec<Value> = releases.lines.iter().enumerate().map(line).collect();
    json!({"source": releases.source, "lines": all})
}

/// What is known of releases, and the numbers of the behaviours in question.
fn told(known: Known) -> (&'static str, Vec<usize>) {
    match known {
        Known::So(one) => ("so", vec![one + 1]),
        Known::Either(one, other) => ("either", vec![one + 1, other + 1]),
        Known::Older(one) => ("older than recorded", vec![one + 1]),
        Known::Newer(one) => ("newer than recorded", vec![one + 1]),
        Known::Nothing => ("nothing recorded", Vec::new()),
    }
}

/// One of two servers that are compared.
#[derive(Serialize)]
struct Side<'a> {
    product: &'a str,
    version: &'a str,
    inferred: bool,
}

/// `db diff`.
pub(super) fn diff(database: &Database, found: [&Found<'_>; 2]) -> String {
    let newest = found.map(Found::newest);
    let [one, other] = [newest[0].0, newest[1].0];
    let library = database.differences(one, other, Scope::Library);
    let difference = |probe: ProbeId| {
        json!({
            "probe": probe.number(),
            "summary": probe::find(probe).map_or("", |probe| probe.summary),
            "library": library.contains(&probe),
            "one": answers(database, one, probe),
            "other": answers(database, other, probe),
        })
    };
    let differences: Vec<Value> =
        database.differences(one, other, Scope::Everything).into_iter().map(difference).collect();
    let side = |index: usize| {
        let (known, version): &(&Behaviour, String) = &newest[index];
        let version = found[index].version.unwrap_or(version);
        json!(Side { product: &known.product, version, inferred: found[index].between.is_some() })
    };
    let asked = asked(one);
    document(
        "db-diff",
        [("one", side(0)), ("other", side(1)), ("asked", asked.into()), ("differences", differences.into())],
    )
}

/// `db twins`.
pub(super) fn twins(database: &Database) -> String {
    let groups = |scope| -> Value { database.alike(scope).iter().map(|group| group_of(group)).collect() };
    document("db-twins", [("everything", groups(Scope::Everything)), ("library", groups(Scope::Library))])
}

fn group_of(group: &[&Behaviour]) -> Value {
    let products = group.chunk_by(|one, other| one.product == other.product);
    products.map(|same| json!({"product": same[0].product, "versions": versions_of(same)})).collect()
}

/// `db advisories`.
pub(super) fn advisories(database: &Database, found: &Found<'_>) -> String {
    let product = &found.behaviours[0].product;
    let listed = advisories::listed(database, product, found.version);
    document("db-advisories", [("product", json!(product)), ("version", json!(found.version)), ("advisories", listed)])
}
