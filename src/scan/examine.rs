//! How plays end: what is kept of them, and when the target is looked at for it.

use std::sync::Arc;

use super::ledger::{Death, Finished, Tick};
use super::missed::{Missed, Over};
use super::observer::ScanEvent;
use super::outcome::same_baseline;
use super::run::Run;
use super::stop::{Silence, Stop};
use crate::connection::{Dial, DialError, DialErrorKind};
use crate::observation::{Observation, Reply};
use crate::probe::{BASELINE, Probe, ProbeId};

/// What calls for a look at the target at once.
pub(super) struct Symptom {
    probe: &'static Probe,
    sign: Sign,
}

/// What a probe met with.
enum Sign {
    /// The target could not be dialled for it.
    Undialled(DialError),
    /// Its legal handshake was not given the usual answer.
    Unusual(Observation),
}

impl<D: Dial> Run<'_, D> {
    /// Takes note of how a play ended, and keeps what it confirms.
    pub(super) fn settle(
        &mut self,
        start: Tick,
        probe: &'static Probe,
        outcome: Result<Observation, Missed>,
    ) -> Option<Symptom> {
        let seen = match outcome {
            Ok(seen) => seen,
            Err(Missed::Over(over)) => {
                self.scan.stop = Some(self.stop_for(over));
                return None;
            }
            Err(Missed::Undialled(error)) => {
                self.ledger.lose(start);
                return self.undialled(probe, error);
            }
        };
        if probe.id == BASELINE.id {
            self.player.observer.event(ScanEvent::Checked(&seen));
        }
        self.ledger.end(start, seen.clone());
        if !probe.opens_legally() {
            self.doubt_for_want_of_room(probe, seen.reply);
            return None;
        }
        if !self.ledger.is_usual(&seen.reply) {
            return Some(Symptom { probe, sign: Sign::Unusual(seen) });
        }
        self.scan.learn(&seen.reply);
        self.ledger.confirm(start).into_iter().for_each(|finished| self.keep(finished));
        None
    }

    /// A dial that failed for want of our own resources says nothing of the target: it is tried again with fewer connections beside it.
    fn undialled(&mut self, probe: &'static Probe, error: DialError) -> Option<Symptom> {
        if error.kind() != DialErrorKind::LocalResources {
            return Some(Symptom { probe, sign: Sign::Undialled(error) });
        }
        if self.crowd.is_alone() && !self.ledger.is_busy() {
            self.scan.stop = Some(Stop::LocalResources { error: Arc::new(error), discarded: self.discarded() });
        } else {
            self.crowd.halve();
            self.play_again(probe);
        }
        None
    }

    /// Looks at the target. It is the same and lives: what was observed counts. Otherwise the scan is over. Nothing is under way any
    /// more, but the ledger still knows what was.
    pub(super) async fn examine(&mut self, Symptom { probe, sign }: Symptom) {
        let company = self.ledger.is_busy();
        let seen = match &sign {
            // A look at the target is what another would be, unless it was not alone, said nothing or wants to be left alone.
            Sign::Unusual(seen) if probe.id == BASELINE.id && !company && !is_doubtful(&seen.reply) => Ok(seen.clone()),
            _ => self.look(company).await,
        };
        match seen {
            Ok(seen) if self.ledger.is_usual(&seen.reply) => {
                self.scan.learn(&seen.reply);
                self.go_on(probe, sign, company);
            }
            other => self.scan.stop = Some(self.stop_by(other)),
        }
    }

    /// The target is as usual when it is asked alone: what it had no room for is asked again, in less company.
    fn go_on(&mut self, probe: &'static Probe, sign: Sign, company: bool) {
        match sign {
            Sign::Undialled(error) => {
                self.crowd.was_unusual();
                if self.doubts.cast_once(probe.id, Reply::Nothing) {
                    self.play_again(probe);
                } else if probe.id != BASELINE.id {
                    self.scan.failures.insert(probe.id, Arc::new(error));
                }
                self.keep_all();
            }
            Sign::Unusual(found) => {
                if self.doubts.cast(probe.id, &found.reply) {
                    self.ledger.forget(probe.id);
                    self.play_again(probe);
                }
                self.keep_all();
                if self.has_less_company(&found.reply, company) {
                    self.take_back(&found.reply);
                }
                let discarded = || self.again.iter().map(|probe| probe.id).collect();
                if self.doubts.is_sent_away() {
                    self.scan.stop = Some(Stop::TurnedAway { discarded: discarded(), found });
                } else if self.doubts.is_another() {
                    self.scan.stop = Some(Stop::Changed { discarded: discarded(), found });
                }
            }
        }
    }

    /// Reduces how many connections there are at a time; whether they are fewer, or more apart, than before.
    fn has_less_company(&mut self, reply: &Reply, company: bool) -> bool {
        if !(reply.turns_away() || company && *reply == Reply::Nothing) {
            return self.crowd.was_unusual();
        }
        self.crowd.was_too_much(self.player.round_trip);
        self.player.breathe(self.crowd.breath());
        true
    }

    /// Plays what was kept once more where the target answered so for want of room; a probe that is answered so when it is asked alone will be again.
    fn take_back(&mut self, reply: &Reply) {
        let like = |seen: &Observation| match reply.turns_away() {
            true => seen.reply.turns_away(),
            false => same_baseline(&seen.reply, reply),
        };
        let kept = self.scan.observations.iter();
        let ids: Vec<ProbeId> =
            kept.filter(|(id, seen)| **id != ProbeId::BASELINE && like(seen)).map(|(id, _)| *id).collect();
        for probe in self.player.options.probes.iter().filter(|probe| ids.contains(&probe.id)) {
            if self.scan.observations.remove(&probe.id).is_some() {
                self.again.push(probe);
            }
        }
    }

    /// A target that turned us away may have answered a malformed handshake so for the same reason, and is asked it once more.
    fn doubt_for_want_of_room(&mut self, probe: &'static Probe, reply: Reply) {
        let doubtful = self.doubts.is_turned_away() && reply.turns_away();
        if doubtful && self.doubts.cast_once(probe.id, reply) {
            self.ledger.forget(probe.id);
            self.play_again(probe);
        }
    }

    fn play_again(&mut self, probe: &'static Probe) {
        // The baseline comes by itself where it is due.
        self.again.extend((probe.id != BASELINE.id).then_some(probe));
    }

    /// Plays the baseline again, with patience, and where others were closed for it, after a moment in which the target can notice that.
    async fn look(&self, company: bool) -> Result<Observation, Missed> {
        if company {
            self.player.breathe(self.crowd.pause(self.player.round_trip));
        }
        let seen = self.player.look().await;
        self.player.breathe(self.crowd.breath());
        let seen = seen?;
        self.player.observer.event(ScanEvent::Checked(&seen));
        Ok(seen)
    }

    /// Why the scan is over after a look at the target that came to this.
    fn stop_by(&self, seen: Result<Observation, Missed>) -> Stop {
        let suspects = |death| self.ledger.suspects(death, |id| self.player.has_reached(id));
        match seen {
            Ok(seen) if seen.reply == Reply::Nothing => {
                Stop::Died { after: suspects(Death::Silent), found: Silence::NoAnswer(seen) }
            }
            Ok(found) if found.reply.turns_away() => Stop::TurnedAway { discarded: self.discarded(), found },
            Ok(found) => Stop::Changed { discarded: self.discarded(), found },
            Err(Missed::Over(over)) => self.stop_for(over),
            Err(Missed::Undialled(error)) if error.kind() == DialErrorKind::LocalResources => {
                Stop::LocalResources { error: Arc::new(error), discarded: self.discarded() }
            }
            Err(Missed::Undialled(error)) => {
                Stop::Died { after: suspects(Death::Refuses), found: Silence::NoConnection(Arc::new(error)) }
            }
        }
    }

    /// The end of a scan that is over whatever the target does: what was not confirmed is not kept.
    pub(super) fn stop_for(&self, over: Over) -> Stop {
        over.into_stop(self.discarded())
    }

    /// The probes of which nothing is kept: what they observed is not confirmed.
    fn discarded(&self) -> Vec<ProbeId> {
        self.ledger.doubtful(|id| self.player.has_reached(id))
    }

    fn keep_all(&mut self) {
        self.ledger.confirm_all().into_iter().for_each(|finished| self.keep(finished));
    }

    fn keep(&mut self, Finished { probe, observation, .. }: Finished) {
        let observation = self.scan.relative(probe, observation);
        self.player.observer.event(ScanEvent::Finished(probe, &observation));
        self.scan.observations.insert(probe.id, observation);
    }
}

/// Whether a second look may find something else.
fn is_doubtful(reply: &Reply) -> bool {
    *reply == Reply::Nothing || reply.turns_away()
}
