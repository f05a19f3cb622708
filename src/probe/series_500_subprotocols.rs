//! 500: offers of subprotocols.

use super::{Edit, Opening, Probe, ProbeId, Risk, TEMPLATE};

const OFFER: Probe = Probe {
    why: "Which subprotocol is taken when none is meant: the first offered, the last, none, or a refusal; and whether the \
          grammar of the offer is checked.",
    reference: "RFC 6455 sections 1.9, 4.1 and 4.2.2",
    group: "subprotocol offers",
    risk: Risk::Polite,
    ..TEMPLATE
};

macro_rules! offer {
    ($number:literal, $summary:literal, $risk:expr, $($edit:expr),+) => {
        Probe {
            id: ProbeId::new($number),
            summary: $summary,
            risk: $risk,
            opening: Opening::Upgrade(&[$($edit),+]),
            ..OFFER
        }
    };
}

const FIELD: &str = "Sec-WebSocket-Protocol";

impl Probe {
    /// The subprotocols offered by 500 and 501: the IANA registry, as the original tool sent it.
    #[must_use]
    pub fn subprotocols() -> &'static [&'static str] {
        IANA
    }
}

pub(super) const PROBES: &[Probe] = &[
    offer!(
        500,
        "an offer of all subprotocols in the IANA registry (2021)",
        Risk::Polite,
        Edit::OfferSubprotocols { reversed: false }
    ),
    offer!(501, "the offer of 500 reversed", Risk::Polite, Edit::OfferSubprotocols { reversed: true }),
    offer!(510, "an offer of one subprotocol that nobody knows", Risk::Polite, Edit::Set(FIELD, "stews-a")),
    offer!(511, "an offer of two subprotocols that nobody knows", Risk::Polite, Edit::Set(FIELD, "stews-a, stews-b")),
    offer!(512, "an empty offer of subprotocols", Risk::Malformed, Edit::Set(FIELD, "")),
    offer!(513, "an offer of one subprotocol twice", Risk::Malformed, Edit::Set(FIELD, "stews-a, stews-a")),
    offer!(514, "an offer of a subprotocol that is no token", Risk::Malformed, Edit::Set(FIELD, "stews(a)")),
    offer!(
        515,
        "two fields that offer a subprotocol each",
        Risk::Polite,
        Edit::Set(FIELD, "stews-a"),
        Edit::Add(FIELD, "stews-b")
    ),
];

/// The IANA WebSocket Subprotocol Name Registry (RFC 6455 section 11.5) as of 2021.
const IANA: &[&str] = &[
    "MBWS.huawei.com",
    "MBLWS.huawei.com",
    "soap",
    "wamp",
    "v10.stomp",
    "v11.stomp",
    "v12.stomp",
    "ocpp1.2",
    "ocpp1.5",
    "ocpp1.6",
    "ocpp2.0",
    "ocpp2.0.1",
    "rfb",
    "sip",
    "notificationchannel-netapi-rest.openmobilealliance.org",
    "wpcp",
    "amqp",
    "mqtt",
    "jsflow",
    "rwpcp",
    "xmpp",
    "ship",
    "mielecloudconnect",
    "v10.pcp.sap.com",
    "msrp",
    "v1.saltyrtc.org",
    "TLCP-2.0.0.lightstreamer.com",
    "bfcp",
    "sldp.softvelum.com",
    "opcua+uacp",
    "opcua+uajson",
    "v1.swindon-lattice+json",
    "v1.usp",
    "mles-websocket",
    "coap",
    "TLCP-2.1.0.lightstreamer.com",
    "sqlnet.oracle.com",
    "oneM2M.R2.0.json",
    "oneM2M.R2.0.xml",
    "oneM2M.R2.0.cbor",
    "transit",
    "2016.serverpush.dash.mpeg.org",
    "2018.mmt.mpeg.org",
    "clue",
    "webrtc.softvelum.com",
    "cobra.v2.json",
    "drp",
    "hub.bsc.bacnet.org",
    "dc.bsc.bacnet.org",
    "jmap",
    "t140",
    "done",
    "TLCP-2.2.0.lightstreamer.com",
    "collection-update",
];
