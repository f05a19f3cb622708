//! The releases of a product line by line, with the behaviour that each is recorded with.

use std::collections::BTreeMap;

use maud::{Markup, html};
use stews::database::{ONLY_LINE, Release, ReleaseLine};

use crate::site::catalog::{Catalog, Product};
use crate::site::labels::{counted, letter};

/// How many colours there are; a letter tells behaviours apart that share one.
pub const COLOURS: usize = 8;

/// What is known of a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    /// It is recorded, with this behaviour.
    Recorded(usize),
    /// It lies between two recorded ones of this behaviour.
    Between(usize),
    /// It lies at an end, or between two that differ.
    Open,
}

/// The section of a product's page; nothing where no releases are known.
pub fn section(catalog: &Catalog, product: &Product) -> Markup {
    let Some(releases) = &product.releases else { return html! {} };
    let behaviours = behaviours(catalog, product);
    html! {
        section aria-labelledby="releases" {
            h2 id="releases" { "Releases and behaviours" }
            p {
                "Each mark is a release, the oldest of its line first. A letter and a colour name a "
                a href="#behaviours" { "behaviour" } ": versions with the same letter answer every probe alike. "
                @match &releases.source {
                    Some(source) => { "The list is that of " code { (source) } "." }
                    None => "No registry lists its releases; only the recorded ones are shown.",
                }
            }
            ul.legend {
                li { span.rel.c0 aria-hidden="true" { "A" } " recorded" }
                li { span.rel.o0 aria-hidden="true" {} " not recorded, between two that behave alike" }
                li { span.rel aria-hidden="true" {} " not recorded, and not known" }
                @if !product.advisories.is_empty() { li { span.rel.flaw aria-hidden="true" {} " has a published flaw" } }
            }
            p.readout.release id="release" role="status" hidden {}
            @for line in &releases.lines { (ribbon(product, line, &behaviours)) }
        }
    }
}

/// By version, the place of its behaviour among those of the product.
fn behaviours<'a>(catalog: &'a Catalog, product: &Product) -> BTreeMap<&'a str, usize> {
    let all = product.behaviours.iter().enumerate();
    all.flat_map(|(place, behaviour)| {
        catalog.behaviour(*behaviour).versions.iter().map(move |version| (version.as_str(), place))
    })
    .collect()
}

fn ribbon(product: &Product, line: &ReleaseLine, behaviours: &BTreeMap<&str, usize>) -> Markup {
    let known = known(line, behaviours);
    let name = if line.line == ONLY_LINE { String::new() } else { format!("line {}: ", line.line) };
    let recorded = known.iter().filter(|known| matches!(known, Known::Recorded(_))).count();
    let summary = format!("{name}{}, {recorded} recorded", counted(line.releases.len(), "release"));
    let letters = line.releases.iter().zip(&known).filter_map(|(release, known)| match known {
        Known::Recorded(place) => Some(format!("{} {}", release.version, letter(*place))),
        _ => None,
    });
    let spoken = format!("{summary}: {}", letters.collect::<Vec<_>>().join(", "));
    html! {
        div.line {
            p.name { (summary) }
            div.ribbon role="img" aria-label=(spoken) {
                @for (release, known) in line.releases.iter().zip(&known) {
                    span class=(class(product, release, *known)) title=(title(product, release, *known)) {
                        @if let Known::Recorded(place) = known { (letter(*place)) }
                    }
                }
            }
            @if let (Some(first), Some(last)) = (line.releases.first(), line.releases.last()) {
                p.ends { (first.version) @if line.releases.len() > 1 { " … " (last.version) } }
            }
        }
    }
}

/// What is known of each release of a line.
fn known(line: &ReleaseLine, behaviours: &BTreeMap<&str, usize>) -> Vec<Known> {
    let recorded: Vec<Option<usize>> =
        line.releases.iter().map(|release| behaviours.get(release.version.as_str()).copied()).collect();
    let one = |(place, own): (usize, &Option<usize>)| match own {
        Some(behaviour) => Known::Recorded(*behaviour),
        None => {
            let before = recorded[..place].iter().rev().find_map(|known| *known);
            let after = recorded[place..].iter().find_map(|known| *known);
            before.filter(|before| after == Some(*before)).map_or(Known::Open, Known::Between)
        }
    };
    recorded.iter().enumerate().map(one).collect()
}

fn class(product: &Product, release: &Release, known: Known) -> String {
    let colour = match known {
        Known::Recorded(place) => format!(" c{}", place % COLOURS),
        Known::Between(place) => format!(" o{}", place % COLOURS),
        Known::Open => String::new(),
    };
    let flaw = product.advisories.iter().any(|advisory| advisory.affects(&release.version));
    format!("rel{colour}{}{}", if release.pre_release { " trial" } else { "" }, if flaw { " flaw" } else { "" })
}

fn title(product: &Product, release: &Release, known: Known) -> String {
    let what = match known {
        Known::Recorded(place) => format!("recorded, behaviour {}", letter(place)),
        Known::Between(place) => format!("not recorded, between two of behaviour {}", letter(place)),
        Known::Open => "not recorded".to_owned(),
    };
    let trial = if release.pre_release { ", published for trial" } else { "" };
    let refused = if release.refused.is_some() { ", cannot be built here" } else { "" };
    let flaws = product.advisories.iter().filter(|advisory| advisory.affects(&release.version));
    let flaws: Vec<&str> = flaws.filter_map(|advisory| advisory.ids.first()).map(String::as_str).collect();
    let flaws = if flaws.is_empty() { String::new() } else { format!("; {}", flaws.join(", ")) };
    format!("{}: {what}{trial}{refused}{flaws}", release.version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_between_two_that_behave_alike_is_taken_to_be_like_them() {
        let release = |version: &str| Release { version: version.to_owned(), pre_release: false, refused: None };
        let versions = ["1", "2", "3", "4", "5", "6"];
        let line =
            ReleaseLine { line: ONLY_LINE.to_owned(), releases: versions.iter().map(|one| release(one)).collect() };
        let known = known(&line, &[("2", 0), ("4", 0), ("6", 1)].into());
        use Known::{Between, Open, Recorded};
        assert_eq!(known, [Open, Recorded(0), Between(0), Recorded(0), Open, Recorded(1)]);
    }
}
