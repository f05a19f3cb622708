//! The one request that finds a WebSocket.

use std::net::SocketAddrV4;

use stews::probe::{self, BASELINE, RequestContext, Variation};

/// The bytes that `stews` sends first, with a key of their own.
#[must_use]
pub fn request(address: SocketAddrV4) -> Vec<u8> {
    let context = RequestContext::new(false, &address.to_string(), "/");
    probe::request(BASELINE, &context, &Variation::default()).0.encode()
}
