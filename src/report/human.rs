//! For people at a terminal. Every byte that came from a network is escaped.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::{Finding, TargetReport};
use crate::database::vocabulary;
use crate::identify::{Answer, Candidate, Evidence};
use crate::observation::{End, Observation, Reply};
use crate::probe::{self, ProbeId};
use crate::scan::{Scan, Stop};
use crate::wire::escape::{escape, for_terminal};

const GOOD: Style = AnsiColor::Green.on_default().bold();
const DOUBT: Style = AnsiColor::Yellow.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const FAINT: Style = Style::new().dimmed();

/// The most of an observation that evidence quotes, in characters.
const QUOTED: usize = 70;

/// The most reasons that are given.
const MOST_REASONS: usize = 6;

/// The report on one target, with a line end after it.
#[must_use]
pub fn text(report: &TargetReport) -> String {
    let mut out = format!("{}\n", report.target);
    match &report.finding {
        Finding::Unreachable(why) => {
            let _ = writeln!(out, "{BAD}Not reached{BAD:#}: {why}");
        }
        Finding::NotWebSocket(scan) => {
            let _ = writeln!(out, "{BAD}Not a WebSocket{BAD:#}: {}", refusal_in_words(&scan.baseline));
            write_openers(&mut out, scan);
            write_cost(&mut out, scan);
        }
        Finding::WebSocket(scan, answer) => {
            write_answer(&mut out, answer);
            write_cost(&mut out, scan);
            write_troubles(&mut out, scan);
        }
    }
    out
}

/// The two lines of the original tool, then what it did not say.
fn write_answer(out: &mut String, answer: &Answer) {
    let style = if answer.is_unknown() { DOUBT } else { GOOD };
    let _ = writeln!(out, "{style}>>>Most likely server: {}{style:#}", place(answer.first()));
    let _ = writeln!(out, ">>>Second most likely server: {}", place(answer.second()));
    let Some(first) = answer.first().first() else {
        let _ = writeln!(out, "{DOUBT}Nothing to compare with{DOUBT:#}: no probe answered here is in the database.");
        return;
    };
    if answer.is_unknown() {
        let _ = writeln!(
            out,
            "{DOUBT}It may well be a server that is not in the database{DOUBT:#} ({}).",
            percent(answer.unknown)
        );
        let _ = writeln!(out, "If you know it, -g prints a recording to contribute: see CONTRIBUTING.md.");
    }
    let _ = writeln!(
        out,
        "  Probability  {} (a server not in the database: {})",
        percent(first.probability),
        percent(answer.unknown)
    );
    for candidate in answer.first() {
        let framework = candidate.framework.as_ref().map(|name| format!(" under {name}")).unwrap_or_default();
        let _ = writeln!(out, "  Engine       {}{framework}", candidate.engine);
    }
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
    let names: Vec<String> = candidates.iter().map(name_and_versions).collect();
    format!("{} -- % match: {:.1}", names.join(" or "), first.match_percent)
}

fn name_and_versions(candidate: &Candidate) -> String {
    let name = vocabulary::name_of(&candidate.product);
    let ranges: Vec<String> = candidate.ranges.iter().map(ToString::to_string).collect();
    format!("{name} {}", ranges.join(", "))
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

fn summary(id: ProbeId) -> &'static str {
    probe::find(id).map_or("", |probe| probe.summary)
}

fn shorten(line: &str) -> String {
    // Observations are printable ASCII, so a byte is a character.
    if line.len() <= QUOTED { line.to_owned() } else { format!("{}…", &line[..QUOTED]) }
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
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
        let _ = writeln!(out, "{BAD}Stopped{BAD:#}: {}", stop_in_words(stop));
    }
    for (id, why) in &scan.failures {
        let _ = writeln!(out, "  Probe {id} could not be played: {why}");
    }
}

/// Why a scan ended early.
#[must_use]
pub fn stop_in_words(stop: &Stop) -> String {
    match stop {
        Stop::Died { after, found } => {
            let after = match after.as_slice() {
                [] => String::new(),
                [only] => format!(" after probe {only}"),
                several => format!(" after one of the probes {} (the likeliest first)", list(several)),
            };
            format!("the target stopped answering{after}: {found}")
        }
        Stop::Changed { discarded, found } => {
            let discarded = match discarded.as_slice() {
                [] => String::new(),
                [only] => format!("; what probe {only} observed is discarded"),
                several => format!("; what the probes {} observed is discarded", list(several)),
            };
            format!(
                "the target now answers the legal handshake otherwise (a ban, a rate limit, another back end?): \
                 {found}{discarded}"
            )
        }
    }
}

fn list(ids: &[ProbeId]) -> String {
    let words: Vec<String> = ids.iter().map(ToString::to_string).collect();
    match words.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        _ => words.concat(),
    }
}

/// Polite handshakes that were accepted where the plain one was not.
fn write_openers(out: &mut String, scan: &Scan) {
    for (id, observation) in scan.observations.iter().filter(|(_, observation)| observation.reply.is_upgrade()) {
        let _ = writeln!(out, "  But probe {id} ({}) opened one: {}", summary(*id), shorten(&observation.to_string()));
    }
}

/// Why an answer to the legal handshake is no WebSocket, told apart by what helps.
#[must_use]
pub fn refusal_in_words(baseline: &Observation) -> String {
    match &baseline.reply {
        Reply::Nothing => match baseline.end {
            End::Silent | End::Cut | End::Alive => "it accepted the connection and said nothing in time".to_owned(),
            End::Fin => "it hung up without a word; for a TLS port use wss://".to_owned(),
            End::Reset | End::Broken => "it reset the connection without a word; for a TLS port use wss://".to_owned(),
        },
        Reply::Bytes(bytes) => format!("it does not speak HTTP; it said \"{}\"", shorten(&escape(bytes))),
        Reply::Usual => "it opened a WebSocket".to_owned(),
        Reply::Response { head, .. } => {
            let status = format!("HTTP {} {}", head.status, for_terminal(head.reason.as_bytes()));
            let location = head.header("Location").map(for_terminal).unwrap_or_default();
            match head.status {
                200..=299 => format!("an ordinary web page answers here ({status}); is the path right?"),
                300..=399 => {
                    format!("it redirects to {location} ({status}); redirects are not followed, give that URL")
                }
                401 | 407 => {
                    format!("it wants credentials ({status}); give them with -H 'Authorization: …' or --cookie")
                }
                403 => format!(
                    "it refuses us ({status}); it may want another --origin, credentials (-H, --cookie) or address"
                ),
                404 | 410 => format!("there is nothing at this path ({status})"),
                400 if bytes_mention_tls(baseline) => format!("it wants TLS ({status}); use wss://"),
                429 => format!("it asks to be left alone for now ({status})"),
                400..=499 => {
                    format!("it refuses the handshake ({status}); it may want a --subprotocol or another path")
                }
                _ => format!("it answers with an error ({status})"),
            }
        }
    }
}

/// Servers that were spoken to without TLS on a TLS port like to say so.
fn bytes_mention_tls(baseline: &Observation) -> bool {
    let Reply::Response { body, .. } = &baseline.reply else { return false };
    let text = String::from_utf8_lossy(body).to_ascii_lowercase();
    text.contains("https") || text.contains("tls")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stop_reads_well_for_one_probe_and_for_several() {
        let ids = |numbers: &[u16]| numbers.iter().copied().map(ProbeId::new).collect::<Vec<_>>();
        let died = |after| stop_in_words(&Stop::Died { after: ids(after), found: "refused".to_owned() });
        assert_eq!(died(&[203]), "the target stopped answering after probe 203: refused");
        assert_eq!(
            died(&[203, 702, 300]),
            "the target stopped answering after one of the probes 203, 702 and 300 (the likeliest first): refused"
        );
        let changed = |discarded| stop_in_words(&Stop::Changed { discarded: ids(discarded), found: "403".to_owned() });
        assert!(changed(&[]).ends_with("another back end?): 403"));
        assert!(changed(&[203]).ends_with(": 403; what probe 203 observed is discarded"));
        assert!(changed(&[203, 702]).ends_with(": 403; what the probes 203 and 702 observed is discarded"));
    }
}
