//! From observations to findings.

use std::cmp::Reverse;

use super::disclosure;
use super::evidence::{Evidence, Seen};
use super::handshake;
use super::reaction;
use super::rule::{Rule, Shows, Sign};
use super::table;
use crate::observation::Observation;
use crate::probe::{self, ProbeId};

/// Something that a server does wrong, with what shows it.
#[derive(Clone, Debug)]
pub struct Finding {
    /// What it is.
    pub rule: &'static Rule,
    /// The answers that show it, at least one; by the order of the rule's probes.
    pub evidence: Vec<Evidence>,
}

/// What was found, and how much was looked at.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// The gravest first; of those that are equally grave, by their ids.
    pub found: Vec<Finding>,
    /// How many rules had an answer to go by. Of the others nothing is said.
    pub judged: usize,
}

/// What of all that was observed is a finding. A pure function of its argument.
#[must_use]
pub fn findings(seen: &Seen<'_>) -> Findings {
    let rules = || table::ALL.iter().copied();
    let finding = |rule: &'static Rule| Finding { rule, evidence: evidence(rule, seen) };
    let mut found: Vec<Finding> = rules().map(finding).filter(|finding| !finding.evidence.is_empty()).collect();
    found.sort_by_key(|finding| (Reverse(finding.rule.severity), finding.rule.id));
    Findings { found, judged: rules().filter(|rule| is_judged(rule, seen)).count() }
}

/// Whether anything was observed by which a rule could be judged.
fn is_judged(rule: &Rule, seen: &Seen<'_>) -> bool {
    let asked = |number: &u16| seen.observations.contains_key(&ProbeId::new(*number));
    rule.signs.iter().any(|sign| match sign.probes {
        [] => !seen.observations.is_empty(),
        probes => probes.iter().any(asked),
    })
}

fn evidence(rule: &Rule, seen: &Seen<'_>) -> Vec<Evidence> {
    rule.signs.iter().flat_map(|sign| evidence_of(sign, seen)).collect()
}

fn evidence_of(sign: &Sign, seen: &Seen<'_>) -> Vec<Evidence> {
    match sign.shows {
        Shows::StopsAnswering => stopped_after(seen),
        Shows::NamesVersion => disclosure::versions(seen),
        Shows::ShowsStackTrace => disclosure::stack_traces(seen),
        Shows::ShowsPath => disclosure::paths(seen),
        Shows::Masks => reaction::masked_frames(seen).into_iter().collect(),
        shows => {
            let answers = sign.probes.iter().filter_map(|number| {
                let id = ProbeId::new(*number);
                Some((id, seen.observations.get(&id)?))
            });
            let shown = answers.filter(|(id, observation)| holds(shows, *id, observation, seen));
            shown.map(|(id, observation)| Evidence::new(id, &observation.to_string())).collect()
        }
    }
}

/// Whether the answer to one probe shows what is looked for.
fn holds(shows: Shows, id: ProbeId, observation: &Observation, seen: &Seen<'_>) -> bool {
    let Ok(probe) = probe::find(id) else { return false };
    match shows {
        Shows::GoesOn => reaction::goes_on(observation),
        Shows::Opens => handshake::opens(observation, seen.observations),
        Shows::OpensForForeignOrigin => {
            handshake::opens(observation, seen.observations) && handshake::comes_from_elsewhere(probe, seen.context)
        }
        Shows::ReturnsCode => reaction::returns_code(probe, observation, seen.observations),
        Shows::ReturnsReason => reaction::returns_reason(observation),
        Shows::ReturnsBadClose => reaction::returns_bad_close(probe, observation),
        Shows::SpeaksAfterClose => reaction::speaks_after_close(observation),
        Shows::Waits => reaction::waits(observation, seen.observations),
        Shows::AnswersContent => reaction::answers_content(observation),
        Shows::KeepsContext => handshake::keeps_context(observation),
        Shows::AgreesToNothingOffered => handshake::agrees_to_nothing_offered(probe, observation, seen.context),
        Shows::LacksField => !observation.reply.upgrade_faults().is_empty(),
        // These look at all that was asked.
        Shows::Masks | Shows::NamesVersion | Shows::ShowsStackTrace | Shows::ShowsPath | Shows::StopsAnswering => false,
    }
}

/// What a target that is gone heard last. After a legal handshake alone nothing is said: nothing was sent that could have harmed it.
fn stopped_after(seen: &Seen<'_>) -> Vec<Evidence> {
    let suspects = seen.died_of.iter().filter(|id| **id != ProbeId::BASELINE);
    suspects.map(|id| Evidence::new(*id, "no answer to any later connection")).collect()
}
