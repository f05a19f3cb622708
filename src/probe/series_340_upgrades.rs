//! 340: the key, Upgrade, Connection, and Origin.

use super::{Edit, Opening, Probe, ProbeId, Risk, TEMPLATE};

/// Who is known to die of a request that does not ask for an upgrade in full.
const NO_UPGRADE_KILLS: &[&str] = &["nodejs-websocket 0.1.5 to 1.2.0"];

/// Who is known to die of an upgrade on a connection that is to end with its response.
pub(super) const ENDED_REQUEST_KILLS: &[&str] = &["Swoole 6.1.3 and 6.2.2"];

const KEY: Probe = Probe {
    why: "What a key must be: anything, not empty, twenty-four characters, base64, or base64 of sixteen bytes. The \
          refusal's status and words differ, and some hand the request on as an ordinary one.",
    reference: "RFC 6455 section 4.2.1, item 5",
    group: "key grammar",
    ..TEMPLATE
};

const UPGRADE: Probe = Probe {
    why: "Compared as a whole or as a list, with or without case, required once or at all; a request that does not ask \
          for an upgrade is refused with words, with 426, or answered as an ordinary one.",
    reference: "RFC 6455 section 4.2.1, items 3 and 4",
    group: "Upgrade and Connection",
    ..TEMPLATE
};

const ORIGIN: Probe = Probe {
    why: "Some check by default that a browser's page comes from the same host, some want an Origin, most never look.",
    reference: "RFC 6455 section 10.2",
    group: "Origin",
    risk: Risk::Polite,
    ..TEMPLATE
};

pub(super) const PROBES: &[Probe] = &[
    edited!(KEY, 340, "a handshake without Sec-WebSocket-Key", Edit::Remove("Sec-WebSocket-Key")),
    edited!(KEY, 341, "a handshake with an empty key", Edit::Set("Sec-WebSocket-Key", "")),
    edited!(KEY, 342, "a key of fifteen bytes", Edit::Set("Sec-WebSocket-Key", "c3Rld3MgYnkgYnl0ZXMh")),
    edited!(KEY, 343, "a key of seventeen bytes", Edit::Set("Sec-WebSocket-Key", "c2V2ZW50ZWVuIGJ5dGVzISE=")),
    edited!(
        KEY,
        344,
        "a key of twenty-four characters that are not base64",
        Edit::Set("Sec-WebSocket-Key", "!!not-base64-at-all-no!!")
    ),
    edited!(KEY, 345, "a handshake with two keys", Edit::Add("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")),
    Probe { kills: NO_UPGRADE_KILLS, ..edited!(UPGRADE, 350, "a handshake without Upgrade", Edit::Remove("Upgrade")) },
    edited!(UPGRADE, 351, "`Upgrade: foo, websocket`", Edit::Set("Upgrade", "foo, websocket")),
    edited!(UPGRADE, 352, "`Upgrade: WebSocket`", Edit::Set("Upgrade", "WebSocket")),
    Probe {
        kills: &["iodine 0.7.58"],
        ..edited!(UPGRADE, 353, "two fields Upgrade, both `websocket`", Edit::Add("Upgrade", "websocket"))
    },
    edited!(UPGRADE, 354, "`Upgrade: websocket/13`", Edit::Set("Upgrade", "websocket/13")),
    Probe { kills: &["nodejs-websocket 1.2.0"], ..edited!(UPGRADE, 355, "an empty Upgrade", Edit::Set("Upgrade", "")) },
    Probe {
        kills: NO_UPGRADE_KILLS,
        ..edited!(UPGRADE, 360, "a handshake without Connection", Edit::Remove("Connection"))
    },
    edited!(UPGRADE, 361, "`Connection: keep-alive, Upgrade`", Edit::Set("Connection", "keep-alive, Upgrade")),
    edited!(UPGRADE, 362, "`Connection: upgrade`", Edit::Set("Connection", "upgrade")),
    edited!(
        UPGRADE,
        363,
        "two fields Connection, `keep-alive` and `Upgrade`",
        Edit::Set("Connection", "keep-alive"),
        Edit::Add("Connection", "Upgrade")
    ),
    Probe {
        kills: ENDED_REQUEST_KILLS,
        ..edited!(UPGRADE, 364, "`Connection: close`", Edit::Set("Connection", "close"))
    },
    edited!(UPGRADE, 365, "`Connection: upgrade;q=1`", Edit::Set("Connection", "upgrade;q=1")),
    edited!(ORIGIN, 366, "a handshake without Origin", Edit::Remove("Origin")),
    edited!(ORIGIN, 367, "a foreign Origin", Edit::Set("Origin", "https://stews.invalid")),
    edited!(ORIGIN, 368, "`Origin: null`", Edit::Set("Origin", "null")),
];
