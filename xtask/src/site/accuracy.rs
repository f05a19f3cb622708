//! How often the answer is wrong, with intervals.

use maud::{Markup, html};

use crate::conditions::name::Condition;
use crate::cost::Wire;
use crate::evaluate::figures::Report;
use crate::pages::headline::{self, ErrorTable, Errors};
use crate::pages::ranges;
use crate::site::interval::{Interval, failures, interval};
use crate::site::labels::anchor;
use crate::site::shell::Page;

/// The page.
pub fn page(report: &Report, wire: &Wire) -> Page {
    let tables = headline::tables(report);
    Page {
        file: "accuracy.html".to_owned(),
        menu: "accuracy.html",
        heading: "How often it is wrong".to_owned(),
        description: "Errors of identification, measured on servers left out of the database and on applications that nobody recorded.".to_owned(),
        scripts: &[],
        body: html! {
            p {
                "All figures are errors: the further left, the better. The axis is stretched near 0 (by the square root), the same everywhere. The line beside a dot is the range that chance leaves open (Wilson, 95 %), "
                "the upright stroke the most that the error is to be. Several scans of one application, and several versions of one product, are not independent: where they count once, the range is wider."
            }
            nav aria-label="Tables" {
                ul.inline {
                    @for table in &tables { li { a href={ "#" (anchor(&table.title)) } { (table.title) } } }
                    li { a href="#versions" { "Versions" } }
                    li { a href="#cost" { "What it takes" } }
                    li { a href="#conditions" { "Other conditions" } }
                }
            }
            @for table in &tables { (section(table)) }
            (versions(report))
            (cost(wire))
            (conditions(report))
        },
    }
}

fn section(table: &ErrorTable) -> Markup {
    html! {
        section aria-labelledby=(anchor(&table.title)) {
            h2 id=(anchor(&table.title)) { (table.title) }
            p { (table.note) }
            div.scroll tabindex="0" role="region" aria-label=(table.title) {
                table.stacked {
                    thead { tr { th scope="col" { "error" } @for column in &table.columns { th scope="col" { (column) } } } }
                    tbody {
                        @for row in &table.rows {
                            tr {
                                th scope="row" { (row.name) @if let Some(goal) = row.goal { br; small { "at most " (goal) " %" } } }
                                @for (column, cell) in table.columns.iter().zip(&row.cells) { (cell_of(column, cell.as_ref(), row.goal)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn cell_of(column: &str, errors: Option<&Errors>, goal: Option<f64>) -> Markup {
    html! {
        @match errors {
            Some(errors) => {
                td data-label=(column) {
                    (interval(&Interval { percent: errors.percent, range: errors.interval, goal: goal.filter(|_| errors.interval.is_some()), text: &errors.text }))
                }
            }
            None => { td.none { "–" } }
        }
    }
}

fn versions(report: &Report) -> Markup {
    html! {
        section aria-labelledby="versions" {
            h2 id="versions" { "Versions" }
            ul { @for sentence in ranges::sentences(&report.ranges) { li { (sentence) } } }
        }
    }
}

/// What identifications take on the wire.
fn cost(wire: &Wire) -> Markup {
    let (of, right) = wire.measured();
    html! {
        section aria-labelledby="cost" {
            h2 id="cost" { "What it takes" }
            p { (of) " recorded servers were identified over loopback, as by default: " (right) " of them were named right, alone or with others that answer alike." }
            div.scroll tabindex="0" role="region" aria-label="What it takes" {
                table {
                    thead { tr { th scope="col" { "an answer takes" } @for head in ["median", "95th percentile", "most"] { th.number scope="col" { (head) } } } }
                    tbody {
                        @for (name, values) in wire.distributions() {
                            tr { th scope="row" { (name) } @for value in values { td.number { (format!("{value:.0}")) } } }
                        }
                    }
                }
            }
        }
    }
}

/// Scans under other conditions than those of the recordings.
fn conditions(report: &Report) -> Markup {
    let conditions =
        report.figures.keys().filter_map(|figure| figure.strip_prefix("engine, ")?.parse::<Condition>().ok());
    let figure = |what: &str, condition: &Condition| report.figures.get(&format!("{what}, {condition}")).copied();
    html! {
        section aria-labelledby="conditions" {
            h2 id="conditions" { "Under other conditions" }
            p { "The same servers scanned again: another application, another setting, a reverse proxy, TLS or a slow link in front, other bytes. All default probes; no fingerprint is derived from these scans." }
            div.scroll tabindex="0" role="region" aria-label="Under other conditions" {
                table.stacked {
                    thead { tr { th scope="col" { "condition" } th scope="col" { "engine not named right" } th scope="col" { "proxy not named right" } } }
                    tbody {
                        @for condition in conditions {
                            tr {
                                th scope="row" { (in_words(&condition)) }
                                @for (what, name) in [("engine", "engine not named right"), ("proxy", "proxy not named right")] {
                                    @match figure(what, &condition) {
                                        Some(ratio) => { td data-label=(name) { (failures(ratio)) } }
                                        None => { td.none { "–" } }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn in_words(condition: &Condition) -> String {
    match condition {
        Condition::Sink => "an application that answers nothing".to_owned(),
        Condition::Push => "an application that speaks first".to_owned(),
        Condition::PayloadLimit => "messages of at most 4096 bytes".to_owned(),
        Condition::Compression => "permessage-deflate the other way than by default".to_owned(),
        Condition::Subprotocol => "a required subprotocol, offered".to_owned(),
        Condition::Refused => "a required subprotocol, not offered: refusals alone".to_owned(),
        Condition::Varied => "the same probes in other bytes".to_owned(),
        Condition::Tls => "over TLS".to_owned(),
        Condition::Delayed => "50 ms ± 20 ms under way, in either direction".to_owned(),
        Condition::SlowReader => "a client that reads slowly".to_owned(),
        Condition::Loaded => "one core busy with something else".to_owned(),
        Condition::TwoBackEnds => "two servers that take turns".to_owned(),
        Condition::Behind(proxy) => format!("behind {proxy}"),
    }
}
