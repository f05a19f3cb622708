//! 500: offers of subprotocols.

use super::{Edit, Opening, Probe, ProbeId, Risk, Step};

macro_rules! offer {
    ($number:literal, $reversed:literal, $summary:literal) => {
        Probe {
            id: ProbeId::new($number),
            summary: $summary,
            why: "Which subprotocol is taken when none is meant: the first offered, the last, none, or a refusal.",
            reference: "RFC 6455 sections 1.9 and 4.2.2",
            risk: Risk::Polite,
            opening: Opening::Upgrade(&[Edit::OfferSubprotocols { reversed: $reversed }]),
            script: &[Step::Fence],
        }
    };
}

pub(super) const PROBES: &[Probe] = &[
    offer!(500, false, "an offer of all subprotocols in the IANA registry (2021)"),
    offer!(501, true, "the offer of 500 reversed"),
];

/// The IANA WebSocket Subprotocol Name Registry (RFC 6455 section 11.5) as of 2021.
pub(super) const IANA: &[&str] = &[
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
