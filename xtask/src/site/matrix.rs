//! The matrix of default probes and products.

use std::collections::BTreeMap;

use anyhow::Result;
use maud::{Markup, html};
use serde::Serialize;
use stews::probe::Probe;

use crate::site::catalog::{Catalog, Product};
use crate::site::distance::Distances;
use crate::site::heat;
use crate::site::labels::{probe_file, product_file};
use crate::site::shell::Page;

/// The size of a cell, of the head with the numbers of probes, and of the column of names.
const CELL: (usize, usize) = (9, 12);
const HEAD: usize = 30;
const NAMES: usize = 180;

/// How many colours there are, from common answers to those of one alone.
const COLOURS: usize = 5;

/// What a colour means.
const MEANING: [&str; COLOURS] =
    ["half of all or more answer so", "20 % to 49 %", "8 % to 19 %", "fewer than 8 %", "this one alone"];

/// The cells: by row and column, the class of the usual answer and how many share it.
struct Cells<'a> {
    rows: Vec<&'a Product>,
    columns: &'a [&'static Probe],
    classes: Vec<Vec<Option<usize>>>,
    company: Vec<BTreeMap<usize, usize>>,
}

impl<'a> Cells<'a> {
    fn new(catalog: &'a Catalog, distances: &'a Distances) -> Self {
        let rows: Vec<&Product> = distances.engines.order.iter().map(|place| &catalog.products[*place]).collect();
        let class =
            |product: &Product, probe: &Probe| catalog.answers.usual(product.newest, probe.id).map(|line| line.class);
        let classes: Vec<Vec<Option<usize>>> =
            rows.iter().map(|product| distances.columns.iter().map(|probe| class(product, probe)).collect()).collect();
        let mut company = vec![BTreeMap::new(); distances.columns.len()];
        for row in &classes {
            for (column, class) in row.iter().enumerate() {
                if let Some(class) = class {
                    *company[column].entry(*class).or_default() += 1;
                }
            }
        }
        Self { rows, columns: &distances.columns, classes, company }
    }

    /// The colour of a cell; nothing of what was not asked.
    fn colour(&self, row: usize, column: usize) -> Option<usize> {
        let class = self.classes[row][column]?;
        let of = self.company[column].values().sum();
        Some(heat::of_company(self.company[column][&class], of))
    }

    /// All cells of a colour as one path: neighbours in a row are one piece.
    fn path(&self, colour: usize) -> String {
        let mut path = String::new();
        for row in 0..self.rows.len() {
            let mut column = 0;
            while column < self.columns.len() {
                let begin = column;
                while column < self.columns.len() && self.colour(row, column) == Some(colour) {
                    column += 1;
                }
                if column > begin {
                    let (x, y, width) = (begin * CELL.0, HEAD + row * CELL.1, (column - begin) * CELL.0);
                    path.push_str(&format!("M{x} {y}h{width}v{}h-{width}z", CELL.1 - 1));
                } else {
                    column += 1;
                }
            }
        }
        path
    }
}

/// The page.
pub fn page(catalog: &Catalog, distances: &Distances) -> Page {
    let cells = Cells::new(catalog, distances);
    Page {
        file: "matrix.html".to_owned(),
        menu: "matrix.html",
        heading: "Probes and servers".to_owned(),
        description: "Every default probe and every recorded server: how common each answer is.".to_owned(),
        scripts: &["data/matrix.js"],
        body: html! {
            p {
                "A row is a server in its newest recorded version, a column a probe of the default set. The colour says how many servers answer that probe alike. "
                "Servers whose engines answer alike stand together, and so do probes that part the servers alike."
            }
            ul.legend {
                @for (colour, meaning) in MEANING.iter().enumerate() { li { span class={ "key k" (colour) } aria-hidden="true" {} " " (meaning) } }
                li { span.key aria-hidden="true" {} " not asked" }
            }
            p.readout id="readout" role="status" { "Point at a cell, or go into the picture and move with the arrow keys, to read the answer (with a script); the page of each probe has all of its answers." }
            (picture(&cells))
        },
    }
}

fn picture(cells: &Cells<'_>) -> Markup {
    let (width, height) = (cells.columns.len() * CELL.0, HEAD + cells.rows.len() * CELL.1);
    let label =
        format!("{} servers by {} probes, coloured by how many answer alike", cells.rows.len(), cells.columns.len());
    html! {
        div.scroll.matrix tabindex="0" role="region" aria-label="The matrix" id="matrix" data-cell-width=(CELL.0) data-cell-height=(CELL.1) data-head=(HEAD) {
            svg.names width=(NAMES) height=(height) viewBox={ "0 0 " (NAMES) " " (height) } role="group" aria-label="Servers" {
                @for (row, product) in cells.rows.iter().enumerate() {
                    a href=(product_file(&product.id)) { text x="2" y=(HEAD + row * CELL.1 + 9) { (product.name) } }
                }
            }
            svg.cells id="cells" width=(width) height=(height) viewBox={ "0 0 " (width) " " (height) } role="group" aria-label=(label) {
                @for (column, probe) in cells.columns.iter().enumerate() {
                    a href=(probe_file(probe.id)) {
                        text transform={ "translate(" (column * CELL.0 + 7) " " (HEAD - 4) ") rotate(-90)" } { (probe.id) title { (probe.summary) } }
                    }
                }
                @for colour in 0..COLOURS { path class={ "m" (colour) } d=(cells.path(colour)) {} }
                g id="cursor" visibility="hidden" {
                    @for part in ["halo", "cursor"] { rect class=(part) width=(CELL.0) height=(CELL.1 - 1) {} }
                }
            }
        }
    }
}

/// What the script tells of a cell.
#[derive(Serialize)]
struct Data<'a> {
    products: Vec<&'a str>,
    probes: Vec<(u16, &'a str)>,
    /// By column, the answers: words, and how many answer so.
    texts: Vec<Vec<(&'a str, usize)>>,
    /// By row and column, the place of the answer; -1 of what was not asked.
    answers: Vec<Vec<i32>>,
}

/// The file with what each cell says.
pub fn data(catalog: &Catalog, distances: &Distances) -> Result<String> {
    let cells = Cells::new(catalog, distances);
    let order: Vec<Vec<usize>> = cells.company.iter().map(|company| company.keys().copied().collect()).collect();
    let words = |column: usize, class: usize| {
        let product = cells.rows.iter().zip(&cells.classes).find(|(_, row)| row[column] == Some(class))?.0;
        catalog.answers.usual(product.newest, cells.columns[column].id).map(|line| line.words.as_str())
    };
    let texts = order.iter().enumerate().map(|(column, classes)| {
        classes.iter().map(|class| (words(column, *class).unwrap_or(""), cells.company[column][class])).collect()
    });
    let place = |column: usize, class: &Option<usize>| {
        let place = class.and_then(|class| order[column].binary_search(&class).ok());
        place.and_then(|place| i32::try_from(place).ok()).unwrap_or(-1)
    };
    let data = Data {
        products: cells.rows.iter().map(|product| product.name.as_str()).collect(),
        probes: cells.columns.iter().map(|probe| (probe.id.number(), probe.summary)).collect(),
        texts: texts.collect(),
        answers: cells
            .classes
            .iter()
            .map(|row| row.iter().enumerate().map(|(column, class)| place(column, class)).collect())
            .collect(),
    };
    Ok(format!("\"use strict\";\nwindow.stewsMatrix = {};\n", serde_json::to_string(&data)?))
}
