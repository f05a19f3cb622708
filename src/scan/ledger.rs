//! Which observations are known to come from a target that still answered afterwards.
//!
//! A clock ticks whenever a play begins or ends. An observation is unconfirmed until a play that began after its end
//! was given the usual answer to its legal handshake. So every probe that opens legally checks, at no cost, on all
//! that ended before it began.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::outcome::same_baseline;
use crate::observation::{Observation, Reply};
use crate::probe::{Probe, ProbeId};

/// A tick of the clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Tick(u64);

/// How the target showed that it is dead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Death {
    /// It takes no connections: whatever was taken later than a probe's end proves that it survived the probe.
    Refuses,
    /// It takes connections and says nothing, as its system may do for it: only an answer proves that it lived.
    Silent,
}

/// What is under way and what is to be confirmed.
pub(super) struct Ledger {
    /// The answer to the legal handshake, as it was at first.
    usual: Reply,
    clock: Tick,
    in_flight: BTreeMap<Tick, &'static Probe>,
    unconfirmed: Vec<Finished>,
    /// When the last play began that the target took.
    taken: Tick,
    /// When the last play began that it answered.
    answered: Tick,
}

/// A probe that was played to its end.
#[derive(Debug)]
pub(super) struct Finished {
    /// The probe.
    pub(super) probe: &'static Probe,
    /// What was observed.
    pub(super) observation: Observation,
    ended: Tick,
}

impl Ledger {
    /// An empty one, for a target that gives this answer to the legal handshake.
    pub(super) fn new(usual: Reply) -> Self {
        let (clock, taken, answered) = Default::default();
        Self { usual, clock, in_flight: BTreeMap::new(), unconfirmed: Vec::new(), taken, answered }
    }

    /// Whether this is the usual answer to the legal handshake.
    pub(super) fn is_usual(&self, reply: &Reply) -> bool {
        same_baseline(reply, &self.usual)
    }

    /// A play begins; its tick names it from now on.
    pub(super) fn start(&mut self, probe: &'static Probe) -> Tick {
        let start = self.tick();
        self.in_flight.insert(start, probe);
        start
    }

    /// A play could not be dialled.
    pub(super) fn lose(&mut self, start: Tick) {
        self.in_flight.remove(&start);
    }

    /// A play has ended. A repeat of the baseline is a sign of life and not itself to be confirmed.
    pub(super) fn end(&mut self, start: Tick, observation: Observation) {
        let Some(probe) = self.in_flight.remove(&start) else { return };
        let ended = self.tick();
        let silent = self.is_silent(&observation.reply);
        if !silent {
            self.answered = self.answered.max(start);
        }
        // Without an answer to a legal handshake, the system may have taken the connection for a dying process.
        if !(silent && probe.opens_legally()) {
            self.taken = self.taken.max(start);
        }
        if probe.id != ProbeId::BASELINE {
            self.unconfirmed.push(Finished { probe, observation, ended });
        }
    }

    /// The play that began at `start` was given the usual answer: takes out what this confirms.
    pub(super) fn confirm(&mut self, start: Tick) -> Vec<Finished> {
        self.unconfirmed.extract_if(.., |one| one.ended < start).collect()
    }

    /// Forgets what a probe observed that is to be played again.
    pub(super) fn forget(&mut self, probe: ProbeId) {
        self.unconfirmed.retain(|one| one.probe.id != probe);
    }

    /// Whether any play is under way.
    pub(super) fn is_busy(&self) -> bool {
        !self.in_flight.is_empty()
    }

    /// The target was seen to live while nothing was under way: takes out everything.
    pub(super) fn confirm_all(&mut self) -> Vec<Finished> {
        std::mem::take(&mut self.unconfirmed)
    }

    /// Whether nothing is under way that could confirm what is left.
    pub(super) fn wants_last_check(&self) -> bool {
        !self.is_busy() && !self.unconfirmed.is_empty()
    }

    /// Whether a baseline check is due: `most` observations are unconfirmed, or one of a server that hung up without a word and
    /// so may have died, or that may want to be left alone, and no check is in flight that will confirm them. One repeat of the baseline at a time: those that wait
    /// meanwhile share the next.
    pub(super) fn wants_check(&self, most: usize) -> bool {
        if self.in_flight.values().any(|probe| probe.id == ProbeId::BASELINE) {
            return false;
        }
        let check = self.in_flight.iter().rev().find(|(_, probe)| probe.opens_legally()).map(|(start, _)| *start);
        let waiting = || self.unconfirmed.iter().filter(|one| Some(one.ended) > check);
        waiting().count() >= most || waiting().any(|one| self.is_alarming(&one.observation.reply))
    }

    /// Forgets what is under way; the probes, in the order in which they were begun, without checks.
    pub(super) fn cut(&mut self) -> Vec<&'static Probe> {
        std::mem::take(&mut self.in_flight).into_values().filter(|probe| probe.id != ProbeId::BASELINE).collect()
    }

    /// The probes that are not confirmed, those under way included, the most suspicious first.
    /// `reached` says of one under way whether the target heard of it.
    pub(super) fn doubtful(&self, reached: impl Fn(ProbeId) -> bool) -> Vec<ProbeId> {
        self.by_suspicion(self.unconfirmed.iter(), reached)
    }

    /// Those of the doubtful of which the target may have died; where there are none, the baseline, which it was given
    /// last.
    pub(super) fn suspects(&self, death: Death, reached: impl Fn(ProbeId) -> bool) -> Vec<ProbeId> {
        let lived = match death {
            Death::Refuses => self.taken,
            Death::Silent => self.answered,
        };
        // Whoever did not even get the answer to a legal handshake came after the death.
        let late = |one: &Finished| one.probe.opens_legally() && self.is_silent(&one.observation.reply);
        let suspects =
            self.by_suspicion(self.unconfirmed.iter().filter(|one| one.ended > lived && !late(one)), reached);
        if suspects.is_empty() { vec![ProbeId::BASELINE] } else { suspects }
    }

    /// The riskier first, then what ended last, then what has not ended.
    fn by_suspicion<'a>(
        &self,
        finished: impl Iterator<Item = &'a Finished>,
        reached: impl Fn(ProbeId) -> bool,
    ) -> Vec<ProbeId> {
        let under_way = self.in_flight.values().filter(|probe| probe.id != ProbeId::BASELINE && reached(probe.id));
        let mut all: Vec<_> = finished.map(|one| (one.probe, Some(one.ended))).collect();
        all.extend(under_way.map(|probe| (*probe, None)));
        all.sort_by_key(|(probe, ended)| Reverse((probe.risk, *ended)));
        all.into_iter().map(|(probe, _)| probe.id).collect()
    }

    fn is_alarming(&self, reply: &Reply) -> bool {
        self.is_silent(reply) || reply.turns_away() && !self.is_usual(reply)
    }

    fn is_silent(&self, reply: &Reply) -> bool {
        is_silent(&self.usual, reply)
    }

    fn tick(&mut self) -> Tick {
        self.clock.0 += 1;
        self.clock
    }
}

/// Whether a target that gives the `usual` answer to the legal handshake gave none.
fn is_silent(usual: &Reply, reply: &Reply) -> bool {
    *reply == Reply::Nothing && *usual != Reply::Nothing
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::{self, BASELINE};

    const USUAL: &str = "HTTP/1.1 101 Go {A: 1} | alive";
    const REFUSED: &str = "HTTP/1.1 400 No {} | fin";

    fn ledger() -> Ledger {
        Ledger::new(seen(USUAL).reply)
    }

    fn seen(line: &str) -> Observation {
        line.parse().unwrap()
    }

    fn silence() -> Observation {
        Observation { reply: Reply::Nothing, ..seen(REFUSED) }
    }

    fn id(number: u16) -> ProbeId {
        ProbeId::new(number)
    }

    fn start(ledger: &mut Ledger, number: u16) -> Tick {
        ledger.start(probe::find(id(number)).unwrap())
    }

    fn play(ledger: &mut Ledger, number: u16, observation: Observation) -> Tick {
        let start = start(ledger, number);
        ledger.end(start, observation);
        start
    }

    fn ids(finished: &[Finished]) -> Vec<u16> {
        finished.iter().map(|one| one.probe.id.number()).collect()
    }

    #[test]
    fn only_what_ended_before_a_play_began_is_confirmed_by_it() {
        let mut ledger = ledger();
        let slow = start(&mut ledger, 300);
        play(&mut ledger, 301, seen(REFUSED));
        let legal = start(&mut ledger, 100);
        ledger.end(slow, seen(REFUSED));
        ledger.end(legal, seen(USUAL));
        assert_eq!(ids(&ledger.confirm(legal)), [301]);
        assert!(ledger.wants_last_check());
        assert_eq!(ids(&ledger.confirm_all()), [300, 100]);
        assert!(!ledger.wants_last_check());
    }

    #[test]
    fn what_is_played_again_is_forgotten() {
        let mut ledger = ledger();
        play(&mut ledger, 300, seen("HTTP/1.1 503 Busy {} | fin"));
        play(&mut ledger, 100, seen(USUAL));
        ledger.forget(id(300));
        assert_eq!(ids(&ledger.confirm_all()), [100]);
    }

    #[test]
    fn a_check_is_wanted_where_none_is_under_way() {
        let mut ledger = ledger();
        play(&mut ledger, 300, seen(REFUSED));
        assert!(ledger.wants_check(1) && !ledger.wants_check(2));
        let check = ledger.start(BASELINE);
        assert!(!ledger.wants_check(1), "it is under way");
        play(&mut ledger, 301, seen(REFUSED));
        assert!(!ledger.wants_check(1), "one at a time");
        ledger.end(check, seen(USUAL));
        assert_eq!(ids(&ledger.confirm(check)), [300]);
        assert!(ledger.wants_check(1), "301 came too late for it");
        start(&mut ledger, 100);
        assert!(!ledger.wants_check(1), "a legal opening is as good");
        play(&mut ledger, 302, seen(REFUSED));
        assert!(ledger.wants_check(1) && !ledger.wants_check(2), "302 came too late for that");
    }

    #[test]
    fn a_server_that_hung_up_without_a_word_is_checked_at_once() {
        let mut ledger = ledger();
        play(&mut ledger, 702, silence());
        assert!(ledger.wants_check(99));
        start(&mut ledger, 100);
        assert!(!ledger.wants_check(99));
        let mut mute = Ledger::new(Reply::Nothing);
        play(&mut mute, 300, silence());
        assert!(!mute.wants_check(99), "it never says a word");
    }

    #[test]
    fn the_last_that_was_taken_is_what_a_target_died_of() {
        let mut ledger = ledger();
        play(&mut ledger, 300, seen(REFUSED));
        play(&mut ledger, 702, silence());
        let refused = start(&mut ledger, 301);
        ledger.lose(refused);
        assert_eq!(ledger.suspects(Death::Refuses, |_| true), [id(702)]);
        assert_eq!(ledger.suspects(Death::Silent, |_| true), [id(702), id(300)], "702 may have come too late");
        assert_eq!(ledger.doubtful(|_| true), [id(702), id(300)]);
    }

    #[test]
    fn a_legal_handshake_that_was_not_answered_killed_nobody() {
        let mut ledger = ledger();
        play(&mut ledger, 702, seen(REFUSED));
        play(&mut ledger, 100, silence());
        for death in [Death::Refuses, Death::Silent] {
            assert_eq!(ledger.suspects(death, |_| true), [id(702)]);
        }
        assert_eq!(ledger.doubtful(|_| true), [id(702), id(100)], "what was observed is discarded all the same");
    }

    #[test]
    fn the_riskier_are_named_first_then_the_latest_then_those_under_way() {
        let mut ledger = ledger();
        let plays = [300, 700, 301, 701, 310, 702].map(|number| start(&mut ledger, number));
        for start in &plays[..4] {
            ledger.end(*start, seen(REFUSED));
        }
        let all = [701, 700, 702, 301, 300, 310].map(id);
        assert_eq!(ledger.suspects(Death::Refuses, |_| true), all);
        assert_eq!(ledger.suspects(Death::Refuses, |id| id.number() == 310), [701, 700, 301, 300, 310].map(id));
        let cut: Vec<_> = ledger.cut().iter().map(|probe| probe.id).collect();
        assert_eq!(cut, [310, 702].map(id));
    }

    #[test]
    fn the_check_is_named_where_nothing_came_after_it() {
        let mut ledger = ledger();
        let probe = play(&mut ledger, 300, seen(REFUSED));
        let check = play(&mut ledger, 309, seen(USUAL));
        assert!(ledger.confirm(probe).is_empty());
        assert_eq!(ids(&ledger.confirm(check)), [300]);
        assert_eq!(ledger.suspects(Death::Refuses, |_| true), [ProbeId::BASELINE]);
        assert!(ledger.doubtful(|_| true).is_empty());
    }
}
