//! What is wrong with how frames and messages are taken.

use super::rule::{Nature, Rule, Severity, Shows, Sign};

const FRAMES: Rule = Rule {
    id: "",
    title: "",
    severity: Severity::Low,
    nature: Nature::Conformance,
    section: "RFC 6455 section 5.2",
    meaning: "",
    signs: &[],
};

/// Probes after which it goes on.
const fn going_on(probes: &'static [u16]) -> Sign {
    Sign { probes, shows: Shows::GoesOn }
}

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "takes-unmasked-frames",
        title: "Frames without a mask are taken",
        section: "RFC 6455 section 5.1",
        meaning: "A server must close the connection on a client's frame that has no mask. Masks keep scripts in browsers from writing bytes of \
                  their choice past proxies; who takes frames without them serves clients that keep to no such rule.",
        signs: &[going_on(&[120, 121, 122, 123, 124, 126, 139])],
        ..FRAMES
    },
    Rule {
        id: "takes-reserved-opcodes",
        title: "Frames with a reserved opcode do not end the connection",
        meaning: "What a frame with an opcode of no meaning holds is passed over, or given to the application as a message. A proxy or filter that \
                  looks at messages may take it otherwise than the server.",
        signs: &[going_on(&[807, 110, 111, 112, 113, 114, 115, 116, 117, 118, 119, 135])],
        ..FRAMES
    },
    Rule {
        id: "takes-reserved-bits",
        title: "Reserved bits are taken though no extension gives them a meaning",
        meaning: "A frame whose reserved bits are set is read as if they were not. Who inspects the traffic may hold it for compressed, and not look \
                  into what the server takes for plain.",
        signs: &[going_on(&[
            200, 203, 210, 220, 201, 202, 204, 205, 206, 211, 212, 213, 214, 215, 216, 221, 222, 223, 224, 225, 226,
            136,
        ])],
        ..FRAMES
    },
    Rule {
        id: "takes-invalid-utf8",
        title: "Text that is not UTF-8 is taken",
        section: "RFC 6455 section 8.1",
        meaning: "Text messages reach the application unchecked, or with other characters in place of wrong bytes. An application that counts on UTF-8 \
                  may fail on it, store it, or send it on to other users, whose browsers close the connection on it.",
        signs: &[going_on(&[840, 841, 845, 848, 842, 843])],
        ..FRAMES
    },
    Rule {
        id: "takes-invalid-utf8-in-close",
        title: "A Close whose reason is not UTF-8 is answered with that reason",
        severity: Severity::Info,
        section: "RFC 6455 section 5.5.1",
        meaning: "The reason of a Close must be UTF-8. That it comes back says that it is not checked.",
        signs: &[Sign { probes: &[903], shows: Shows::ReturnsReason }],
        ..FRAMES
    },
    Rule {
        id: "takes-fragmented-control-frames",
        title: "Control frames in fragments are taken",
        section: "RFC 6455 section 5.5",
        meaning: "Control frames must not be fragmented. A server that takes them may lose count of what belongs to which message.",
        signs: &[going_on(&[820, 821, 826, 137])],
        ..FRAMES
    },
    Rule {
        id: "takes-long-control-frames",
        title: "Control frames of more than 125 bytes are taken",
        section: "RFC 6455 section 5.5",
        meaning: "Control frames carry at most 125 bytes, so that they can be answered at once and without a buffer. Who takes longer ones sends back as \
                  much as it is sent, limits on messages or not.",
        signs: &[going_on(&[823, 824]), Sign { probes: &[825], shows: Shows::ReturnsBadClose }],
        ..FRAMES
    },
    Rule {
        id: "takes-stray-continuations",
        title: "A continuation with nothing to continue does not end the connection",
        section: "RFC 6455 section 5.4",
        meaning: "A fragment that belongs to no message is passed over or taken for one. A proxy or filter that puts messages together may do so \
                  otherwise than the server.",
        signs: &[going_on(&[104, 806])],
        ..FRAMES
    },
    Rule {
        id: "takes-interleaved-messages",
        title: "A new message inside an unfinished one is taken",
        section: "RFC 6455 section 5.4",
        meaning: "The fragments of two messages must not be mixed. Which of them the server drops or runs together is its own affair, and a proxy or \
                  filter may see another message than the application.",
        signs: &[going_on(&[802, 803])],
        ..FRAMES
    },
    Rule {
        id: "returns-invalid-close-codes",
        title: "Close codes that must not be sent are answered in kind",
        severity: Severity::Info,
        section: "RFC 6455 section 7.4",
        meaning: "Codes that are reserved or out of range come back, so that the server sends itself what no endpoint may send.",
        signs: &[Sign {
            probes: &[911, 916, 928, 937, 910, 917, 918, 927, 929, 930, 931, 936, 138],
            shows: Shows::ReturnsCode,
        }],
        ..FRAMES
    },
    Rule {
        id: "returns-half-a-close-code",
        title: "A Close of one byte is answered in kind",
        severity: Severity::Info,
        section: "RFC 6455 section 5.5.1",
        meaning: "A Close with a payload begins with a code of two bytes. That one byte comes back says that it is not read.",
        signs: &[Sign { probes: &[105], shows: Shows::ReturnsBadClose }],
        ..FRAMES
    },
    Rule {
        id: "speaks-after-close",
        title: "A message is sent after the Close",
        severity: Severity::Info,
        section: "RFC 6455 section 5.5.1",
        meaning: "After its Close an endpoint must send no more data: messages are still worked on that came when all was over.",
        signs: &[Sign { probes: &[904], shows: Shows::SpeaksAfterClose }],
        ..FRAMES
    },
    Rule {
        id: "takes-long-length-forms",
        title: "Lengths in a longer form than needed are taken",
        severity: Severity::Info,
        meaning: "The shortest form of a length must be sent; most servers do not check it. By itself it does no harm; filters that compare bytes can be \
                  passed by it.",
        signs: &[going_on(&[830, 831, 832, 833])],
        ..FRAMES
    },
    Rule {
        id: "takes-impossible-lengths",
        title: "A length whose top bit is set is waited for",
        meaning: "The top bit of a length must be 0. Where such a length is read as a negative number, servers have been known to loop or to die; this one \
                  did not refuse it.",
        signs: &[Sign { probes: &[641], shows: Shows::Waits }],
        ..FRAMES
    },
    Rule {
        id: "waits-for-long-frames",
        title: "Frames of more than 64 MiB are not refused by their length",
        nature: Nature::Hardening,
        section: "RFC 6455 section 10.4",
        meaning: "The head of a frame says how long it is, and this server waits for all of it. Where it keeps what has come until the frame is whole, a \
                  few clients can fill its memory. A limit on messages of what the application needs would end that.",
        signs: &[Sign { probes: &[640, 636, 635, 634, 633, 632], shows: Shows::Waits }],
        ..FRAMES
    },
    Rule {
        id: "keeps-compression-context",
        title: "Compression keeps its context from message to message",
        severity: Severity::Info,
        nature: Nature::Hardening,
        section: "RFC 7692 section 8",
        meaning: "Where messages hold a secret beside text that somebody else chooses, the length of what is compressed can tell the secret (as in CRIME \
                  and BREACH), over several messages too. The context also costs memory for each connection. `server_no_context_takeover` does \
                  without it.",
        signs: &[Sign { probes: &[402, 410, 411, 412, 414], shows: Shows::KeepsContext }],
    },
    Rule {
        id: "masks-its-frames",
        title: "The server masks its frames",
        section: "RFC 6455 section 5.1",
        meaning: "A server must not mask, and a client must close the connection where it does: browsers cannot talk to it.",
        signs: &[Sign { probes: &[], shows: Shows::Masks }],
        ..FRAMES
    },
];
