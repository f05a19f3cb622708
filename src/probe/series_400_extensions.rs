//! 400: offers of extensions.

use super::{Edit, Opening, Probe, ProbeId, Risk, TEMPLATE};

const OFFER: Probe = Probe {
    why: "Which extensions are taken, how the parameters are answered, in what order and with what spacing; \
          unknown or unacceptable parameters are declined, refused with 400, or end the connection.",
    reference: "RFC 7692 section 7.1, RFC 6455 section 9.1",
    group: "extension offers",
    ..TEMPLATE
};

/// Who is known to die of many offers at once, one of them not as the grammar wants it: `server_max_window_bits=10` is no extension's name.
const OFFERS_KILL: &[&str] = &["ttyd 1.7.7"];

macro_rules! offer {
    ($number:literal, $value:literal, $summary:literal, $risk:expr) => {
        Probe {
            id: ProbeId::new($number),
            summary: $summary,
            risk: $risk,
            opening: Opening::Upgrade(&[Edit::Set("Sec-WebSocket-Extensions", $value)]),
            ..OFFER
        }
    };
}

pub(super) const PROBES: &[Probe] = &[
    Probe {
        kills: OFFERS_KILL,
        ..offer!(
            400,
            "permessage-deflate, deflate-frame, bbf-usp-protocol, superspeed, colormode, client_max_window_bits, \
         server_max_window_bits=10, mux, x-webkit-deflate-frame",
            "an offer of nine extensions, permessage-deflate first",
            Risk::Malformed
        )
    },
    Probe {
        kills: OFFERS_KILL,
        ..offer!(
            401,
            "x-webkit-deflate-frame, mux, server_max_window_bits=10, client_max_window_bits, colormode, superspeed, \
         bbf-usp-protocol, deflate-frame, permessage-deflate",
            "the offer of 400 reversed, permessage-deflate last",
            Risk::Malformed
        )
    },
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
    offer!(410, "permessage-deflate", "an offer of permessage-deflate without parameters", Risk::Polite),
    offer!(
        411,
        "permessage-deflate; server_max_window_bits=8",
        "an offer with `server_max_window_bits=8`",
        Risk::Polite
    ),
    offer!(
        412,
        "permessage-deflate; server_max_window_bits=15",
        "an offer with `server_max_window_bits=15`",
        Risk::Polite
    ),
    offer!(
        413,
        "permessage-deflate; server_no_context_takeover",
        "an offer with `server_no_context_takeover`",
        Risk::Polite
    ),
    offer!(
        414,
        "permessage-deflate; client_no_context_takeover",
        "an offer with `client_no_context_takeover`",
        Risk::Polite
    ),
    offer!(
        415,
        "permessage-deflate; client_max_window_bits=10",
        "an offer with `client_max_window_bits=10`",
        Risk::Polite
    ),
    offer!(
        416,
        "permessage-deflate; stews=1",
        "an offer of permessage-deflate with an unknown parameter",
        Risk::Malformed
    ),
    offer!(
        417,
        "permessage-deflate; server_max_window_bits=10; server_max_window_bits=10",
        "an offer of permessage-deflate with a parameter twice",
        Risk::Malformed
    ),
    offer!(
        418,
        "permessage-deflate; server_max_window_bits=10, permessage-deflate",
        "two offers of permessage-deflate, the second without parameters",
        Risk::Polite
    ),
    offer!(
        419,
        "permessage-deflate; server_max_window_bits=\"10\"",
        "an offer with a quoted parameter, `server_max_window_bits=\"10\"`",
        Risk::Polite
    ),
    offer!(420, "x-webkit-deflate-frame", "an offer of x-webkit-deflate-frame alone", Risk::Polite),
    offer!(
        421,
        "permessage-deflate; server_max_window_bits",
        "an offer with `server_max_window_bits` and no value",
        Risk::Malformed
    ),
    offer!(
        422,
        "permessage-deflate;;",
        "an offer that does not keep to the grammar, `permessage-deflate;;`",
        Risk::Malformed
    ),
    offer!(423, "PerMessage-Deflate", "an offer of `PerMessage-Deflate`", Risk::Polite),
    offer!(424, "x-stews", "an offer of an extension that nobody knows", Risk::Polite),
    offer!(
        425,
        "permessage-deflate; server_max_window_bits=7",
        "an offer with `server_max_window_bits=7` alone",
        Risk::Malformed
    ),
];
