//! The first page: what this is, how well it works, all servers, and the search.

use anyhow::Result;
use maud::{Markup, html};

use crate::pages::headline::{self, ErrorTable};
use crate::site::catalog::{Catalog, Product};
use crate::site::interval::{Interval, interval};
use crate::site::labels::{probe_file, product_file};
use crate::site::shell::Page;

/// How many errors of a table are shown here.
const SHOWN: usize = 4;

/// The page.
pub fn page(catalog: &Catalog) -> Page {
    Page {
        file: "index.html".to_owned(),
        menu: "index.html",
        heading: "WebSocket servers by how they answer".to_owned(),
        description:
            "Fingerprints of WebSocket servers: how each answers legal and malformed handshakes and frames, by version."
                .to_owned(),
        scripts: &["data/search.js"],
        body: html! {
            p.lead {
                "RFC 6455 says what a WebSocket server must not take, and little of what it then does: implementations differ in it. stews sends odd handshakes and broken frames, and tells from the answers "
                "which WebSocket server, and which versions of it, is at a URL. These pages show what it knows: every server that was recorded, every probe, and how often the answer is wrong."
            }
            (counts(catalog))
            (search())
            (errors(catalog))
            (list(catalog))
        },
    }
}

fn counts(catalog: &Catalog) -> Markup {
    let mut engines: Vec<&str> = catalog.products.iter().map(|product| product.engine.as_str()).collect();
    engines.sort_unstable();
    engines.dedup();
    let versions: usize = catalog.products.iter().map(|product| product.recorded).sum();
    let counts = [
        (catalog.products.len(), "products"),
        (engines.len(), "WebSocket engines inside them"),
        (versions, "recorded versions"),
        (catalog.database.behaviours.len(), "different behaviours"),
        (catalog.probes.len(), "probes"),
        (catalog.proxies.len(), "reverse proxies measured"),
    ];
    html! { ul.counts { @for (count, what) in counts { li { b { (count) } " " (what) } } } }
}

fn search() -> Markup {
    html! {
        // Without a script there is nothing to search with; the whole list stands below.
        div.search id="search" role="search" hidden {
            label for="query" { "Search servers, engines, probes and advisories" }
            input id="query" type="search" autocomplete="off" spellcheck="false" placeholder="ws, tornado, 1002, CVE-2024-37890, unmasked …";
            p.found id="found" role="status" {}
            ul id="results" {}
        }
    }
}

fn list(catalog: &Catalog) -> Markup {
    html! {
        section aria-labelledby="servers" {
            h2 id="servers" { "Servers" }
            div.scroll tabindex="0" role="region" aria-label="Servers" {
                table.list {
                    thead { tr {
                        th scope="col" { "product" } th scope="col" { "engine" } th scope="col" { "language" }
                        th.number scope="col" { "versions recorded" } th.number scope="col" { "behaviours" } th.number scope="col" { "advisories" }
                    } }
                    tbody { @for product in &catalog.products { (row(product)) } }
                }
            }
        }
    }
}

fn row(product: &Product) -> Markup {
    html! {
        tr {
            th scope="row" { a href=(product_file(&product.id)) { (product.name) } }
            td { (product.engine) }
            td { (product.language()) }
            td.number { (product.recorded) }
            td.number { (product.behaviours.len()) }
            td.number { @if !product.advisories.is_empty() { (product.advisories.len()) } }
        }
    }
}

fn errors(catalog: &Catalog) -> Markup {
    let tables = headline::tables(&catalog.report);
    html! {
        section aria-labelledby="errors" {
            h2 id="errors" { "How often it is wrong" }
            @for table in tables.iter().take(2) { (few(table)) }
            p { "The axis is stretched near 0; the line beside a dot is the range that chance leaves open (Wilson, 95 %), the upright stroke the most that the error is to be. " a href="accuracy.html" { "All figures" } "." }
        }
    }
}

/// The first errors of a table, by its first column.
fn few(table: &ErrorTable) -> Markup {
    html! {
        h3 { (table.title) }
        dl.errors {
            @for row in table.rows.iter().take(SHOWN) {
                @if let Some(errors) = row.cells.first().and_then(Option::as_ref) {
                    div {
                        dt { (row.name) }
                        dd { (interval(&Interval { percent: errors.percent, range: errors.interval, goal: row.goal, text: &errors.text })) }
                    }
                }
            }
        }
    }
}

/// What the search looks through: kind, name, page, and further words of each.
pub fn search_data(catalog: &Catalog) -> Result<String> {
    let mut entries: Vec<[String; 4]> = Vec::new();
    for product in &catalog.products {
        let manifest = product.manifest.as_deref();
        let more = [
            product.id.as_str(),
            &product.engine,
            product.framework.as_deref().unwrap_or(""),
            product.language(),
            manifest.map_or("", |one| one.vendor.as_str()),
        ];
        entries.push(["server".to_owned(), product.name.clone(), product_file(&product.id), more.join(" ")]);
    }
    for probe in &catalog.probes {
        let name = format!("{}: {}", probe.id, probe.summary);
        entries.push(["probe".to_owned(), name, probe_file(probe.id), format!("{} {}", probe.group, probe.reference)]);
    }
    for product in &catalog.products {
        for advisory in &product.advisories {
            let name = format!("{}: {}", advisory.ids.join(", "), advisory.title);
            let page = product_file(&product.id) + "#advisories";
            entries.push(["advisory".to_owned(), name, page, product.name.clone()]);
        }
    }
    Ok(format!("\"use strict\";\nwindow.stewsSearch = {};\n", serde_json::to_string(&entries)?))
}
