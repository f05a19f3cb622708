//! 700: handshakes of drafts and near misses.

use super::{Edit, Opening, Probe, ProbeId, TEMPLATE};

const DRAFT: Probe = Probe { group: "drafts and near misses", ..TEMPLATE };

pub(super) const PROBES: &[Probe] = &[
    Probe {
        id: ProbeId::new(700),
        summary: "a handshake with an empty Sec-WebSocket-Version",
        why: "Missing, empty and wrong are three cases to some, one to others; the refusal's words and status differ.",
        reference: "RFC 6455 section 4.2.1",
        opening: Opening::Upgrade(&[Edit::Set("Sec-WebSocket-Version", "")]),
        ..DRAFT
    },
    Probe {
        id: ProbeId::new(701),
        summary: "a handshake with `Upgrade: websocketa`",
        why: "Compared as a whole, as a list, or searched for the word (and then accepted); the refusals differ.",
        reference: "RFC 6455 section 4.2.1",
        opening: Opening::Upgrade(&[Edit::Set("Upgrade", "websocketa")]),
        ..DRAFT
    },
    Probe {
        id: ProbeId::new(702),
        summary: "a response in place of a request (`HTTP/1.1 101 WebSocket Protocol Handshake`)",
        why: "Shows the HTTP parser in front: its status, its page, or that it hangs up without a word.",
        reference: "RFC 9112 section 3",
        opening: Opening::Verbatim {
            start_line: "HTTP/1.1 101 WebSocket Protocol Handshake",
            headers: &[
                ("Upgrade", "websocket"),
                ("Connection", "Upgrade"),
                ("Sec-WebSocket-Origin", "{origin}"),
                ("Sec-WebSocket-Location", "{url}"),
            ],
            tail: b"",
        },
        kills: &["phrity/websocket 3.6.2"],
        ..DRAFT
    },
    Probe {
        id: ProbeId::new(703),
        summary: "a hixie-75/76 handshake for example.com without the eight bytes after it",
        why: "Old drafts are spoken, refused by name, or taken for a broken RFC 6455 handshake.",
        reference: "draft-hixie-thewebsocketprotocol-76 section 1.2",
        opening: Opening::Verbatim {
            start_line: "GET {path} HTTP/1.1",
            headers: &[
                ("Host", "example.com"),
                ("Connection", "Upgrade"),
                ("Sec-WebSocket-Key2", "12998 5 Y3 1  .P00"),
                ("Sec-WebSocket-Protocol", "sample"),
                ("Upgrade", "WebSocket"),
                ("Sec-WebSocket-Key1", "4 @1  46546xW%0l 1 5"),
                ("Origin", "{origin}"),
            ],
            tail: b"",
        },
        ..DRAFT
    },
    Probe {
        id: ProbeId::new(704),
        summary: "a hixie-76 handshake with its eight bytes",
        why: "Servers that still speak the draft answer with a 101 and sixteen bytes of MD5.",
        reference: "draft-hixie-thewebsocketprotocol-76 section 1.3",
        opening: Opening::Verbatim {
            start_line: "GET {path} HTTP/1.1",
            headers: &[
                ("Upgrade", "websocket"),
                ("Host", "{host}"),
                ("Connection", "Upgrade"),
                ("Origin", "http://www.example.com"),
                ("Sec-WebSocket-Key1", "1   38 wZ3f9 23O0 3l 0r"),
                ("Sec-WebSocket-Key2", "27   0E 6 2  1665:< ;U 1H"),
            ],
            tail: b"^n:ds[4U",
        },
        ..DRAFT
    },
    Probe {
        id: ProbeId::new(705),
        summary: "a hixie-76 handshake without Host and without its eight bytes",
        why: "A missing Host is an error of HTTP/1.1 itself, so the HTTP stack speaks before the WebSocket does.",
        reference: "RFC 9112 section 3.2",
        opening: Opening::Verbatim {
            start_line: "GET {path} HTTP/1.1",
            headers: &[
                ("Connection", "Upgrade"),
                ("Upgrade", "websocket"),
                ("Origin", "{origin}"),
                ("Sec-WebSocket-Key1", "1   38 wZ3f9 23O0 3l 0r"),
                ("Sec-WebSocket-Key2", "27   0E 6 2  1665:< ;U 1H"),
            ],
            tail: b"",
        },
        ..DRAFT
    },
];
