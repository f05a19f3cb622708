//! What is sent: every probe is data, with the reason why servers answer it differently.
//!
//! A probe opens a connection with a handshake, legal or not, and then plays a script of steps.
//! It observes; it never judges. Ids follow the original STEWS numbering and are never reused.

mod frame;
mod id;
mod series_100_opcodes;
mod series_200_reserved_bits;
mod series_300_versions;
mod series_400_extensions;
mod series_500_subprotocols;
mod series_600_long_payloads;
mod series_700_drafts;
mod variation;

use std::fmt;
use std::sync::LazyLock;

pub use frame::{Frame, Payload};
pub use id::{ProbeId, UnknownProbe};
use sha1::{Digest as _, Sha1};
pub use variation::{Segments, Variation};

/// Every probe there is, in the order of their ids.
pub static ALL: LazyLock<Vec<&'static Probe>> = LazyLock::new(|| {
    [
        series_100_opcodes::PROBES,
        series_200_reserved_bits::PROBES,
        series_300_versions::PROBES,
        series_400_extensions::PROBES,
        series_500_subprotocols::PROBES,
        series_600_long_payloads::PROBES,
        series_700_drafts::PROBES,
    ]
    .into_iter()
    .flatten()
    .collect()
});

/// The probe whose legal handshake is the baseline of every run.
pub static BASELINE: LazyLock<&'static Probe> =
    LazyLock::new(|| series_300_versions::PROBES.iter().find(|probe| probe.id == ProbeId::BASELINE).unwrap_or(ALL[0]));

/// One stimulus: an opening handshake and a script.
#[derive(Clone, Debug)]
pub struct Probe {
    /// Its number; the same word in recordings, reports and documentation.
    pub id: ProbeId,
    /// What is sent, in one line.
    pub summary: &'static str,
    /// Why implementations answer it differently.
    pub why: &'static str,
    /// The section that governs it, such as `RFC 6455 section 5.2`.
    pub reference: &'static str,
    /// What it may cost the server.
    pub risk: Risk,
    /// The opening handshake.
    pub opening: Opening,
    /// What is done once the connection has become a WebSocket.
    pub script: &'static [Step],
}

/// What a probe may cost the server it is sent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Risk {
    /// Legal traffic: nothing that an ordinary client might not send.
    Polite,
    /// Breaks a rule; costs its own connection.
    Malformed,
    /// Large payloads, declared or real; never in the default set.
    Heavy,
}

impl fmt::Display for Risk {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Polite => "polite",
            Self::Malformed => "malformed",
            Self::Heavy => "heavy",
        })
    }
}

/// How the opening handshake differs from the legal one (RFC 6455 section 4.1).
#[derive(Clone, Copy, Debug)]
pub enum Opening {
    /// The legal handshake with these changes, in order.
    Upgrade(&'static [Edit]),
    /// Other bytes altogether. `{path}`, `{host}` (with port), `{origin}` and `{url}` stand for the target's.
    Verbatim {
        /// The first line.
        start_line: &'static str,
        /// Name and value of each field, in order.
        headers: &'static [(&'static str, &'static str)],
        /// Bytes after the empty line.
        tail: &'static [u8],
    },
}

/// One change to the legal opening handshake.
#[derive(Clone, Copy, Debug)]
pub enum Edit {
    /// Gives the field this value in its place, or adds it.
    Set(&'static str, &'static str),
    /// Gives the field all subprotocols of [`Probe::subprotocols`], in order or reversed.
    OfferSubprotocols {
        /// Last first.
        reversed: bool,
    },
    /// Adds these parameters to the query of the target.
    Query(&'static str),
}

/// One step of a script.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// Sends a frame, in as many segments as the variation says.
    Send(Frame),
    /// Sends a frame byte by byte and notes after which byte the server first reacts.
    Drip(Frame),
    /// Sends bytes as they are.
    Raw(&'static [u8]),
    /// Sends a ping and waits for its pong: what came before it was taken.
    Fence,
    /// Ends our side of the connection and goes on reading.
    HalfClose,
}

impl Probe {
    /// The hundred that the probe belongs to: 100 for 100 to 199.
    #[must_use]
    pub const fn series(&self) -> u16 {
        self.id.number() / 100 * 100
    }

    /// Whether all that matters in it is the opening handshake.
    #[must_use]
    pub fn is_handshake(&self) -> bool {
        !self.script.iter().any(|step| !matches!(step, Step::Fence))
    }

    /// Whether its handshake is the legal one, so that the answer equals the baseline's.
    #[must_use]
    pub const fn opens_legally(&self) -> bool {
        matches!(self.opening, Opening::Upgrade([]))
    }

    /// Whether its opening is not that of RFC 6455, so that a 101 may speak another protocol.
    #[must_use]
    pub const fn speaks_a_draft(&self) -> bool {
        matches!(self.opening, Opening::Verbatim { .. })
    }

    /// The most bytes of payload that its script sends.
    #[must_use]
    pub fn payload_bytes(&self) -> u64 {
        let bytes = |step: &Step| match step {
            Step::Send(frame) | Step::Drip(frame) => frame.payload.len(),
            Step::Raw(bytes) => bytes.len() as u64,
            Step::Fence | Step::HalfClose => 0,
        };
        self.script.iter().map(bytes).sum()
    }

    /// The subprotocols offered by 500 and 501: the IANA registry, as the original tool sent it.
    #[must_use]
    pub fn subprotocols() -> &'static [&'static str] {
        series_500_subprotocols::IANA
    }

    /// A hash of everything the probe sends: recordings made with another one are not comparable.
    #[must_use]
    pub fn content_hash(&self) -> String {
        hex(&Sha1::digest(format!("{:?} {:?} {:?}", self.id, self.opening, self.script)))
    }
}

/// A hash over [`ALL`] probes, 40 hexadecimal digits.
#[must_use]
pub fn set_hash() -> String {
    let hashes = ALL.iter().map(|probe| probe.content_hash());
    hex(&hashes.fold(Sha1::new(), |hash, text| hash.chain_update(text)).finalize())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Finds a probe by its id.
///
/// # Errors
/// When no probe has this id.
pub fn find(id: ProbeId) -> Result<&'static Probe, UnknownProbe> {
    ALL.iter().copied().find(|probe| probe.id == id).ok_or_else(|| UnknownProbe::new(&id.to_string()))
}

#[cfg(test)]
mod tests;
