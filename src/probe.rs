//! What is sent: every probe is data, with the reason why servers answer it differently.
//!
//! A probe opens a connection with a handshake, legal or not, and then plays a script of steps.
//! It observes; it never judges. Ids follow the original STEWS numbering and are never reused.

/// A probe that differs from `$base` in its opening handshake alone; what is declared here all series can use.
macro_rules! edited {
    ($base:ident, $number:literal, $summary:literal, $($edit:expr),+) => {
        Probe { id: ProbeId::new($number), summary: $summary, opening: Opening::Upgrade(&[$($edit),+]), ..$base }
    };
}

mod canonical;
mod definition;
mod frame;
mod id;
mod registry;
mod request;
mod series_100_opcodes;
mod series_200_reserved_bits;
mod series_300_versions;
mod series_330_framing;
mod series_340_upgrades;
mod series_370_requests;
mod series_400_extensions;
mod series_430_deflate;
mod series_500_subprotocols;
mod series_520_applications;
mod series_600_long_payloads;
mod series_620_declared_lengths;
mod series_700_drafts;
mod series_800_messages;
mod series_820_control_frames;
mod series_840_utf8;
mod series_900_close;
mod series_940_ping;
mod variation;

#[cfg(feature = "nats")]
pub(crate) use canonical::hex;
pub use canonical::set_hash;
use definition::TEMPLATE;
pub use definition::{Edit, Layer, Opening, Probe, Risk, Step};
pub use frame::{Frame, Payload};
pub use id::{ProbeId, UnknownProbe};
pub use registry::{ALL, BASELINE, default_set, find, gentle_set};
pub(crate) use request::users_subprotocols;
pub use request::{RequestContext, plain_request, request};
pub use variation::{Segments, Variation};

#[cfg(test)]
mod tests;
