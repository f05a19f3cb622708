//! 370: the request line, Host, the grammar of fields, and what follows the request.

use super::{Edit, Frame, Layer, Opening, Payload, Probe, ProbeId, TEMPLATE};
use crate::wire::Opcode;

const LINE: Probe = Probe {
    why: "The HTTP stack decides before the WebSocket does: which methods, versions and forms of target it takes, with \
          which status and page it refuses the others.",
    reference: "RFC 6455 section 4.2.1, item 1; RFC 9112 section 3",
    group: "request line",
    layer: Layer::Edge,
    ..TEMPLATE
};

const HOST: Probe = Probe {
    why: "HTTP/1.1 wants exactly one valid Host: refused by the HTTP stack, by the WebSocket, or by nobody.",
    reference: "RFC 9112 section 3.2",
    group: "Host",
    layer: Layer::Edge,
    ..TEMPLATE
};

const FIELDS: Probe = Probe {
    why: "HTTP parsers differ in what they forgive and where their limits are; a proxy in front has its own.",
    reference: "RFC 9112 sections 2.2 and 5",
    group: "field grammar",
    layer: Layer::Edge,
    ..TEMPLATE
};

const EARLY: Probe = Probe {
    why: "Bytes behind the request are kept for the WebSocket, dropped, or taken for an error.",
    reference: "RFC 6455 section 4.1",
    group: "frames with the handshake",
    ..TEMPLATE
};

/// A field whose value runs on in a line that begins with a space.
const FOLDED: Edit = Edit::Add("X-Stews", "folded\r\n line");

pub(super) const PROBES: &[Probe] = &[
    edited!(
        LINE,
        370,
        "the handshake as a POST",
        Edit::StartLine("POST {path} HTTP/1.1"),
        Edit::Add("Content-Length", "0")
    ),
    Probe {
        kills: super::series_340_upgrades::ENDED_REQUEST_KILLS,
        ..edited!(LINE, 371, "the handshake in HTTP/1.0", Edit::StartLine("GET {path} HTTP/1.0"))
    },
    edited!(LINE, 372, "the handshake in HTTP/1.2", Edit::StartLine("GET {path} HTTP/1.2")),
    edited!(LINE, 373, "the handshake in HTTP/2.0, as text", Edit::StartLine("GET {path} HTTP/2.0")),
    edited!(LINE, 374, "a target in absolute form", Edit::StartLine("GET {url} HTTP/1.1")),
    edited!(LINE, 375, "a target that begins with `//`", Edit::StartLine("GET /{path} HTTP/1.1")),
    edited!(LINE, 376, "a target with a fragment", Edit::StartLine("GET {path}#stews HTTP/1.1")),
    edited!(LINE, 377, "the handshake as OPTIONS", Edit::StartLine("OPTIONS {path} HTTP/1.1")),
    edited!(LINE, 378, "the method in lower case", Edit::StartLine("get {path} HTTP/1.1")),
    edited!(LINE, 379, "two spaces before the version of HTTP", Edit::StartLine("GET {path}  HTTP/1.1")),
    edited!(HOST, 380, "a handshake without Host", Edit::Remove("Host")),
    edited!(HOST, 381, "two fields Host", Edit::Add("Host", "stews.invalid")),
    edited!(HOST, 382, "a Host with a port that is no number", Edit::Set("Host", "stews.invalid:port")),
    edited!(FIELDS, 385, "a field folded over two lines", FOLDED),
    edited!(FIELDS, 386, "a space before the colon of a field", Edit::Add("X-Stews ", "spaced")),
    edited!(FIELDS, 387, "a field that ends with a bare line feed", Edit::Add("X-Stews", "bare\nX-Stews-Next: next")),
    edited!(FIELDS, 388, "a field of sixteen KiB", Edit::LongField(16 * 1024)),
    edited!(FIELDS, 389, "two hundred fields", Edit::ManyFields(200)),
    edited!(FIELDS, 390, "a NUL in the value of a field", Edit::Add("X-Stews", "nul\0")),
    edited!(
        FIELDS,
        391,
        "a GET with content (Content-Length: 5)",
        Edit::Add("Content-Length", "5"),
        Edit::Content(b"stews")
    ),
    edited!(
        FIELDS,
        392,
        "a GET with chunked content",
        Edit::Add("Transfer-Encoding", "chunked"),
        Edit::Content(b"5\r\nstews\r\n0\r\n\r\n")
    ),
    Probe {
        kills: &["Faye 0.8.0 to 0.9.3"],
        ..edited!(
            EARLY,
            395,
            "a text message in the same write as the handshake",
            Edit::Pipeline(&[Frame::new(Opcode::TEXT, Payload::QUOTE)])
        )
    },
    edited!(
        EARLY,
        396,
        "a frame with RSV2 in the same write as the handshake",
        Edit::Pipeline(&[Frame::new(Opcode::TEXT, Payload::QUOTE).rsv(2)])
    ),
];
