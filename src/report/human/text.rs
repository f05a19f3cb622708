//! The report on one target.

use std::fmt::Write as _;

use anstyle::Style;

use super::banner::write_banners;
use super::explanation;
use super::findings;
use super::refusal::{write_openers, write_refused};
use super::style::{BAD, DOUBT, FAINT, GOOD, percent};
use crate::database::vocabulary;
use crate::identify::{Answer, Candidate, Evidence};
use crate::report::closing::closed_at_once_in_words;
use crate::report::cut::{message, quoted_url, shorten};
use crate::report::describe::{
    cut_short_in_words, head_fault_in_words, in_words, refusal_in_words, silence_in_words, summary, what_helps,
};
use crate::report::finding::{Finding, Reached, TargetReport};
use crate::report::heard::heard_in_words;
use crate::report::versions::versions_in_words;
use crate::scan::Scan;

/// How to contribute.
const CONTRIBUTE: &str =
    concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/CONTRIBUTING.md#a-fingerprint-seen-in-the-wild");

/// The most products that are named for one place.
const MOST_NAMES: usize = 8;

/// A probability of versions from which it is not told beside that of the product.
const CERTAINLY_IN_RANGES: f64 = 0.995;

/// The most reasons that are given.
const MOST_REASONS: usize = 6;

/// The most probes that are named one by one that could not be played.
const MOST_FAILURES: usize = 10;

/// The report on one target, with a line end after it; a recording that would make it longer than `most` bytes is left out.
pub(super) fn text(report: &TargetReport, most: usize) -> String {
    let mut out = format!("{}\n", quoted_url(&report.target));
    match &report.finding {
        Finding::Unreachable(why) => {
            let _ = writeln!(out, "{BAD}Not reached{BAD:#}: {}", message(why));
        }
        Finding::Detected(detection) => {
            let (style, what) = if report.is_websocket() { (GOOD, "WebSocket") } else { (BAD, "Not a WebSocket") };
            let words = message(&heard_in_words(&detection.heard, &report.target));
            let _ = writeln!(out, "{style}{what}{style:#}: {words}");
        }
        Finding::NotWebSocket(reached) if reached.scan.observations.is_empty() => {
            let why = cut_short_in_words(reached.scan.stop.as_ref());
            let _ = writeln!(out, "{DOUBT}Nothing was seen{DOUBT:#}: {why}.");
            write_cost(&mut out, &reached.scan);
        }
        Finding::NotWebSocket(reached) => {
            let why = refusal_in_words(&report.target, &reached.scan);
            let _ = writeln!(out, "{BAD}Not a WebSocket{BAD:#}: {why}");
            write_openers(&mut out, &reached.scan, &report.target);
            write_refused(&mut out, reached);
            write_way(&mut out, report);
            write_cost(&mut out, &reached.scan);
            // That it turned us away is what was just told.
            if !reached.scan.baseline.reply.turns_away() {
                write_troubles(&mut out, &reached.scan);
            }
            report.findings().into_iter().for_each(|found| findings::write(&mut out, found));
        }
        Finding::WebSocket(reached) => {
            write_oddities(&mut out, &reached.scan);
            write_contradictions(&mut out, reached);
            write_answer(&mut out, reached);
            write_way(&mut out, report);
            write_cost(&mut out, &reached.scan);
            write_troubles(&mut out, &reached.scan);
            report.findings().into_iter().for_each(|found| findings::write(&mut out, found));
            reached.explanation.iter().for_each(|one| explanation::write(&mut out, one));
            write_recording(&mut out, reached, most);
        }
    }
    out
}

/// What is to be known first of a target that opens a WebSocket.
fn write_oddities(out: &mut String, scan: &Scan) {
    if let Some(close) = scan.closed_at_once() {
        let _ = writeln!(out, "{BAD}Closed at once{BAD:#}: {}", closed_at_once_in_words(close));
    }
    if let Some(fault) = &scan.beside.fault {
        let _ = writeln!(out, "{DOUBT}Malformed{DOUBT:#}: {}", head_fault_in_words(fault, b"HTTP/1.1 101"));
    }
}

/// The two lines of the original tool, then what it did not say.
fn write_answer(out: &mut String, reached: &Reached) {
    let answer = &reached.answer;
    let style = if reached.is_identified() { GOOD } else { DOUBT };
    if reached.scan.is_cut_short() {
        let why = cut_short_in_words(reached.scan.stop.as_ref());
        let _ = writeln!(out, "{DOUBT}Not enough was seen to identify it{DOUBT:#}: {why}. By what was kept:");
    }
    write_headline(out, answer, style);
    let behind = answer.proxy.as_ref().map(|proxy| format!(" behind {}", vocabulary::name_of(&proxy.product)));
    let behind = behind.filter(|_| !answer.first().is_empty()).unwrap_or_default();
    if !reached.scan.has_spoken() {
        let _ = writeln!(out, "{DOUBT}{}{DOUBT:#}: judged by its handshakes alone.", silence_in_words(&reached.scan));
    }
    let _ = writeln!(out, "{style}>>>Most likely server: {}{behind}{style:#}", place(answer.first()));
    let _ = writeln!(out, ">>>Second most likely server: {}", place(answer.second()));
    let Some(first) = answer.first().first() else {
        let _ = writeln!(out, "{DOUBT}Nothing to compare with{DOUBT:#}: no probe answered here is in the database.");
        write_banners(out, reached);
        return;
    };
    let _ = writeln!(
        out,
        "  Engine       {} {} (an engine that is not in the database: {})",
        engines_named(answer).join(" or "),
        percent(answer.confidence()),
        percent(answer.unknown)
    );
    for candidate in answer.first().iter().take(MOST_NAMES) {
        let framework = candidate.framework.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
        let (name, with_its_front) = (vocabulary::name_of(&candidate.product), percent(candidate.with_its_front));
        let versions = candidate.in_ranges < CERTAINLY_IN_RANGES;
        let versions = versions.then(|| format!("; if so, one of these versions {}", percent(candidate.in_ranges)));
        let versions = versions.unwrap_or_default();
        let _ = writeln!(out, "  Product      {name}{framework} {with_its_front}{versions}");
    }
    if let Some(proxy) = &answer.proxy {
        let name = vocabulary::name_of(&proxy.product);
        let _ = writeln!(out, "  Behind       {name} ({}); what it rewrites is discounted", percent(proxy.probability));
    }
    write_banners(out, reached);
    if !answer.protocols.is_empty() {
        let _ = writeln!(out, "  Speaks       {}", answer.protocols.join(", "));
    }
    if !first.twins.is_empty() {
        let names: Vec<&str> = first.twins.iter().map(|id| vocabulary::name_of(id)).collect();
        let _ = writeln!(out, "  Behaves like {}: the default probes do not tell them apart", names.join(", "));
    }
    if !answer.evidence.is_empty() {
        let _ = writeln!(out, "  Why the first rather than the second ({} facts compared):", answer.compared);
        groups(&answer.evidence).iter().take(MOST_REASONS).for_each(|group| write_reason(out, group));
    }
}

/// What is sure comes first: the engine, and whether what stands around it is recorded.
fn write_headline(out: &mut String, answer: &Answer, style: Style) {
    let engines = engines_named(answer);
    if engines.is_empty() {
        return;
    }
    if answer.is_unknown() {
        let unknown = percent(answer.unknown);
        let _ = writeln!(out, "{style}An engine that is not in the database{style:#} ({unknown}); the nearest are:");
        return;
    }
    let front = if front_is_recorded(answer) { "" } else { "; under a front that is not recorded" };
    let _ = writeln!(out, "{style}Engine {}{style:#} {}{front}", engines.join(" or "), percent(answer.confidence()));
}

/// The engines that are named first, each once.
fn engines_named(answer: &Answer) -> Vec<&str> {
    let mut engines: Vec<&str> = answer.first().iter().map(|candidate| candidate.engine.as_str()).collect();
    engines.dedup();
    engines.truncate(MOST_NAMES);
    engines
}

/// Whether the front of the engines that are named first is likelier one of those they are recorded under than another.
fn front_is_recorded(answer: &Answer) -> bool {
    let named = engines_named(answer);
    let mine = || answer.candidates.iter().filter(|candidate| named.contains(&candidate.engine.as_str()));
    let of = |share: fn(&Candidate) -> f64| mine().map(share).sum::<f64>();
    of(|candidate| candidate.with_its_front) >= 0.5 * of(|candidate| candidate.probability)
}

fn write_contradictions(out: &mut String, reached: &Reached) {
    if reached.contradictions.is_empty() {
        return;
    }
    let _ = writeln!(
        out,
        "{BAD}It contradicts itself{BAD:#}: asked again, it answers otherwise (several back ends behind one address?)."
    );
    for one in &reached.contradictions {
        let _ = writeln!(out, "  Probe {} ({})", one.probe, summary(one.probe));
        let _ = writeln!(out, "    first it {}", in_words(&one.first));
        let _ = writeln!(out, "    then it {}", in_words(&one.again));
    }
}

/// The recording of a server that is not known.
fn write_recording(out: &mut String, reached: &Reached, most: usize) {
    let Some(recording) = &reached.recording else { return };
    let recording = recording.to_text();
    if out.len() + recording.len() + 1000 > most {
        let _ = writeln!(
            out,
            "If you know what it is, please contribute its recording, which is too long to be shown here (-g prints it): see\n{CONTRIBUTE}"
        );
        return;
    }
    let _ = writeln!(
        out,
        "If you know what it is, please contribute its recording (-g makes one of all tests): put in its product and version, and see\n{CONTRIBUTE}"
    );
    out.push_str(&recording);
}

/// Evidence of one kind from one series of probes: often the same fact, seen several times.
struct Group<'a> {
    strongest: &'a Evidence,
    probes: usize,
    bits: f64,
}

/// The groups of evidence that goes the same way, the strongest first.
fn groups(evidence: &[Evidence]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let key = |one: &Evidence| (one.feature.probe.number() / 100, one.feature.kind, one.bits > 0.0);
    for one in evidence {
        match groups.iter_mut().find(|group| key(group.strongest) == key(one)) {
            Some(group) => {
                group.probes += 1;
                group.bits += one.bits;
            }
            None => groups.push(Group { strongest: one, probes: 1, bits: one.bits }),
        }
    }
    groups.sort_by(|one, other| other.bits.abs().total_cmp(&one.bits.abs()));
    groups
}

fn place(candidates: &[Candidate]) -> String {
    let Some(first) = candidates.first() else { return "none -- % match: 0.0".to_owned() };
    let mut names: Vec<String> = candidates.iter().take(MOST_NAMES).map(name_and_versions).collect();
    if candidates.len() > MOST_NAMES {
        names.push(format!("{} others", candidates.len() - MOST_NAMES));
    }
    format!("{} -- % match: {:.1}", names.join(" or "), first.match_percent)
}

fn name_and_versions(candidate: &Candidate) -> String {
    format!("{} {}", vocabulary::name_of(&candidate.product), versions_in_words(candidate))
}

fn write_reason(out: &mut String, group: &Group<'_>) {
    let feature = &group.strongest.feature;
    let more = match group.probes - 1 {
        0 => String::new(),
        1 => ", and 1 probe like it".to_owned(),
        others => format!(", and {others} probes like it"),
    };
    let summary = summary(feature.probe);
    let _ = writeln!(out, "    {:+5.1} bits  {} of {} ({summary}){more}", group.bits, feature.kind, feature.probe);
    let _ = writeln!(out, "                {FAINT}{}{FAINT:#}", shorten(&in_full(&group.strongest.observation)));
}

/// An observation for people, who need not know that no reply stands for the usual one.
fn in_full(observation: &str) -> String {
    if observation.starts_with('|') { format!("the usual 101 {observation}") } else { observation.to_owned() }
}

/// How it was reached, as far as the target's URL does not say.
fn write_way(out: &mut String, report: &TargetReport) {
    let address = report.address.map(|address| address.to_string());
    if let Some(address) = address.filter(|address| !names_host(&report.target, address)) {
        let _ = writeln!(out, "  Address      {address}");
    }
    if report.certificate_checked == Some(false) {
        let _ = writeln!(out, "  Certificate  {DOUBT}not checked{DOUBT:#} (-k)");
    }
}

/// Whether the host of a URL is this address without its port.
fn names_host(url: &str, address: &str) -> bool {
    let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
    let rest = url.split_once("://").and_then(|(_, rest)| rest.strip_prefix(host));
    rest.is_some_and(|rest| rest.starts_with([':', '/', '?']))
}

fn write_cost(out: &mut String, scan: &Scan) {
    let cost = &scan.cost;
    let _ = writeln!(
        out,
        "  Cost         {} connections, {} bytes sent, {} received, {:.2} s (round trip {:.1} ms)",
        cost.connections,
        cost.sent,
        cost.received,
        cost.elapsed.as_secs_f64(),
        scan.round_trip.as_secs_f64() * 1000.0
    );
}

fn write_troubles(out: &mut String, scan: &Scan) {
    if let Some(stop) = &scan.stop {
        let _ = writeln!(out, "{BAD}Stopped{BAD:#}: {}", message(&stop.to_string()));
        if let Some(options) = what_helps(stop) {
            let _ = writeln!(out, "  What helps   {options}");
        }
    }
    for (id, why) in scan.failures.iter().take(MOST_FAILURES) {
        let _ = writeln!(out, "  Probe {id} could not be played: {}", message(&why.to_string()));
    }
    if scan.failures.len() > MOST_FAILURES {
        let _ = writeln!(out, "  {} more probes could not be played", scan.failures.len() - MOST_FAILURES);
    }
}
