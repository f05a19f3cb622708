//! 330, and what is free up to 399: requests that one release of a server takes and another refuses, since an advisory had it mended.
//!
//! Where a request ends is never left to who reads it: however a server or a proxy before it takes the length, no byte is left over that could
//! become the beginning of another request, which may be somebody else's.

use super::{Edit, Layer, Opening, Probe, ProbeId, TEMPLATE};

const FRAMING: Probe = Probe {
    why: "How long the content of a request is must be read in one way only, or a proxy and its server disagree about where the next request \
          begins. Parsers took signs, repeated codings and loose chunks until somebody showed what that is good for.",
    reference: "RFC 9112 sections 6 and 7",
    group: "request framing",
    layer: Layer::Edge,
    for_releases: true,
    ..TEMPLATE
};

const FIELDS: Probe = Probe {
    why: "Control characters and lines that are no fields were passed over, cut lines in two or became part of a name, until somebody showed \
          what that is good for.",
    reference: "RFC 9112 section 5; RFC 9110 section 5.5",
    group: "field grammar",
    layer: Layer::Edge,
    for_releases: true,
    ..TEMPLATE
};

const CHUNKED: Edit = Edit::Add("Transfer-Encoding", "chunked");

/// A text message as a client sends it, so that whoever takes it for the beginning of the conversation answers it.
const FRAME: &[u8] = b"\x81\x81\x37\xfa\x21\x3d\x10";

pub(super) const PROBES: &[Probe] = &[
    edited!(FRAMING, 330, "`Content-Length: +0`", Edit::Add("Content-Length", "+0")),
    edited!(FRAMING, 331, "`Content-Length: -1`", Edit::Add("Content-Length", "-1")),
    edited!(FRAMING, 332, "two fields `Transfer-Encoding: chunked`, and no content", CHUNKED, CHUNKED),
    edited!(
        FRAMING,
        333,
        "a Content-Length and chunked, with content that ends both at the same byte",
        Edit::Add("Content-Length", "5"),
        CHUNKED,
        Edit::Content(b"0\r\n\r\n")
    ),
    edited!(
        FRAMING,
        334,
        "a GET whose content is a text message",
        Edit::Add("Content-Length", "7"),
        Edit::Content(FRAME)
    ),
    edited!(
        FRAMING,
        335,
        "a GET with a form of several parts that is none",
        Edit::Add("Content-Type", "multipart/form-data; boundary=stews"),
        Edit::Add("Content-Length", "5"),
        Edit::Content(b"stews")
    ),
    edited!(
        FRAMING,
        336,
        "a GET with content of 8,193 bytes",
        Edit::Add("Content-Length", "8193"),
        Edit::Content(&[b'x'; 8193])
    ),
    edited!(
        FRAMING,
        337,
        "a chunk extension whose quoted value has a line end in it",
        CHUNKED,
        Edit::Content(b"5;a=\"\r\nstews\r\n0\r\n\r\n")
    ),
    edited!(
        FRAMING,
        338,
        "a chunk size that ends with a bare line feed",
        CHUNKED,
        Edit::Content(b"5\nstews\r\n0\r\n\r\n")
    ),
    edited!(FRAMING, 339, "`Transfer-Encoding: identity`", Edit::Add("Transfer-Encoding", "identity")),
    Probe {
        id: ProbeId::new(383),
        summary: "a HEAD in HTTP/0.9, which knows only GET",
        why: "Who still speaks HTTP/0.9 answers with a page and no head: to GET alone, or to whatever it is asked.",
        reference: "RFC 9112 section 2.3; RFC 1945 section 4.1",
        group: "request line",
        opening: Opening::Verbatim { start_line: "HEAD {path}", headers: &[], tail: b"" },
        ..FIELDS
    },
    edited!(FIELDS, 393, "a vertical tab in the value of a field", Edit::Add("X-Stews", "a\x0bb")),
    edited!(FIELDS, 394, "a line without a colon before all fields", Edit::StartLine("GET {path} HTTP/1.1\r\nX-Stews")),
    edited!(
        FIELDS,
        397,
        "a control character before the name of the first field",
        Edit::StartLine("GET {path} HTTP/1.1\r\n\x1fX-Stews: a")
    ),
    edited!(
        FIELDS,
        398,
        "a NUL at the end of the name of Upgrade",
        Edit::Remove("Upgrade"),
        Edit::Add("Upgrade\0", "websocket")
    ),
    Probe {
        id: ProbeId::new(399),
        summary: "the same field 128 times",
        why: "Legal, and until somebody showed what adding it up costs, limits counted names and not lines.",
        opening: Opening::Upgrade(&[Edit::Add("X-Stews", "x"); 128]),
        ..FIELDS
    },
];
