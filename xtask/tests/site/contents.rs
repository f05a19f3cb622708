//! What the pages say is what is committed.

use std::collections::BTreeSet;

use serde_json::Value;
use stews::database::Database;
use stews::probe::ALL;

use crate::built;
use crate::html::Document;

/// Words of ours that mean nothing to readers, or something else.
const NOT_SAID: [&str; 5] = ["stranger", "fence", "twins", "edge", "rung"];

fn committed(file: &str) -> Value {
    let path = xtask::support::paths::root().unwrap().join("fingerprints").join(file);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn every_recorded_product_and_every_probe_has_a_page_and_data() {
    let site = built();
    let database = Database::embedded().unwrap();
    for product in database.behaviours.iter().map(|known| &known.product).collect::<BTreeSet<_>>() {
        let page = site.text(&format!("products/{product}.html"));
        for behaviour in database.behaviours.iter().filter(|known| known.product == *product) {
            let last = behaviour.versions.last().unwrap();
            assert!(page.contains(last.as_str()), "{product} {last}");
        }
        site.text(&format!("data/products/{product}.js"));
    }
    let asked: BTreeSet<_> = database.behaviours.iter().flat_map(|known| known.probes()).collect();
    for probe in ALL.iter().filter(|probe| asked.contains(&probe.id)) {
        assert!(site.text(&format!("probes/{}.html", probe.id)).contains("What is sent"), "{}", probe.id);
    }
}

#[test]
fn a_probes_page_names_every_product_that_was_asked_and_every_one_that_was_not() {
    let database = Database::embedded().unwrap();
    let all: BTreeSet<String> =
        database.behaviours.iter().map(|known| format!("../products/{}.html", known.product)).collect();
    for probe in [100, 203, 300, 636] {
        let page = Document::read(built().text(&format!("probes/{probe}.html")));
        let answers = page.elements[page.find("answers").unwrap()].inside.last().copied().unwrap();
        let named: BTreeSet<String> = page
            .within(answers)
            .filter(|(_, element)| element.name == "a")
            .map(|(_, link)| link.get("href").to_owned())
            .collect();
        assert_eq!(named, all, "{probe}");
    }
}

#[test]
fn figures_are_those_of_the_report_with_their_intervals() {
    let report = committed("accuracy.json");
    let engine = &report["figures"]["engine, product left out"];
    let [count, of] = ["count", "of"].map(|name| engine[name].as_u64().unwrap());
    let said = format!(", {} of {of})", of - count);
    let (index, page) = (built().text("index.html"), built().text("accuracy.html"));
    assert!(index.contains(&said) && page.contains(&said), "{said}");
    let intervals = page.matches("<svg class=\"interval\"").count();
    assert!(intervals > 100 && page.matches("class=\"whisker\"").count() > 3 * (intervals - 20), "{intervals}");
}

#[test]
fn each_page_says_what_it_was_made_from() {
    let database = Database::embedded().unwrap();
    for (path, page) in built().pages() {
        let (footer, _) = page.all("footer").next().unwrap();
        let text = page.text(footer);
        for part in [env!("CARGO_PKG_VERSION"), &database.probe_set[..12], "products", "recordings"] {
            assert!(text.contains(part), "{path}: {text}");
        }
    }
}

#[test]
fn what_is_read_has_no_words_that_only_we_know() {
    for (path, page) in built().pages() {
        for text in page.texts_outside(&["code", "pre"]) {
            let text = text.to_lowercase();
            let found = NOT_SAID.iter().find(|word| {
                text.split(|letter: char| !letter.is_alphabetic() && letter != ' ')
                    .any(|part| format!(" {part} ").contains(&format!(" {word} ")))
            });
            assert!(found.is_none(), "{path}: `{found:?}` in {text}");
        }
    }
}
