//! Published flaws of a product, the releases that have them, and whether answers tell those from the others.

use maud::{Markup, html};
use stews::database::{Advisory, Affected, Database, Told, releases_first};
use stews::probe::ProbeId;

use crate::site::labels::probe_file;

/// The most probes that are named for one range.
const MOST_NAMED: usize = 6;

/// The section of a product's page; nothing where none is known.
pub fn section(database: &Database, advisories: &[Advisory]) -> Markup {
    html! {
        @if !advisories.is_empty() {
            section aria-labelledby="advisories" {
                h2 id="advisories" { "Advisories" }
                p {
                    "By version numbers, as published: what a distribution mends without another number counts as affected. "
                    "The last column says whether the recorded versions on both sides of the fix answer differently."
                }
                div.scroll tabindex="0" role="region" aria-label="Advisories" {
                    table {
                        thead { tr { th scope="col" { "advisory" } th scope="col" { "what" } th scope="col" { "affected" } th scope="col" { "told by answers" } } }
                        tbody {
                            @for advisory in advisories {
                                @for (place, range) in advisory.affected.iter().enumerate() {
                                    (row(database, advisory, range, place == 0))
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn row(database: &Database, advisory: &Advisory, range: &Affected, first: bool) -> Markup {
    html! {
        tr {
            @if first {
                th scope="row" rowspan=(advisory.affected.len()) {
                    a href=(advisory.source) rel="noreferrer" { (advisory.ids.first().map_or("", String::as_str)) }
                    @for other in advisory.ids.iter().skip(1) { br; small { (other) } }
                }
                td.wide rowspan=(advisory.affected.len()) { (advisory.title) }
            }
            td.middle { (range) }
            td.middle { (verdict(&advisory.told(range, database))) }
        }
    }
}

fn verdict(told: &Told<'_>) -> Markup {
    html! {
        @match told {
            Told::NotRecorded => "not known: no recorded version on one of the sides",
            Told::Compared { affected, mended, probes } if probes.is_empty() => { "no: " (affected) " and " (mended) " answer alike" }
            Told::Compared { affected, mended, probes } => { "yes, " (affected) " from " (mended) ": probe " (named(probes)) }
        }
    }
}

/// Some probes by number, those first that are there for the sake of releases.
fn named(probes: &[ProbeId]) -> Markup {
    let ordered = releases_first(probes);
    html! {
        @for (place, id) in ordered.iter().take(MOST_NAMED).enumerate() {
            @if place > 0 { ", " }
            a href={ "../" (probe_file(*id)) } { (id) }
        }
        @if ordered.len() > MOST_NAMED { " and " (ordered.len() - MOST_NAMED) " more" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_have_words() {
        let range = |introduced: &str, fixed: Option<&str>, last: Option<&str>| Affected {
            introduced: introduced.to_owned(),
            fixed: fixed.map(str::to_owned),
            last_affected: last.map(str::to_owned),
        };
        let words = [
            range("0", Some("8.17.1"), None),
            range("8.0.0", Some("8.17.1"), None),
            range("0", None, Some("2.0")),
            range("0", None, None),
        ];
        assert_eq!(
            words.map(|one| one.to_string()),
            ["before 8.17.1", "8.0.0 to before 8.17.1", "up to 2.0", "all releases"]
        );
    }
}
