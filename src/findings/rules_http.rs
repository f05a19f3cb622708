//! What is wrong with how the request is read that asks for a WebSocket (RFC 9112).

use super::rule::{Nature, Rule, Severity, Shows, Sign};

const HTTP: Rule = Rule {
    id: "",
    title: "",
    severity: Severity::Low,
    nature: Nature::Conformance,
    section: "RFC 9112 section 5",
    meaning: "",
    signs: &[],
};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "takes-bad-host",
        title: "Requests without a Host, or with two or a wrong one, are taken",
        section: "RFC 9112 section 3.2",
        meaning: "Such a request must be refused. Where a proxy and the server take a different host for the one that is meant, what is allowed for one can \
                  be asked of the other.",
        signs: &[Sign::opening(&[380, 381, 382])],
        ..HTTP
    },
    Rule {
        id: "takes-bare-line-feeds",
        title: "A bare line feed ends a field",
        severity: Severity::Info,
        nature: Nature::Hardening,
        section: "RFC 9112 section 2.2",
        meaning: "That is allowed; but where a proxy in front takes it for a part of the value, a field can be hidden from it.",
        signs: &[Sign::opening(&[387])],
    },
    Rule {
        id: "takes-folded-fields",
        title: "Fields folded over several lines are taken",
        severity: Severity::Info,
        nature: Nature::Hardening,
        section: "RFC 9112 section 5.2",
        meaning: "A server may refuse such a field or read it as one line; a proxy that does otherwise sees other fields.",
        signs: &[Sign::opening(&[385])],
    },
    Rule {
        id: "takes-space-before-colon",
        title: "A space between the name of a field and its colon is taken",
        section: "RFC 9112 section 5.1",
        meaning: "Such a request must be refused with 400: servers and proxies that read the name with and without the space have let requests be smuggled.",
        signs: &[Sign::opening(&[386])],
        ..HTTP
    },
    Rule {
        id: "takes-control-characters",
        title: "Control characters in the value of a field are taken",
        severity: Severity::Info,
        nature: Nature::Hardening,
        section: "RFC 9110 section 5.5",
        meaning: "A NUL must be refused or made a space, others should not be there. Who cuts the value at them sees another one than who does not.",
        signs: &[Sign::opening(&[390, 393])],
    },
    Rule {
        id: "takes-lines-that-are-no-fields",
        title: "Lines that are no fields are passed over",
        meaning: "A line without a colon, or a control character in the name of a field, should end a request with 400. Where a proxy reads such a line \
                  otherwise, a field can be hidden from one of the two.",
        signs: &[Sign::opening(&[394, 397, 398])],
        ..HTTP
    },
    Rule {
        id: "takes-invalid-content-length",
        title: "A Content-Length that is no number is taken",
        section: "RFC 9112 section 6.3",
        meaning: "How long a request is cannot be told then, and it must be refused: a proxy that reads the length otherwise takes something else for the \
                  next request.",
        signs: &[Sign::opening(&[330, 331])],
        ..HTTP
    },
    Rule {
        id: "takes-two-lengths",
        title: "A request with both Content-Length and Transfer-Encoding is taken",
        severity: Severity::Info,
        nature: Nature::Hardening,
        section: "RFC 9112 section 6.3",
        meaning: "A server may refuse such a request, and had better: it is how requests are smuggled past a proxy that goes by the other field.",
        signs: &[Sign::opening(&[333])],
    },
    Rule {
        id: "takes-content-for-frames",
        title: "The content of the handshake is read as frames",
        section: "RFC 9112 section 6.3",
        meaning: "The handshake had content that its length was told of, and the server answered it as a message. Where a request ends is read otherwise \
                  than by a proxy in front, which passes the content on as a part of the request.",
        signs: &[Sign { probes: &[334], shows: Shows::AnswersContent }],
        ..HTTP
    },
];
