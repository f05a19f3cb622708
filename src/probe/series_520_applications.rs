//! 520: protocols that applications speak over WebSocket, asked for by their subprotocol and first message.

use super::{Edit, Frame, Layer, Opening, Payload, Probe, ProbeId, Risk, Step, TEMPLATE};
use crate::wire::Opcode;

const APPLICATION: Probe = Probe {
    why: "Who speaks the protocol takes the subprotocol and answers the message in it; others echo, ignore or refuse it.",
    group: "application protocols",
    risk: Risk::Polite,
    layer: Layer::App,
    ..TEMPLATE
};

const FIELD: &str = "Sec-WebSocket-Protocol";

pub(super) const PROBES: &[Probe] = &[
    Probe {
        id: ProbeId::new(520),
        summary: "STOMP 1.2: a CONNECT frame",
        reference: "STOMP 1.2 protocol, section \"Connecting\"",
        opening: Opening::Upgrade(&[Edit::Set(FIELD, "v12.stomp")]),
        script: &[
            Step::Send(Frame::new(
                Opcode::TEXT,
                Payload::Exact(b"CONNECT\naccept-version:1.2\nhost:stews.invalid\n\n\0"),
            )),
            Step::Fence,
        ],
        ..APPLICATION
    },
    Probe {
        id: ProbeId::new(521),
        summary: "GraphQL over WebSocket (graphql-transport-ws): connection_init",
        reference: "GraphQL over WebSocket protocol, \"ConnectionInit\"",
        opening: Opening::Upgrade(&[Edit::Set(FIELD, "graphql-transport-ws")]),
        script: &[Step::Send(Frame::new(Opcode::TEXT, Payload::Exact(b"{\"type\":\"connection_init\"}"))), Step::Fence],
        ..APPLICATION
    },
    Probe {
        id: ProbeId::new(522),
        summary: "GraphQL subscriptions (graphql-ws, the older protocol): connection_init",
        reference: "GraphQL subscriptions-transport-ws protocol, \"GQL_CONNECTION_INIT\"",
        opening: Opening::Upgrade(&[Edit::Set(FIELD, "graphql-ws")]),
        script: &[
            Step::Send(Frame::new(Opcode::TEXT, Payload::Exact(b"{\"type\":\"connection_init\",\"payload\":{}}"))),
            Step::Fence,
        ],
        ..APPLICATION
    },
    Probe {
        id: ProbeId::new(523),
        summary: "MQTT 3.1.1: a CONNECT packet with a clean session",
        reference: "MQTT 3.1.1 protocol, sections 3.1 and 6",
        opening: Opening::Upgrade(&[Edit::Set(FIELD, "mqtt")]),
        script: &[
            Step::Send(Frame::new(
                Opcode::BINARY,
                Payload::Exact(b"\x10\x11\x00\x04MQTT\x04\x02\x00\x1e\x00\x05stews"),
            )),
            Step::Fence,
        ],
        ..APPLICATION
    },
    Probe {
        id: ProbeId::new(524),
        summary: "WAMP 2: a HELLO to realm1",
        reference: "WAMP protocol, section \"Session Establishment\"",
        opening: Opening::Upgrade(&[Edit::Set(FIELD, "wamp.2.json")]),
        script: &[
            Step::Send(Frame::new(Opcode::TEXT, Payload::Exact(b"[1,\"realm1\",{\"roles\":{\"caller\":{}}}]"))),
            Step::Fence,
        ],
        ..APPLICATION
    },
    Probe {
        id: ProbeId::new(525),
        summary: "SockJS: its WebSocket transport below the target, which greets with `o`",
        reference: "SockJS protocol 0.3, section \"WebSocket transport\"",
        opening: Opening::Upgrade(&[Edit::StartLine("GET {folder}/000/stews/websocket{query} HTTP/1.1")]),
        ..APPLICATION
    },
];
