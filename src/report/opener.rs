//! What a probe does otherwise than the legal handshake, as the option that makes every handshake do so.

use super::cut::quoted_url;
use crate::observation::{Observation, Reply};
use crate::probe::{self, Edit, Opening, Probe, ProbeId};
use crate::scan::Scan;
use crate::wire::escape::{for_terminal, shorten};
use crate::wire::handshake::SUBPROTOCOL;

/// The most of a subprotocol that is quoted, in characters.
const NAME: usize = 80;

/// The polite handshakes that opened a WebSocket where the legal one did not.
pub(super) fn openers(scan: &Scan) -> Vec<(ProbeId, &Observation)> {
    let drafted = |id: &ProbeId| probe::find(*id).is_ok_and(Probe::speaks_a_draft);
    let opened = |seen: &Observation, id: &ProbeId| seen.reply.is_websocket() || seen.reply.is_upgrade() && drafted(id);
    scan.observations.iter().filter(|(id, seen)| opened(seen, id)).map(|(id, seen)| (*id, seen)).collect()
}

/// The options, or the URL, that make every handshake like that of a probe that opened a WebSocket; nothing where none does.
pub(super) fn option_of(probe: &Probe, seen: &Observation, asked: &str) -> Option<String> {
    let Opening::Upgrade(edits) = probe.opening else { return None };
    let options: Option<Vec<String>> = edits.iter().map(|edit| option(edit, seen, asked)).collect();
    options.map(|options| options.join(" ")).filter(|options| !options.is_empty())
}

fn option(edit: &Edit, seen: &Observation, asked: &str) -> Option<String> {
    match edit {
        Edit::Remove("Origin") => Some("--origin none".to_owned()),
        Edit::Set("Origin", origin) => Some(format!("--origin {origin}")),
        Edit::Set(name, names) | Edit::Add(name, names) if name.eq_ignore_ascii_case(SUBPROTOCOL) => {
            Some(names.split(", ").map(|name| format!("--subprotocol {name}")).collect::<Vec<_>>().join(" "))
        }
        Edit::OfferSubprotocols { .. } => Some(chosen(seen)),
        Edit::Set(name, value) => Some(format!("-H '{name}: {value}'")),
        Edit::Query(query) => {
            let sign = if asked.contains('?') { '&' } else { '?' };
            Some(format!("the URL {}", quoted_url(&format!("{asked}{sign}{query}"))))
        }
        Edit::StartLine(line) => {
            let path = line.strip_prefix("GET {folder}")?.strip_suffix("{query} HTTP/1.1")?;
            let (url, query) = asked.split_at(asked.find('?').unwrap_or(asked.len()));
            Some(format!("the URL {}", quoted_url(&format!("{}{path}{query}", url.trim_end_matches('/')))))
        }
        _ => None,
    }
}

/// Of many subprotocols the one that the server chose.
fn chosen(seen: &Observation) -> String {
    let head = if let Reply::Response { head, .. } = &seen.reply { head.header(SUBPROTOCOL) } else { None };
    match head {
        Some(name) => format!("--subprotocol {}", shorten(&for_terminal(name), NAME)),
        None => "--subprotocol, with a name that it knows".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::{ALL, Risk};

    /// What is asked of a target that refuses the legal handshake.
    fn asked_of_refusers() -> impl Iterator<Item = &'static Probe> {
        ALL.iter().copied().filter(|probe| {
            let polite = probe.is_handshake() && probe.risk == Risk::Polite;
            polite && !probe.opens_legally()
        })
    }

    fn seen(line: &str) -> Observation {
        line.parse().unwrap()
    }

    #[test]
    fn every_polite_handshake_has_its_option() {
        let opened = seen("HTTP/1.1 101 Go {} | alive");
        let mut count = 0;
        for probe in asked_of_refusers() {
            let option = option_of(probe, &opened, "ws://h/");
            assert!(option.is_some_and(|option| !option.contains('{')), "{}: {}", probe.id, probe.summary);
            count += 1;
        }
        assert!(count > 15, "{count}");
    }

    #[test]
    fn the_option_says_what_the_probe_does() {
        let option = |number: u16, line: &str, asked: &str| {
            option_of(probe::find(ProbeId::new(number)).unwrap(), &seen(line), asked).unwrap()
        };
        let plain = "HTTP/1.1 101 Go {} | alive";
        assert_eq!(option(366, plain, "ws://h/"), "--origin none");
        assert_eq!(option(367, plain, "ws://h/"), "--origin https://stews.invalid");
        assert_eq!(option(511, plain, "ws://h/"), "--subprotocol stews-a --subprotocol stews-b");
        let took = "HTTP/1.1 101 Go {Sec-WebSocket-Protocol: mqtt} | alive";
        assert_eq!(option(500, took, "ws://h/"), "--subprotocol mqtt");
        assert_eq!(option(300, plain, "ws://h/"), "-H 'Sec-WebSocket-Version: 7'");
        assert_eq!(option(310, plain, "ws://h/a"), "the URL ws://h/a?EIO=4&transport=websocket");
        assert_eq!(option(310, plain, "ws://h/?a=1"), "the URL ws://h/?a=1&EIO=4&transport=websocket");
        assert_eq!(option(525, plain, "ws://h/a/?b=1"), "the URL ws://h/a/000/stews/websocket?b=1");
        assert!(option_of(probe::find(ProbeId::new(702)).unwrap(), &seen(plain), "ws://h/").is_none());
    }
}
