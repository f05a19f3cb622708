//! All probes there are, and how to find one.

use std::sync::LazyLock;

use super::definition::Probe;
use super::id::{ProbeId, UnknownProbe};

/// Every probe there is, in the order of their ids.
pub static ALL: LazyLock<Vec<&'static Probe>> = LazyLock::new(|| {
    let series = [
        super::series_100_opcodes::PROBES,
        super::series_200_reserved_bits::PROBES,
        super::series_300_versions::PROBES,
        super::series_330_framing::PROBES,
        super::series_340_upgrades::PROBES,
        super::series_370_requests::PROBES,
        super::series_400_extensions::PROBES,
        super::series_430_deflate::PROBES,
        super::series_500_subprotocols::PROBES,
        super::series_520_applications::PROBES,
        super::series_600_long_payloads::PROBES,
        super::series_620_declared_lengths::PROBES,
        super::series_700_drafts::PROBES,
        super::series_800_messages::PROBES,
        super::series_820_control_frames::PROBES,
        super::series_840_utf8::PROBES,
        super::series_900_close::PROBES,
        super::series_940_ping::PROBES,
    ];
    let mut all: Vec<_> = series.into_iter().flatten().collect();
    all.sort_by_key(|probe| probe.id);
    all
});

/// The probes that are played where nobody has asked for more.
#[must_use]
pub fn default_set() -> Vec<&'static Probe> {
    ALL.iter().copied().filter(|probe| probe.is_default()).collect()
}

/// The probes that a scan step by step may draw on: those of [`default_set`] of which no software is known to have died.
#[must_use]
pub fn gentle_set() -> Vec<&'static Probe> {
    ALL.iter().copied().filter(|probe| probe.is_default() && !probe.has_killed()).collect()
}

/// The probe whose legal handshake is the baseline of every run.
pub static BASELINE: &Probe = numbered(ProbeId::BASELINE, super::series_300_versions::PROBES);

/// The probe with this number; that there is one is checked where a constant is made of it, when the crate is compiled.
const fn numbered(id: ProbeId, mut probes: &'static [Probe]) -> &'static Probe {
    while let Some((first, rest)) = probes.split_first() {
        if first.id.number() == id.number() {
            return first;
        }
        probes = rest;
    }
    panic!("no probe of the series has this number")
}

/// Finds a probe by its id.
///
/// # Errors
/// When no probe has this id.
pub fn find(id: ProbeId) -> Result<&'static Probe, UnknownProbe> {
    // They are in the order of their ids.
    let place = ALL.binary_search_by_key(&id, |probe| probe.id);
    place.map(|place| ALL[place]).map_err(|_| UnknownProbe::new(&id.to_string()))
}
