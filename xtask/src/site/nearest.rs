//! The products that answer most alike, and what tells each from the one that a page is about.

use maud::{Markup, html};
use stews::features::Layer;
use stews::probe::Probe;

use crate::site::catalog::{Catalog, Product};
use crate::site::distance::Distances;
use crate::site::facts;
use crate::site::labels::{counted, probe_file, product_file};

/// How many neighbours are shown.
const NEIGHBOURS: usize = 5;

/// How many probes are shown for each.
const PROBES: usize = 4;

/// The section of a product's page.
pub fn section(catalog: &Catalog, distances: &Distances, product: &Product) -> Markup {
    let Some(own) = catalog.products.iter().position(|other| other.id == product.id) else { return html! {} };
    let nearest: Vec<_> = distances.nearest(own).into_iter().take(NEIGHBOURS).collect();
    html! {
        section aria-labelledby="nearest" {
            h2 id="nearest" { "How to tell it from its nearest" }
            p {
                "The servers that answer most of the default probes in the same way, by the newest recorded version of each, and probes that tell them apart: "
                "first those whose answer the WebSocket engine decides, and of these first those about frames, which most proxies pass on."
            }
            @for (other, (differing, of)) in nearest {
                (neighbour(catalog, product, &catalog.products[other], (differing, of)))
            }
        }
    }
}

fn neighbour(catalog: &Catalog, product: &Product, other: &Product, (differing, of): (usize, usize)) -> Markup {
    let probes = telling(catalog, product, other);
    html! {
        h3 { a href={ "../" (product_file(&other.id)) } { (other.name) } }
        @if probes.is_empty() {
            p { "Answers all " (counted(of, "probe")) " that both were asked in the same way: nothing that stews sends by default tells the two apart." }
        } @else {
            p {
                (differing) " of " (counted(of, "probe")) " are answered differently. "
                a href={ "../compare.html#" (key(catalog, product)) "," (key(catalog, other)) } { "Compare all" } "."
            }
            div.scroll tabindex="0" role="region" aria-label={ "What tells " (product.name) " from " (other.name) } {
                table.sides.pair {
                    thead { tr { th scope="col" { "probe" } th scope="col" { (product.name) } th scope="col" { (other.name) } } }
                    tbody { @for probe in probes.iter().take(PROBES) { (row(catalog, product, other, probe)) } }
                }
            }
        }
    }
}

/// What the page of comparisons is asked by: product and newest version.
fn key(catalog: &Catalog, product: &Product) -> String {
    let version = catalog.behaviour(product.newest).versions.last().map_or("", String::as_str);
    format!("{}@{version}", product.id)
}

fn row(catalog: &Catalog, product: &Product, other: &Product, probe: &Probe) -> Markup {
    let difference = facts::between(&catalog.answers, product.newest, other.newest, probe.id);
    html! {
        tr {
            th scope="row" { a href={ "../" (probe_file(probe.id)) } { (probe.id) } ": " (probe.summary) }
            @if let Some(difference) = difference {
                @for side in &difference.sides {
                    td { @if let Some(what) = difference.what { span.muted { (what) ": " } } (side) }
                }
            }
        }
    }
}

/// The default probes that two products answer differently, the best first.
fn telling(catalog: &Catalog, one: &Product, other: &Product) -> Vec<&'static Probe> {
    let answers = &catalog.answers;
    let differs = |probe: &&'static Probe| answers.differ(one.newest, other.newest, probe.id) == Some(true);
    let mut probes: Vec<&'static Probe> = catalog.default_probes().filter(differs).collect();
    let are_told_in_words = |probe: &Probe| {
        facts::between(answers, one.newest, other.newest, probe.id).is_some_and(|found| found.what.is_none())
    };
    let is_engines = |probe: &Probe| {
        let (mine, theirs) =
            (answers.engine_classes(one.newest, probe.id), answers.engine_classes(other.newest, probe.id));
        probe.layer == Layer::Engine && mine.is_disjoint(&theirs)
    };
    probes.sort_by_key(|probe| {
        (!is_engines(probe), probe.is_handshake(), !are_told_in_words(probe), probe.has_killed(), probe.risk, probe.id)
    });
    probes
}
