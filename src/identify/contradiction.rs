//! Targets that contradict themselves: several back ends behind one address, or a server that is changed meanwhile.

use super::answer::{Answer, Observations};
use crate::database::{Database, Facts, NO_FACTS};
use crate::features::{Fact, Kind, facts};
use crate::observation::Observation;
use crate::probe::ProbeId;

/// A probe that was answered once so, once so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// The probe.
    pub probe: ProbeId,
    /// The answer that counted.
    pub first: Observation,
    /// The answer when it was asked again.
    pub again: Observation,
}

/// The probes that were answered otherwise when they were asked again, unless the product that is named first is known to answer now so,
/// now so.
#[must_use]
pub fn contradictions(
    observations: &Observations,
    again: &[(ProbeId, Observation)],
    answer: &Answer,
    database: &Database,
) -> Vec<Contradiction> {
    let differs = |(probe, seen): &(ProbeId, Observation)| {
        let first = observations.get(probe)?;
        if steady(first) == steady(seen) {
            return None;
        }
        let found = Contradiction { probe: *probe, first: first.clone(), again: seen.clone() };
        (!is_known(&found, answer, database)).then_some(found)
    };
    let mut found: Vec<Contradiction> = again.iter().filter_map(differs).collect();
    found.dedup_by_key(|one| one.probe);
    found
}

fn steady(observation: &Observation) -> Vec<Fact> {
    facts(observation).into_iter().filter(|(kind, _)| kind.properties().steady).collect()
}

/// Whether any behaviour of the products named first gives both answers.
fn is_known(found: &Contradiction, answer: &Answer, database: &Database) -> bool {
    let lines = database.lines();
    let numbered = |observation: &Observation| {
        let mut numbers = NO_FACTS;
        for (kind, value) in steady(observation) {
            numbers[kind] = lines.value(&value).unwrap_or(u32::MAX);
        }
        numbers
    };
    let (first, again) = (numbered(&found.first), numbered(&found.again));
    let is = |line: u32, wanted: &Facts| {
        let mut steady = Kind::ALL.into_iter().filter(|kind| kind.properties().steady);
        steady.all(|kind| lines.facts(line)[kind] == wanted[kind])
    };
    let named = |product: &str| answer.first().iter().any(|candidate| candidate.product == product);
    database.behaviours.iter().filter(|known| named(&known.product)).any(|known| {
        let seen = known.seen(found.probe);
        seen.iter().any(|seen| is(seen.line, &first)) && seen.iter().any(|seen| is(seen.line, &again))
    })
}
