//! What all pages have around them.

use maud::{DOCTYPE, Markup, html};

use crate::site::provenance::Provenance;

/// The entries of the menu: file and name.
const MENU: &[(&str, &str)] = &[
    ("index.html", "Servers"),
    ("probes.html", "Probes"),
    ("compare.html", "Compare"),
    ("tree.html", "Tree"),
    ("matrix.html", "Matrix"),
    ("proxies.html", "Proxies"),
    ("accuracy.html", "Accuracy"),
    ("words.html", "Words"),
];

/// What may be loaded: what is in this folder, and nothing from anywhere else.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'";

/// One page without its shell.
pub struct Page {
    /// Its file, below the folder of the site.
    pub file: String,
    /// The entry of the menu that it belongs to.
    pub menu: &'static str,
    /// Its heading, which is its title too.
    pub heading: String,
    /// What it shows, in a sentence.
    pub description: String,
    /// Scripts that hold data it needs, beside the one that all have.
    pub scripts: &'static [&'static str],
    /// What stands under the heading.
    pub body: Markup,
}

/// What is the same on all pages.
pub struct Shell {
    provenance: Provenance,
}

impl Shell {
    /// That of pages made from this.
    pub const fn new(provenance: Provenance) -> Self {
        Self { provenance }
    }

    /// A page as a file.
    pub fn page(&self, page: &Page) -> String {
        let up = if page.file.contains('/') { "../" } else { "" };
        let title = if page.file == "index.html" { page.heading.clone() } else { format!("{} - stews", page.heading) };
        let whole = html! {
            (DOCTYPE)
            html lang="en-GB" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta name="description" content=(page.description);
                    meta http-equiv="Content-Security-Policy" content=(POLICY);
                    link rel="icon" href="data:,";
                    title { (title) }
                    link rel="stylesheet" href={ (up) "style.css" };
                    @for script in page.scripts { script src={ (up) (script) } defer {} }
                    script src={ (up) "site.js" } defer {}
                }
                body data-up=(up) {
                    a.skip href="#main" { "To the content" }
                    header { (menu(up, page)) }
                    main id="main" {
                        h1 { (page.heading) }
                        (page.body)
                    }
                    footer { (self.footer(up)) }
                }
            }
        };
        whole.into_string() + "\n"
    }

    fn footer(&self, up: &str) -> Markup {
        let from = &self.provenance;
        html! {
            p {
                "stews " (from.version) " · probe set " code title=(from.probe_set) { (from.probe_set.get(..12).unwrap_or(&from.probe_set)) }
                " · " (from.products) " products, " (from.recordings) " recordings"
                @if let Some((day, commit)) = &from.last_change { " · data of " (day) ", commit " code { (commit) } }
            }
            p {
                "All of it is made from the recordings of real servers that are committed with stews. What the terms mean: "
                a href={ (up) "words.html" } { "words" } "."
            }
        }
    }
}

fn menu(up: &str, page: &Page) -> Markup {
    html! {
        nav aria-label="Pages" {
            a.home href={ (up) "index.html" } { "stews" }
            ul {
                @for (file, name) in MENU {
                    li {
                        @if page.menu == *file {
                            a href={ (up) (file) } aria-current=(if page.file == *file { "page" } else { "true" }) { (name) }
                        } @else {
                            a href={ (up) (file) } { (name) }
                        }
                    }
                }
            }
        }
    }
}
