//! Protocols that applications speak over WebSocket, known by what they answered to the probes that ask for them.

use super::answer::Observations;
use crate::observation::{Content, Event};
use crate::probe::ProbeId;

/// A protocol, known by one answer.
struct Protocol {
    name: &'static str,
    /// The probe that asks for it.
    probe: ProbeId,
    /// How the answer begins.
    start: &'static [u8],
}

const fn protocol(name: &'static str, probe: u16, start: &'static [u8]) -> Protocol {
    Protocol { name, probe: ProbeId::new(probe), start }
}

const PROTOCOLS: &[Protocol] = &[
    protocol("Engine.IO 4", 310, b"0{"),
    protocol("Engine.IO 3", 311, b"0{"),
    protocol("Socket.IO", 312, b"40{"),
    protocol("STOMP", 520, b"CONNECTED\n"),
    protocol("GraphQL over WebSocket (graphql-transport-ws)", 521, b"{\"type\":\"connection_ack\""),
    protocol("GraphQL subscriptions (graphql-ws)", 522, b"{\"type\":\"connection_ack\""),
    protocol("MQTT 3.1.1", 523, b"\x20\x02"),
    protocol("WAMP 2", 524, b"[2,"),
    // Who knows WAMP but not the realm aborts with message 3.
    protocol("WAMP 2", 524, b"[3,"),
    protocol("SockJS", 525, b"o"),
];

/// The protocols that a target was observed to speak.
pub(super) fn protocols(observations: &Observations) -> Vec<&'static str> {
    let is_spoken = |protocol: &&Protocol| {
        let observation = observations.get(&protocol.probe);
        observation.is_some_and(|seen| seen.events.iter().any(|event| begins(event, protocol.start)))
    };
    PROTOCOLS.iter().filter(is_spoken).map(|protocol| protocol.name).collect()
}

/// Whether a data frame begins like this; the single letter of SockJS must be all there is.
fn begins(event: &Event, start: &[u8]) -> bool {
    match event {
        Event::Frame { head, content: Content::Sample(sample) } if !head.opcode.is_control() => {
            sample.starts_with(start) && (start.len() > 1 || sample.len() == start.len())
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(lines: &[(u16, &str)]) -> Vec<&'static str> {
        protocols(&lines.iter().map(|(id, line)| (ProbeId::new(*id), line.parse().unwrap())).collect())
    }

    #[test]
    fn each_is_known_by_its_answer() {
        assert_eq!(
            of(&[
                (310, r#"text 97 "0{\"sid\":\"<sid>\"}" | alive"#),
                (312, r#"text 97 "0{\"sid\":\"<sid>\"}", text 32 "40{\"sid\":\"<sid>\"}" | alive"#),
                (520, r#"text 30 "CONNECTED\nversion:1.2\n\n\x00" | alive"#),
                (523, r#"binary 4 " \x02\x00\x00" | alive"#),
                (525, r#"HTTP/1.1 101 X {A: b}, text 1 "o" | alive"#),
            ]),
            ["Engine.IO 4", "Socket.IO", "STOMP", "MQTT 3.1.1", "SockJS"]
        );
    }

    #[test]
    fn an_echo_is_no_answer() {
        assert!(
            of(&[
                (312, r#"text 2 "40" | alive"#),
                (520, r#"text 48 "CONNECT\naccept-version:1.2" | alive"#),
                (521, r#"text 26 "{\"type\":\"connection_init\"}" | alive"#),
                (524, r#"text 36 "[1,\"realm1\"" | alive"#),
                (525, r#"text 5 "other" | alive"#),
            ])
            .is_empty()
        );
    }
}
