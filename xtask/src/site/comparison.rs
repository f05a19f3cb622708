//! Any two servers side by side: the page, and a file of data for each product.

use std::collections::BTreeMap;

use anyhow::Result;
use maud::html;
use serde::Serialize;

use crate::site::catalog::{Catalog, Product};
use crate::site::labels::{letter, versions};
use crate::site::shell::Page;

/// The path of a product's data.
pub fn data_file(product: &str) -> String {
    format!("data/products/{product}.js")
}

/// What a product's versions answer.
#[derive(Serialize)]
struct Data<'a> {
    name: &'a str,
    /// By behaviour, what it is called.
    behaviours: Vec<String>,
    /// By version, the place of its behaviour.
    versions: Vec<(&'a str, usize)>,
    /// Class, words and notation.
    lines: Vec<(usize, &'a str, &'a str)>,
    /// By probe, by behaviour, the lines.
    answers: BTreeMap<u16, Vec<Vec<usize>>>,
}

/// The file.
pub fn data(catalog: &Catalog, product: &Product) -> Result<String> {
    let mut places: BTreeMap<usize, usize> = BTreeMap::new();
    let mut lines = Vec::new();
    let mut answers = BTreeMap::new();
    for probe in &catalog.probes {
        let of = |behaviour: &usize| catalog.answers.given(*behaviour, probe.id);
        if product.behaviours.iter().all(|behaviour| of(behaviour).is_empty()) {
            continue;
        }
        let mut place = |number: &usize| {
            *places.entry(*number).or_insert_with(|| {
                let line = catalog.answers.line(*number);
                lines.push((line.class, line.words.as_str(), line.text.as_str()));
                lines.len() - 1
            })
        };
        let row = product.behaviours.iter().map(|behaviour| of(behaviour).iter().map(&mut place).collect()).collect();
        answers.insert(probe.id.number(), row);
    }
    let all = product.behaviours.iter().enumerate();
    let name =
        |(place, behaviour): (usize, &usize)| format!("{}: {}", letter(place), versions(catalog.behaviour(*behaviour)));
    let versions = all.clone().flat_map(|(place, behaviour)| {
        catalog.behaviour(*behaviour).versions.iter().map(move |version| (version.as_str(), place))
    });
    let data = Data {
        name: &product.name,
        behaviours: all.clone().map(name).collect(),
        versions: versions.collect(),
        lines,
        answers,
    };
    let (id, data) = (serde_json::to_string(&product.id)?, serde_json::to_string(&data)?);
    Ok(format!("\"use strict\";\n(window.stewsProducts ??= {{}})[{id}] = {data};\n"))
}

/// The page.
pub fn page(catalog: &Catalog) -> Page {
    let choice = |side: &str, name: &str| {
        html! {
            fieldset {
                legend { (name) }
                label for={ "product-" (side) } { "Product" }
                select id={ "product-" (side) } {
                    @for product in &catalog.products { option value=(product.id) { (product.name) } }
                }
                label for={ "version-" (side) } { "Versions" }
                select id={ "version-" (side) } {}
            }
        }
    };
    Page {
        file: "compare.html".to_owned(),
        menu: "compare.html",
        heading: "Compare two servers".to_owned(),
        description: "Which probes tell two WebSocket servers apart, and what each answers.".to_owned(),
        scripts: &["data/probes.js"],
        body: html! {
            noscript { p { "Choosing two servers takes a script. Without one, the page of each " a href="index.html" { "server" } " tells it from its nearest, and the page of each " a href="probes.html" { "probe" } " says who answers how." } }
            form id="compare" hidden {
                (choice("one", "First"))
                (choice("other", "Second"))
                div.choices {
                    label { input id="only-differences" type="checkbox" checked; " only what differs" }
                    label { input id="only-default" type="checkbox" checked; " only the default probes" }
                }
            }
            p id="verdict" role="status" {}
            div.scroll tabindex="0" role="region" aria-label="Answers side by side" {
                table.sides.pair id="sides" hidden {
                    thead { tr { th scope="col" { "probe" } th scope="col" id="name-one" {} th scope="col" id="name-other" {} } }
                    tbody {}
                }
            }
        },
    }
}

/// What the page knows of the probes: number, what is sent, whether it is in the default set.
pub fn probes(catalog: &Catalog) -> Result<String> {
    let probes: Vec<(u16, &str, bool)> =
        catalog.probes.iter().map(|probe| (probe.id.number(), probe.summary, probe.is_default())).collect();
    Ok(format!("\"use strict\";\nwindow.stewsProbes = {};\n", serde_json::to_string(&probes)?))
}
