//! What is wrong with which handshakes open a WebSocket (RFC 6455 section 4).

use super::rule::{Nature, Rule, Severity, Shows, Sign};

const HANDSHAKE: Rule = Rule {
    id: "",
    title: "",
    severity: Severity::Low,
    nature: Nature::Conformance,
    section: "RFC 6455 section 4.2.1",
    meaning: "",
    signs: &[],
};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "opens-for-foreign-origin",
        title: "Pages of other sites may open it",
        severity: Severity::Medium,
        nature: Nature::Hardening,
        section: "RFC 6455 section 10.2",
        meaning: "A WebSocket was opened for an Origin that is not the target's. Where cookies or the network let users in, any page that a user visits \
                  can speak to it in the user's name and read the answers (cross-site WebSocket hijacking). Where each connection brings a token of \
                  its own, or all is public, it does no harm.",
        signs: &[Sign { probes: &[367, 368], shows: Shows::OpensForForeignOrigin }],
    },
    Rule {
        id: "opens-without-key",
        title: "It opens without a key",
        meaning: "The key proves that a client means to speak WebSocket, and is no script that writes a request by other means. A handshake without \
                  one, or with an empty one, must be refused.",
        signs: &[Sign::opening(&[340, 341])],
        ..HANDSHAKE
    },
    Rule {
        id: "opens-with-bad-key",
        title: "It opens with a key that is none",
        severity: Severity::Info,
        meaning: "A key is sixteen bytes in base64. One of another length, or in another alphabet, is not looked at.",
        signs: &[Sign::opening(&[342, 343, 344])],
        ..HANDSHAKE
    },
    Rule {
        id: "opens-with-two-keys",
        title: "It opens with two keys",
        severity: Severity::Info,
        section: "RFC 6455 section 11.3.1",
        meaning: "The key must come once. Where a proxy and the server take a different one of two, they disagree about the answer.",
        signs: &[Sign::opening(&[345])],
        ..HANDSHAKE
    },
    Rule {
        id: "opens-without-version",
        title: "It opens without a version",
        severity: Severity::Info,
        meaning: "A handshake without Sec-WebSocket-Version, or with an empty one, is of no version that is known, and must be refused.",
        signs: &[Sign::opening(&[327, 700])],
        ..HANDSHAKE
    },
    Rule {
        id: "opens-with-bad-version",
        title: "It opens for a version that there is not",
        severity: Severity::Info,
        section: "RFC 6455 section 4.2.2",
        meaning: "A version that is not understood must be refused with those that are. Here it is read in part, or not at all.",
        signs: &[Sign::opening(&[326, 302, 303, 325, 304, 307, 308, 320, 321, 322, 323, 324])],
        ..HANDSHAKE
    },
    Rule {
        id: "opens-with-two-versions",
        title: "It opens with two different versions",
        severity: Severity::Info,
        section: "RFC 6455 section 11.3.5",
        meaning: "The version must come once. Where a proxy and the server take a different one of two, they disagree about what is spoken.",
        signs: &[Sign::opening(&[329])],
        ..HANDSHAKE
    },
    Rule {
        id: "opens-without-upgrade",
        title: "It opens though Upgrade does not name websocket",
        section: "RFC 9110 section 7.8",
        meaning: "A server must not switch to a protocol that was not asked for. A proxy that sees no upgrade goes on to read HTTP where the server has \
                  gone over to frames, so that what a client sends there may pass for a request or an answer of somebody else.",
        signs: &[Sign::opening(&[701, 350, 355])],
        ..HANDSHAKE
    },
    Rule {
        id: "opens-without-connection",
        title: "It opens though Connection does not name upgrade",
        section: "RFC 9110 section 7.8",
        meaning: "Without `Connection: upgrade` the field Upgrade is not meant for the next server. A proxy that sees no upgrade goes on to read HTTP \
                  where the server has gone over to frames, so that what a client sends there may pass for a request or an answer of somebody else.",
        signs: &[Sign::opening(&[360, 364])],
        ..HANDSHAKE
    },
    Rule {
        id: "opens-for-other-methods",
        title: "It opens for another method than GET",
        meaning: "Only a GET may open a WebSocket. Rules of a proxy or of the application that go by the method do not see such a handshake for what it \
                  is.",
        signs: &[Sign::opening(&[370, 377, 378])],
        ..HANDSHAKE
    },
    Rule {
        id: "opens-for-other-http-versions",
        title: "It opens in HTTP/1.0, or in an HTTP/2.0 that is text",
        severity: Severity::Info,
        section: "RFC 9110 section 7.8",
        meaning: "Upgrade must be ignored in HTTP/1.0, where proxies pass it on without knowing what it means.",
        signs: &[Sign::opening(&[371, 373])],
        ..HANDSHAKE
    },
    Rule {
        id: "agrees-to-nothing-offered",
        title: "It agrees to an extension or a subprotocol that was not offered",
        section: "RFC 6455 section 4.1",
        meaning: "A client must close the connection on such an answer: browsers cannot talk to it.",
        signs: &[Sign { probes: &[309, 424, 510, 512], shows: Shows::AgreesToNothingOffered }],
        ..HANDSHAKE
    },
    Rule {
        id: "lacks-a-field-in-101",
        title: "Its 101 lacks what makes it a WebSocket",
        section: "RFC 6455 section 4.1",
        meaning: "Upgrade, Connection or Sec-WebSocket-Accept is missing or wrong, so that a client must close the connection: browsers cannot talk to it. \
                  What switches protocols without the right accept may be no WebSocket at all, or a proxy that answers for one.",
        signs: &[Sign { probes: &[309], shows: Shows::LacksField }],
        ..HANDSHAKE
    },
];
