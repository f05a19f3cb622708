//! The list of all probes, by group.

use maud::{Markup, html};
use stews::probe::Probe;

use crate::site::catalog::Catalog;
use crate::site::labels::{anchor, probe_file};
use crate::site::shell::Page;

/// The page.
pub fn page(catalog: &Catalog) -> Page {
    let groups = groups(&catalog.probes);
    Page {
        file: "probes.html".to_owned(),
        menu: "probes.html",
        heading: "Probes".to_owned(),
        description: "Everything that stews sends to a WebSocket server, by group.".to_owned(),
        scripts: &[],
        body: html! {
            p {
                (catalog.probes.len()) " probes in " (groups.len()) " groups. A probe is an opening handshake, legal or not, and a script of frames; its number never changes its meaning. "
                (catalog.default_probes().count()) " are in the default set, of which a scan sends as few as it takes to tell."
            }
            nav aria-label="Groups" { ul.inline { @for (group, _) in &groups { li { a href={ "#" (anchor(group)) } { (group) } } } } }
            @for (group, probes) in &groups { (section(catalog, group, probes)) }
        },
    }
}

/// The probes by group, in the order of the first of each.
fn groups(probes: &[&'static Probe]) -> Vec<(&'static str, Vec<&'static Probe>)> {
    let mut groups: Vec<(&'static str, Vec<&'static Probe>)> = Vec::new();
    for probe in probes {
        match groups.iter_mut().find(|(name, _)| *name == probe.group) {
            Some((_, members)) => members.push(probe),
            None => groups.push((probe.group, vec![probe])),
        }
    }
    groups
}

fn section(catalog: &Catalog, group: &str, probes: &[&'static Probe]) -> Markup {
    html! {
        section aria-labelledby=(anchor(group)) {
            h2 id=(anchor(group)) { (group) }
            div.scroll tabindex="0" role="region" aria-label={ "Probes: " (group) } {
                table.list {
                    thead { tr { th.number scope="col" { "id" } th scope="col" { "what is sent" } th scope="col" { "risk" } th.number scope="col" { "answers" } th scope="col" { "section" } } }
                    tbody {
                        @for probe in probes {
                            tr {
                                td.number { (probe.id) }
                                th scope="row" { a href=(probe_file(probe.id)) { (probe.summary) } }
                                td { @if probe.is_slow() { "slow" } @else { (probe.risk) } }
                                td.number { (distinct(catalog, probe)) }
                                td { (probe.reference) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// How many different answers the newest recorded versions give.
fn distinct(catalog: &Catalog, probe: &Probe) -> usize {
    let usual = catalog.products.iter().filter_map(|product| catalog.answers.usual(product.newest, probe.id));
    let mut classes: Vec<usize> = usual.map(|line| line.class).collect();
    classes.sort_unstable();
    classes.dedup();
    classes.len()
}
