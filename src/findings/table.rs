//! All rules, and what is asked for their sake.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::rule::{Rule, Sign};
use super::{rules_disclosure, rules_frames, rules_handshake, rules_http};
use crate::probe::{self, Probe, ProbeId};

/// The most probes that are asked for one sign: more of a kind say the same.
const MOST: usize = 4;

/// Every rule there is, by its id.
pub static ALL: LazyLock<Vec<&'static Rule>> = LazyLock::new(|| {
    let tables = [rules_frames::RULES, rules_handshake::RULES, rules_http::RULES, rules_disclosure::RULES];
    let mut all: Vec<&'static Rule> = tables.into_iter().flatten().collect();
    all.sort_by_key(|rule| rule.id);
    all
});

/// The probes by which rules can be judged, a few for each, that cost no more than a connection each: neither heavy nor slow, and of none of them
/// is software known to have died. In the order of their ids.
#[must_use]
pub fn findings_set() -> Vec<&'static Probe> {
    let wanted: BTreeSet<ProbeId> = ALL.iter().flat_map(|rule| rule.signs).flat_map(asked).collect();
    probe::ALL.iter().copied().filter(|probe| wanted.contains(&probe.id)).collect()
}

/// The first probes of a sign that may be asked of anybody.
fn asked(sign: &Sign) -> impl Iterator<Item = ProbeId> + use<> {
    let probes = sign.probes.iter().filter_map(|number| probe::find(ProbeId::new(*number)).ok());
    probes.filter(|probe| probe.is_light() && !probe.has_killed()).map(|probe| probe.id).take(MOST)
}
