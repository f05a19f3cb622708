//! How often a target is asked that does not open: once more where it wants to be left alone or speaks no HTTP, a few times otherwise.

use super::options::Options;
use crate::observation::{Observation, Reply};
use crate::probe::{Probe, Risk};

/// The polite handshakes that a target is asked which refuses the legal one, those that most often open real servers: no Origin (servers that let no
/// browser in refuse any), all common subprotocols (GraphQL, MQTT, STOMP and WAMP servers want theirs), the query of Engine.IO 4 (Socket.IO refuses
/// without it) and the path of SockJS's transport. The fifth is the legal one, by which they are confirmed.
const POLITE: [u16; 4] = [366, 500, 310, 525];

/// Whether an answer to the legal handshake ends a scan once it was given twice: the target wants to be left alone, says nothing or no HTTP, or
/// answers with a 101 that is no WebSocket.
pub(super) fn is_final(seen: &Observation) -> bool {
    let reply = &seen.reply;
    reply.turns_away() || is_no_http(reply) || !reply.upgrade_faults().is_empty()
}

/// Those of some probes that may be played on a target that answers the legal handshake so.
pub(super) fn allowed(probes: Vec<&'static Probe>, options: &Options, baseline: &Reply) -> Vec<&'static Probe> {
    if baseline.is_upgrade() {
        // Where it is none, there is nothing to be told from more of it.
        return if baseline.upgrade_faults().is_empty() { probes } else { Vec::new() };
    }
    let mut polite = probes;
    polite.retain(|probe| probe.is_handshake() && probe.risk == Risk::Polite);
    if options.explain_refusal {
        return polite;
    }
    if is_no_http(baseline) {
        return Vec::new();
    }
    polite.sort_by_key(|probe| POLITE.iter().position(|id| *id == probe.id.number()).unwrap_or(POLITE.len()));
    polite.truncate(POLITE.len());
    polite
}

fn is_no_http(reply: &Reply) -> bool {
    matches!(reply, Reply::Nothing | Reply::Bytes(_))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::{ALL, ProbeId, RequestContext, find};

    #[test]
    fn the_polite_handshakes_are_in_every_default_set() {
        for number in POLITE {
            let probe = find(ProbeId::new(number)).unwrap();
            assert!(probe.is_handshake() && probe.risk == Risk::Polite && probe.is_default(), "{number}");
        }
    }

    #[test]
    fn few_are_asked_unless_the_user_wants_to_know() {
        let mut options = Options::new(RequestContext::new(false, "h:1", "/"), ALL.to_vec());
        let asked = |options: &Options, line: &str| {
            let seen: Observation = line.parse().unwrap();
            allowed(options.probes.clone(), options, &seen.reply).len()
        };
        assert_eq!(asked(&options, "HTTP/1.1 403 No {} | fin"), 4);
        assert_eq!(asked(&options, "nothing | silent"), 0);
        assert_eq!(asked(&options, "bytes \"SSH-2.0\" | fin"), 0);
        options.probes.retain(|probe| (400..500).contains(&probe.id.number()));
        assert_eq!(asked(&options, "HTTP/1.1 403 No {} | fin"), 4, "others where those are not to be played");
        (options.probes, options.explain_refusal) = (ALL.to_vec(), true);
        assert!(asked(&options, "HTTP/1.1 403 No {} | fin") > 20);
    }
}
