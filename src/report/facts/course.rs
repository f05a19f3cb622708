//! How the look at a target went: the way to it, what it cost, what went wrong.

use super::list::Facts;
use crate::report::closing::closed_at_once_in_words;
use crate::report::cut::message;
use crate::report::describe::{head_fault_in_words, in_words, summary, what_helps};
use crate::report::finding::{Reached, TargetReport};
use crate::report::tool::timestamp;
use crate::scan::Scan;
use crate::wire::TlsFacts;

/// The most probes that are named one by one that could not be played.
const MOST_FAILURES: usize = 10;

/// The most names of a certificate that are told.
const MOST_NAMES: usize = 3;

/// What is to be known first of a target that opens a WebSocket.
pub(super) fn add_oddities(facts: &mut Facts, reached: &Reached) {
    let scan = &reached.scan;
    if let Some(close) = scan.closed_at_once() {
        facts.warn("closes", closed_at_once_in_words(close));
    }
    if let Some(fault) = &scan.beside.fault {
        facts.warn("malformed", head_fault_in_words(fault, b"HTTP/1.1 101"));
    }
    for one in &reached.contradictions {
        let sent = format!("{} ({})", summary(one.probe), one.probe);
        let text = format!("first it {}, then it {}", in_words(&one.first), in_words(&one.again));
        facts.add_about("otherwise", sent, text);
    }
    if !reached.contradictions.is_empty() {
        facts.warn("", "perhaps several servers answer at this address");
    }
}

/// How it was reached, as far as the target's URL does not say.
pub(super) fn add_way(facts: &mut Facts, report: &TargetReport) {
    let address = report.address.map(|address| address.to_string());
    if let Some(address) = address.filter(|address| !names_host(&report.target, address)) {
        facts.add("address", address);
    }
    match (report.certificate_checked, &report.tls) {
        (None, _) | (Some(true), None) => {}
        (Some(true), Some(tls)) => facts.add("tls", in_words_of(tls)),
        (Some(false), Some(tls)) => facts.warn("tls", format!("{}; not checked (-k)", in_words_of(tls))),
        (Some(false), None) => facts.warn("tls", "certificate not checked (-k)"),
    }
}

fn in_words_of(tls: &TlsFacts) -> String {
    let Some(certificate) = &tls.certificate else { return tls.version.clone() };
    let mut names: Vec<&str> = certificate.names.iter().take(MOST_NAMES).map(String::as_str).collect();
    if names.is_empty() {
        names.push(&certificate.subject);
    }
    let more = match certificate.names.len().saturating_sub(MOST_NAMES) {
        0 => String::new(),
        others => format!(" and {others} more"),
    };
    let until = timestamp(certificate.not_after);
    let day = until.split('T').next().unwrap_or_default();
    format!("{}, certificate of {}{more} by {}, until {day}", tls.version, names.join(", "), certificate.issuer)
}

/// Whether the host of a URL is this address without its port.
fn names_host(url: &str, address: &str) -> bool {
    let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
    let rest = url.split_once("://").and_then(|(_, rest)| rest.strip_prefix(host));
    rest.is_some_and(|rest| rest.starts_with([':', '/', '?']))
}

/// What the look cost both sides.
pub(super) fn add_cost(facts: &mut Facts, scan: &Scan) {
    let cost = &scan.cost;
    let text = format!(
        "{} connections, {} bytes sent, {} received, {:.2} s (round trip {:.1} ms)",
        cost.connections,
        cost.sent,
        cost.received,
        cost.elapsed.as_secs_f64(),
        scan.round_trip.as_secs_f64() * 1000.0
    );
    facts.add("cost", text);
}

/// Why it ended early, and what could not be asked.
pub(super) fn add_troubles(facts: &mut Facts, scan: &Scan) {
    if let Some(stop) = &scan.stop {
        facts.warn("stopped", message(&stop.to_string()));
        if let Some(options) = what_helps(stop) {
            facts.add("what helps", options);
        }
    }
    for (id, why) in scan.failures.iter().take(MOST_FAILURES) {
        facts.add("not played", format!("probe {id}: {}", message(&why.to_string())));
    }
    if scan.failures.len() > MOST_FAILURES {
        facts.add("", format!("and {} more probes", scan.failures.len() - MOST_FAILURES));
    }
}
