//! The tree of servers by what their engines decide.

use maud::html;

use crate::site::catalog::{Catalog, Product};
use crate::site::dendrogram::{Leaf, picture};
use crate::site::distance::Distances;
use crate::site::labels::product_file;
use crate::site::shell::Page;

/// The page.
pub fn page(catalog: &Catalog, distances: &Distances) -> Page {
    let leaves: Vec<Leaf> = catalog
        .products
        .iter()
        .map(|product| Leaf { name: product.name.clone(), href: product_file(&product.id), note: note(product) })
        .collect();
    Page {
        file: "tree.html".to_owned(),
        menu: "tree.html",
        heading: "Tree of engines".to_owned(),
        description: "WebSocket servers as a tree: the lower two are joined, the more alike their engines answer."
            .to_owned(),
        scripts: &[],
        body: html! {
            p {
                "Two servers are joined at the share of default probes that their WebSocket engines answer differently: joined beside their names, they are the same in all; far to the right, in little. "
                "Only what the engine decides counts (status, negotiation, frames, close codes and reasons, how the connection ends), so that one engine under several frameworks stands together. "
                "Where there is room, a name has its language before it and, where it is called otherwise, its engine. Newest recorded versions; groups are joined at the mean over their members (UPGMA)."
            }
            div.scroll.beside tabindex="0" role="region" aria-label="The tree" { (picture(&distances.engines, &leaves, "Servers by what their engines decide")) }
        },
    }
}

/// The engine, where its name is not in that of the product, and the language.
fn note(product: &Product) -> String {
    let plain = |text: &str| text.to_lowercase().replace(|letter: char| !letter.is_alphanumeric(), "");
    let is_named = plain(&product.name).contains(&plain(&product.engine));
    let engine = (!is_named).then_some(product.engine.as_str());
    engine.into_iter().chain([product.language()]).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}
