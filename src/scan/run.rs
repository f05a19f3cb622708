//! One scan under way: what is played next, what is kept, and when it is time to stop.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use super::chance::Chance;
use super::ladder::Ladder;
use super::ledger::{Death, Finished, Ledger, Tick};
use super::observer::ScanEvent;
use super::outcome::{Cost, Scan};
use super::player::Player;
use super::selector::ProbeSelector;
use super::stop::{Silence, Stop};
use crate::connection::{Dial, DialError};
use crate::observation::{End, Observation, Reply};
use crate::probe::{BASELINE, Probe, ProbeId, Risk};

/// What a target without pongs is asked first, all that could still make it speak: a message, a Close as it should be and one that is none, a
/// reserved opcode, a reserved bit, no mask.
const LOOKS_AT_SILENCE: [u16; 6] = [100, 901, 105, 110, 200, 120];

/// What a target that floods is asked, since what it does about frames is not heard: handshakes that servers refuse in different ways.
const LOOKS_AT_FLOOD: [u16; 10] = [300, 326, 327, 340, 341, 350, 360, 370, 371, 380];

/// However few the connections, this many observations may wait for a check of their own.
const LEAST_UNCONFIRMED: usize = 8;

/// A target that serves few at a time is asked one at a time. One that turns us away still, and answers when it is looked at, has a limit of
/// so many connections in a time, and is left alone after so many of them.
const MOST_TURNED_AWAY: usize = 3;

/// Probes on one target, after the baseline.
pub(super) struct Run<'a, D> {
    player: &'a Player<'a, D>,
    scan: Scan,
    ledger: Ledger,
    /// The target serves one connection at a time: it left legal handshakes unanswered while it had others.
    alone: bool,
    /// What it did not answer meanwhile, to be played once more.
    unheard: Vec<&'static Probe>,
    /// How often it turned a legal handshake away and answered the next.
    turned_away: usize,
}

/// What calls for a look at the target at once.
enum Symptom {
    /// It could not be dialled for this probe.
    Undialled(&'static Probe, DialError),
    /// A legal handshake was not given the usual answer.
    Unusual,
    /// A legal handshake of this probe was given no answer.
    Unanswered(&'static Probe),
    /// A legal handshake was turned away so.
    TurnedAway(Observation),
    /// A look at the target was not given the usual answer; there is no need for another, unless it said nothing at all.
    Verdict(Observation),
}

impl<'a, D: Dial> Run<'a, D> {
    /// A run whose baseline was played.
    pub(super) fn new(player: &'a Player<'a, D>, baseline: Observation) -> Self {
        player.observer.event(ScanEvent::Finished(BASELINE, &baseline));
        let turned_away = || Stop::TurnedAway { discarded: Vec::new(), found: baseline.clone() };
        let stop = baseline.reply.turns_away().then(turned_away);
        let scan = Scan {
            round_trip: player.round_trip,
            fences: player.fences,
            observations: BTreeMap::from([(BASELINE.id, baseline.clone())]),
            failures: BTreeMap::new(),
            stop,
            cost: Cost::default(),
            chance: Chance::default(),
            beside: player.beside(),
            baseline,
        };
        let ledger = Ledger::new(scan.baseline.reply.clone());
        Self { player, scan, ledger, alone: false, unheard: Vec::new(), turned_away: 0 }
    }

    /// Plays all the probes that the baseline allows.
    pub(super) async fn finish(mut self) -> Scan {
        let (heavy, light): (Vec<_>, Vec<_>) = self.allowed().into_iter().partition(|probe| probe.risk == Risk::Heavy);
        let connections = self.player.options.connections.max(1);
        self.phase(spread(light), connections, (2 * connections).max(LEAST_UNCONFIRMED)).await;
        // A server should not have to hold several large payloads at a time, nor get one after it died of another.
        let (rungs, heavy): (Vec<_>, Vec<_>) = heavy.into_iter().partition(|probe| probe.is_rung());
        self.climb(Ladder::new(rungs)).await;
        self.phase(heavy.into(), 1, 1).await;
        self.forget_what_was_not_heard();
        self.scan.cost = self.player.cost();
        self.scan
    }

    /// Plays what is asked for, as long as anything is that was not played before.
    pub(super) async fn adaptive(mut self, selector: &dyn ProbeSelector) -> Scan {
        if !self.scan.is_websocket() {
            return self.finish().await;
        }
        let allowed = self.allowed();
        let mut played = BTreeSet::new();
        let connections = self.player.options.connections.max(1);
        let mut first = of(&allowed, if self.player.fences { &[] } else { &LOOKS_AT_SILENCE });
        let mut took = Duration::ZERO;
        while self.scan.stop.is_none() && self.has_time(took) {
            let begin = self.player.elapsed();
            let mut next =
                if first.is_empty() { selector.next(&self.scan.observations) } else { std::mem::take(&mut first) };
            next.retain(|probe| allowed.iter().any(|other| other.id == probe.id) && played.insert(probe.id));
            if next.is_empty() {
                break;
            }
            self.phase(next.into(), connections, LEAST_UNCONFIRMED).await;
            took = self.player.elapsed().saturating_sub(begin);
            if self.player.is_flooded() {
                self.phase(of(&allowed, &LOOKS_AT_FLOOD).into(), connections, LEAST_UNCONFIRMED).await;
                break;
            }
        }
        self.forget_what_was_not_heard();
        self.scan.cost = self.player.cost();
        self.scan
    }

    /// Whether there is time left for a target that answers nothing, for as much as was asked last; one that answers is given all it takes.
    fn has_time(&self, last: Duration) -> bool {
        let answers = self.player.fences || self.scan.has_reacted();
        answers || self.player.elapsed() + last < self.player.options.silence_budget
    }

    /// Behind more than is read, nothing is heard of what a target does about frames, which is not to be taken for what it does.
    fn forget_what_was_not_heard(&mut self) {
        if self.player.is_flooded() {
            let heard = |id: &ProbeId, seen: &Observation| {
                *id == ProbeId::BASELINE || seen.end != End::Cut || !seen.reply.is_upgrade()
            };
            self.scan.observations.retain(|id, seen| heard(id, seen));
        }
    }

    /// Plays as many rungs of a ladder as it takes to know the limit.
    async fn climb(&mut self, mut ladder: Ladder) {
        while let Some(rung) = ladder.next().filter(|_| self.scan.stop.is_none()) {
            self.phase(VecDeque::from([rung]), 1, 1).await;
            ladder.answered(self.scan.observations.get(&rung.id));
        }
    }

    fn allowed(&self) -> Vec<&'static Probe> {
        let reply = &self.scan.baseline.reply;
        if !reply.upgrade_faults().is_empty() {
            // Neither a WebSocket nor a refusal: there is nothing to be told from more of it.
            return Vec::new();
        }
        let open = reply.is_upgrade();
        let may = |probe: &&'static Probe| open || (probe.is_handshake() && probe.risk == Risk::Polite);
        let mut seen = BTreeSet::from([ProbeId::BASELINE]);
        self.player.options.probes.iter().copied().filter(|probe| seen.insert(probe.id)).filter(may).collect()
    }

    /// Plays a queue, `connections` at a time; at most about `most` observations wait for a check.
    async fn phase(&mut self, mut queue: VecDeque<&'static Probe>, connections: usize, most: usize) {
        let player = self.player;
        let mut plays = FuturesUnordered::new();
        while self.scan.stop.is_none() {
            while plays.len() < if self.alone || player.may_be_flooded() { 1 } else { connections }
                && let Some(probe) = self.next(&mut queue, most)
            {
                let start = self.ledger.start(probe);
                plays.push(async move { (start, probe, player.play(probe).await) });
            }
            let Some((start, probe, outcome)) = plays.next().await else { return };
            if let Some(symptom) = self.settle(start, probe, outcome) {
                // Closes their connections. A target in trouble is asked one question, and nothing besides.
                plays.clear();
                self.examine(symptom).await;
                self.ledger.cut().into_iter().rev().for_each(|probe| queue.push_front(probe));
                queue.extend(self.unheard.drain(..));
            }
        }
    }

    /// What is to be played next: a check where one is due and the next probe is none itself, or where all else is
    /// done.
    fn next(&mut self, queue: &mut VecDeque<&'static Probe>, most: usize) -> Option<&'static Probe> {
        let checks = |probe: &&'static Probe| probe.opens_legally() && probe.risk < Risk::Heavy;
        if self.ledger.wants_check(most) && !queue.front().is_some_and(checks) {
            return Some(BASELINE);
        }
        if self.player.is_flooded() {
            queue.retain(|probe| probe.is_handshake());
        }
        queue.pop_front().or_else(|| self.ledger.wants_last_check().then_some(BASELINE))
    }

    /// Takes note of how a play ended, and keeps what it confirms.
    fn settle(
        &mut self,
        start: Tick,
        probe: &'static Probe,
        outcome: Result<Observation, DialError>,
    ) -> Option<Symptom> {
        let observation = match outcome {
            Ok(observation) => observation,
            Err(error) => {
                self.ledger.lose(start);
                return Some(Symptom::Undialled(probe, error));
            }
        };
        let usual = self.ledger.is_usual(&observation.reply);
        let check = (probe.id == BASELINE.id).then(|| observation.clone());
        check.iter().for_each(|seen| self.player.observer.event(ScanEvent::Checked(seen)));
        let reply = observation.reply.clone();
        let away = reply.turns_away().then(|| observation.clone());
        self.ledger.end(start, observation);
        if !probe.opens_legally() {
            return None;
        }
        if let Some(seen) = away.filter(|_| !usual) {
            return Some(Symptom::TurnedAway(seen));
        }
        if !usual {
            // Alone, none is under way beside it.
            if reply == Reply::Nothing && self.ledger.is_busy() {
                return Some(Symptom::Unanswered(probe));
            }
            return Some(check.map_or(Symptom::Unusual, Symptom::Verdict));
        }
        self.scan.learn(&reply);
        self.ledger.confirm(start).into_iter().for_each(|finished| self.keep(finished));
        None
    }

    /// Looks at the target. It is the same and lives: what was observed counts, and what could not be played was our
    /// failure. Otherwise the scan is over. Nothing is under way any more, but the ledger still knows what was.
    async fn examine(&mut self, symptom: Symptom) {
        let player = self.player;
        let reached = |id| player.has_reached(id);
        let away = if let Symptom::TurnedAway(seen) = &symptom { Some(seen.clone()) } else { None };
        let (undialled, unanswered, seen) = match symptom {
            Symptom::Verdict(seen) if seen.reply != Reply::Nothing => (None, None, Ok(seen)),
            // It may have been too busy, and is looked at once more, with patience.
            Symptom::Verdict(_) => (None, Some(BASELINE), self.check().await),
            Symptom::Unusual | Symptom::TurnedAway(_) => (None, None, self.check().await),
            Symptom::Unanswered(probe) => (None, Some(probe), self.check().await),
            Symptom::Undialled(probe, error) => (Some((probe, error)), None, self.check().await),
        };
        self.scan.stop = match seen {
            Ok(seen) if self.ledger.is_usual(&seen.reply) => {
                self.scan.learn(&seen.reply);
                if let Some(probe) = unanswered
                    && !self.alone
                    && self.is_heard_alone(probe).await
                {
                    self.go_on_alone();
                }
                let stop = away.and_then(|seen| self.is_turned_away_again(seen));
                self.ledger.confirm_all().into_iter().for_each(|finished| self.keep(finished));
                let failed = undialled.filter(|(probe, _)| probe.id != BASELINE.id);
                self.scan.failures.extend(failed.map(|(probe, error)| (probe.id, Arc::new(error))));
                stop
            }
            Ok(seen) if seen.reply == Reply::Nothing => {
                Some(Stop::Died { after: self.ledger.suspects(Death::Silent, reached), found: Silence::NoAnswer(seen) })
            }
            Ok(seen) if seen.reply.turns_away() => {
                Some(Stop::TurnedAway { discarded: self.ledger.doubtful(reached), found: seen })
            }
            Ok(seen) => Some(Stop::Changed { discarded: self.ledger.doubtful(reached), found: seen }),
            Err(error) => {
                let found = Silence::NoConnection(Arc::new(error));
                Some(Stop::Died { after: self.ledger.suspects(Death::Refuses, reached), found })
            }
        };
    }

    /// Whether a legal handshake that was not answered beside others is answered now, while no other is under way and after the
    /// baseline was answered so.
    async fn is_heard_alone(&self, probe: &'static Probe) -> bool {
        probe.id == BASELINE.id || self.player.play(probe).await.is_ok_and(|seen| seen.reply != Reply::Nothing)
    }

    /// One connection at a time from now on, and once more what was not answered since the target was last seen to live: it may not
    /// have heard it.
    fn go_on_alone(&mut self) {
        self.alone = true;
        self.unheard = self.ledger.unheard();
    }

    /// The target turned a legal handshake away and answered the next: it is asked one at a time from now on, and left alone once that does
    /// not help.
    fn is_turned_away_again(&mut self, found: Observation) -> Option<Stop> {
        self.turned_away += 1;
        self.go_on_alone();
        let again = self.take_turned_away();
        self.unheard.extend(again);
        let discarded = || self.unheard.iter().map(|probe| probe.id).collect();
        (self.turned_away > MOST_TURNED_AWAY).then(|| Stop::TurnedAway { discarded: discarded(), found })
    }

    /// Takes out of what is kept what may have been said for want of room; a probe that is answered so when it is asked alone will be again.
    fn take_turned_away(&mut self) -> Vec<&'static Probe> {
        let turned = |(id, seen): &(&ProbeId, &Observation)| **id != ProbeId::BASELINE && seen.reply.turns_away();
        let ids: Vec<ProbeId> = self.scan.observations.iter().filter(turned).map(|(id, _)| *id).collect();
        let known = |id: &ProbeId| self.player.options.probes.iter().find(|probe| probe.id == *id).copied();
        let probes = ids.iter().filter_map(known).collect();
        ids.iter().for_each(|id| drop(self.scan.observations.remove(id)));
        probes
    }

    /// Plays the baseline again, with patience.
    async fn check(&self) -> Result<Observation, DialError> {
        let seen = self.player.look().await?;
        self.player.observer.event(ScanEvent::Checked(&seen));
        Ok(seen)
    }

    fn keep(&mut self, Finished { probe, observation, .. }: Finished) {
        let observation = self.scan.relative(probe, observation);
        self.player.observer.event(ScanEvent::Finished(probe, &observation));
        self.scan.observations.insert(probe.id, observation);
    }
}

/// Those of some probes that have these numbers, in their order.
fn of(probes: &[&'static Probe], numbers: &[u16]) -> Vec<&'static Probe> {
    let find = |number: &u16| probes.iter().find(|probe| probe.id.number() == *number).copied();
    numbers.iter().filter_map(find).collect()
}

/// Spreads the probes that open legally evenly among the others, so that each confirms a few.
fn spread(probes: Vec<&'static Probe>) -> VecDeque<&'static Probe> {
    let (legal, other): (Vec<_>, Vec<_>) = probes.into_iter().partition(|probe| probe.opens_legally());
    // The middle of each one's share of the whole, over the common denominator.
    let share = |index: usize, others: usize| (2 * index + 1) * others.max(1);
    let (legals, others) = (legal.len(), other.len());
    let legal = legal.into_iter().enumerate().map(|(index, probe)| (share(index, others), probe));
    let other = other.into_iter().enumerate().map(|(index, probe)| (share(index, legals), probe));
    let mut all: Vec<_> = other.chain(legal).collect();
    all.sort_by_key(|(place, _)| *place);
    all.into_iter().map(|(_, probe)| probe).collect()
}
