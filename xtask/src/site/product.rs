//! The page of a product.

use maud::{Markup, html};
use stews::database::Scope;
use stews::probe;

use crate::evaluate::ratio::Ratio;
use crate::site::catalog::{Catalog, Product};
use crate::site::distance::Distances;
use crate::site::facts;
use crate::site::interval::failures;
use crate::site::labels::{counted, letter, probe_file, product_file, versions};
use crate::site::shell::Page;
use crate::site::{advisories, nearest, ribbon};

/// The figures of a product, and what each error is.
const FIGURES: &[(&str, &str)] = &[
    ("engine", "engine not named, the run left out of the database"),
    ("product", "product not named, the run left out"),
    ("engine, product left out", "engine not named, the product left out and its engine known from others"),
    ("version in range, version left out", "version not in the range, the version left out"),
];

/// The page.
pub fn page(catalog: &Catalog, distances: &Distances, product: &Product) -> Page {
    Page {
        file: product_file(&product.id),
        menu: "index.html",
        heading: product.name.clone(),
        description: format!(
            "How {} answers WebSocket probes, by version, and how to tell it from others.",
            product.name
        ),
        scripts: &[],
        body: html! {
            (what_it_is(catalog, product))
            (ribbon::section(catalog, product))
            (behaviours(catalog, product))
            (advisories::section(&catalog.database, &product.advisories))
            (nearest::section(catalog, distances, product))
            (accuracy(catalog, product))
        },
    }
}

fn what_it_is(catalog: &Catalog, product: &Product) -> Markup {
    let manifest = product.manifest.as_deref();
    let urls =
        product.releases.as_ref().and_then(|known| known.source.as_deref()).map(crate::support::purl::package_urls);
    html! {
        dl.facts {
            dt { "Engine" } dd { (engine(catalog, product)) }
            @if let Some(framework) = &product.framework { dt { "Framework" } dd { (framework) } }
            @if let Some(manifest) = manifest {
                dt { "Language" } dd { (manifest.language) }
                dt { "Made by" } dd { (manifest.vendor) }
                dt { "Licence" } dd { (manifest.licence) }
                dt { "Homepage" } dd { a href=(manifest.homepage) rel="noreferrer" { (manifest.homepage) } }
                @if let Some(cpe) = &manifest.cpe { dt { "CPE" } dd { code { (cpe) } } }
            }
            @for url in urls.iter().flatten() { dt { "Package" } dd { code { (url) } } }
            dt { "Recorded" }
            dd { (counted(product.recorded, "version")) " with " (counted(product.behaviours.len(), "behaviour")) }
            @if let Some(cost) = cost(catalog, product) { dt { "To identify it" } dd { (cost) " over loopback" } }
            @if let Some(manifest) = manifest.filter(|manifest| !manifest.notes.is_empty()) {
                dt { "As it was recorded" } dd { (manifest.notes) }
            }
            @if !product.unasked.is_empty() {
                dt { "Not asked" }
                dd {
                    "A recorded version dies of probe "
                    @for (place, id) in product.unasked.iter().enumerate() {
                        @if place > 0 { ", " } a href={ "../" (probe_file(*id)) } { (id) }
                    }
                    ", or answers nobody for a while after it."
                }
            }
        }
    }
}

/// What it took to identify its newest version.
fn cost(catalog: &Catalog, product: &Product) -> Option<String> {
    catalog.wire.of(&product.id, catalog.behaviour(product.newest).versions.last()?)
}

/// The engine, and the other products that have it inside.
fn engine(catalog: &Catalog, product: &Product) -> Markup {
    let others: Vec<&Product> =
        catalog.products.iter().filter(|other| other.engine == product.engine && other.id != product.id).collect();
    let made_from = product.manifest.as_deref().and_then(|manifest| manifest.engine_made_from.as_deref());
    html! {
        (product.engine)
        @if let Some(from) = made_from { ", made from the code of " (from) }
        @if !others.is_empty() {
            "; also inside "
            @for (place, other) in others.iter().enumerate() {
                @if place > 0 { ", " } a href={ "../" (product_file(&other.id)) } { (other.name) }
            }
        }
    }
}

fn behaviours(catalog: &Catalog, product: &Product) -> Markup {
    html! {
        section aria-labelledby="behaviours" {
            h2 id="behaviours" { "Behaviours" }
            p { "Recorded versions in one row answer every probe alike. What sets a row apart from the row before is told by one of the default probes." }
            div.scroll tabindex="0" role="region" aria-label="Behaviours" {
                table.sides {
                    thead { tr {
                        th scope="col" { "behaviour" } th scope="col" { "versions" } th scope="col" { "probes that differ from the row before" }
                        th scope="col" { "for example" } th scope="col" { "before" } th scope="col" { "now" }
                    } }
                    tbody {
                        @for (place, behaviour) in product.behaviours.iter().enumerate() {
                            (behaviour_row(catalog, place, *behaviour, place.checked_sub(1).map(|before| product.behaviours[before])))
                        }
                    }
                }
            }
        }
    }
}

fn behaviour_row(catalog: &Catalog, place: usize, behaviour: usize, before: Option<usize>) -> Markup {
    let known = catalog.behaviour(behaviour);
    let differing =
        before.map(|before| catalog.database.differences(catalog.behaviour(before), known, Scope::Everything));
    let first = differing.as_ref().and_then(|probes| probes.first().copied());
    let shown = first.zip(before).and_then(|(id, before)| facts::between(&catalog.answers, before, behaviour, id));
    html! {
        tr {
            th scope="row" { span class={ "rel c" (place % ribbon::COLOURS) } { (letter(place)) } }
            td { (versions(known)) }
            td.number { @match &differing { None => "", Some(probes) if probes.is_empty() => "none of the default set", Some(probes) => (probes.len()) } }
            td {
                @if let Some(id) = first {
                    a href={ "../" (probe_file(id)) } { (id) } ": " (probe::find(id).map_or("", |probe| probe.summary))
                }
            }
            @match shown {
                Some(found) => {
                    @for side in &found.sides { td { @if let Some(what) = found.what { span.muted { (what) ": " } } (side) } }
                }
                None => { td {} td {} }
            }
        }
    }
}

/// How well it is identified.
fn accuracy(catalog: &Catalog, product: &Product) -> Markup {
    let names: Vec<String> = product
        .behaviours
        .iter()
        .flat_map(|behaviour| &catalog.behaviour(*behaviour).versions)
        .map(|version| format!("{} {version}", product.id))
        .collect();
    let ratio = |figure: &str| {
        let own = names.iter().filter_map(|name| catalog.report.servers.get(name)?.get(figure));
        own.fold(Ratio::default(), |sum, one| sum.plus(*one))
    };
    let measured: Vec<_> =
        FIGURES.iter().map(|(figure, words)| (ratio(figure), words)).filter(|(one, _)| one.of > 0).collect();
    html! {
        @if !measured.is_empty() {
            section aria-labelledby="accuracy" {
                h2 id="accuracy" { "How often it is missed" }
                p { "Errors over its recorded runs, with the range that chance leaves open (Wilson, 95 %). The axis is stretched near 0." }
                dl.errors {
                    @for (ratio, words) in measured { div { dt { (words) } dd { (failures(ratio)) } } }
                }
            }
        }
    }
}
