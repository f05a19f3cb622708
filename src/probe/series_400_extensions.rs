//! 400: offers of extensions.

use super::{Edit, Opening, Probe, ProbeId, Risk, Step};

macro_rules! offer {
    ($number:literal, $value:literal, $summary:literal, $risk:expr) => {
        Probe {
            id: ProbeId::new($number),
            summary: $summary,
            why: "Which extensions are taken, how the parameters are answered, in what order and with what spacing; \
                  unknown or unacceptable parameters are declined, refused with 400, or end the connection.",
            reference: "RFC 7692 section 7.1, RFC 6455 section 9.1",
            risk: $risk,
            opening: Opening::Upgrade(&[Edit::Set("Sec-WebSocket-Extensions", $value)]),
            script: &[Step::Fence],
        }
    };
}

pub(super) const PROBES: &[Probe] = &[
    offer!(
        400,
        "permessage-deflate, deflate-frame, bbf-usp-protocol, superspeed, colormode, client_max_window_bits, \
         server_max_window_bits=10, mux, x-webkit-deflate-frame",
        "an offer of nine extensions, permessage-deflate first",
        Risk::Polite
    ),
    offer!(
        401,
        "x-webkit-deflate-frame, mux, server_max_window_bits=10, client_max_window_bits, colormode, superspeed, \
         bbf-usp-protocol, deflate-frame, permessage-deflate",
        "the offer of 400 reversed, permessage-deflate last",
        Risk::Polite
    ),
    offer!(
        402,
        "permessage-deflate; client_max_window_bits",
        "an offer of permessage-deflate as browsers send it",
        Risk::Polite
    ),
    offer!(
        403,
        "permessage-deflate; client_max_window_bits; server_max_window_bits=7",
        "an offer of permessage-deflate with a window of 7 bits (8 is the least)",
        Risk::Malformed
    ),
    offer!(
        404,
        "permessage-deflate; client_max_window_bits; server_max_window_bits=16",
        "an offer of permessage-deflate with a window of 16 bits (15 is the most)",
        Risk::Malformed
    ),
    offer!(
        405,
        "permessage-deflate; client_max_window_bits; server_max_window_bits=08",
        "an offer of permessage-deflate with a window of `08` bits (leading zeros are forbidden)",
        Risk::Malformed
    ),
];
