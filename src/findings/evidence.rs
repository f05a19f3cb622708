//! What findings are made from, and what shows them.

use std::collections::BTreeMap;

use crate::observation::Observation;
use crate::probe::{self, ProbeId, RequestContext};
use crate::wire::escape::shorten;

/// The most that is kept of what was observed, in characters.
const MOST: usize = 256;

/// All that findings are made from.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// What was observed, with a 101 like the baseline's as [`crate::observation::Reply::Usual`].
    pub observations: &'a BTreeMap<ProbeId, Observation>,
    /// How the target was addressed.
    pub context: &'a RequestContext,
    /// The probes after which the target stopped answering for good, the likeliest first; none where it lives.
    pub died_of: &'a [ProbeId],
}

/// What shows a finding: one answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The probe that was answered.
    pub probe: ProbeId,
    /// What it sent, in a few words.
    pub sent: &'static str,
    /// What was observed, in the notation ([`crate::observation::notation`]) or as a part of it; printable, and cut where it is long.
    pub observed: String,
}

impl Evidence {
    /// That of the answer to a probe, told as this text.
    pub(super) fn new(probe: ProbeId, observed: &str) -> Self {
        let sent = probe::find(probe).map_or("", |probe| probe.summary);
        Self { probe, sent, observed: shorten(observed, MOST) }
    }
}
