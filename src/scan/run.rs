//! One scan under way: what is played next, what is kept, and when it is time to stop.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use super::chance::Chance;
use super::crowd::Crowd;
use super::doubts::Doubts;
use super::ladder::Ladder;
use super::ledger::Ledger;
use super::observer::ScanEvent;
use super::outcome::{Cost, Scan};
use super::player::Player;
use super::politeness;
use super::selector::ProbeSelector;
use super::stop::Stop;
use crate::connection::Dial;
use crate::observation::{End, Observation};
use crate::probe::{BASELINE, Probe, ProbeId, Risk};

/// What a target without pongs is asked first, all that could still make it speak: a Close as it should be and one that is none, a ping in
/// fragments, a reserved bit, no mask, a message.
const LOOKS_AT_SILENCE: [u16; 6] = [901, 105, 826, 200, 120, 100];

/// What a target that floods is asked, since what it does about frames is not heard: handshakes that servers refuse in different ways.
const LOOKS_AT_FLOOD: [u16; 10] = [300, 326, 327, 340, 341, 351, 365, 370, 372, 380];

/// However few the connections, this many observations may wait for a check of their own.
const LEAST_UNCONFIRMED: usize = 8;

/// Probes on one target, after the baseline.
pub(super) struct Run<'a, D> {
    pub(super) player: &'a Player<'a, D>,
    pub(super) scan: Scan,
    pub(super) ledger: Ledger,
    /// How many connections at a time the target bears.
    pub(super) crowd: Crowd,
    /// What is to be played once more, since what was observed may have been said for want of room.
    pub(super) again: Vec<&'static Probe>,
    /// The unusual answers for which legal handshakes were played once more, and by whom.
    pub(super) doubts: Doubts,
}

impl<'a, D: Dial> Run<'a, D> {
    /// A run whose baseline was played.
    pub(super) fn new(player: &'a Player<'a, D>, baseline: Observation) -> Self {
        player.observer.event(ScanEvent::Finished(BASELINE, &baseline));
        let turned_away = || Stop::TurnedAway { discarded: Vec::new(), found: baseline.clone() };
        let away = baseline.reply.turns_away().then(turned_away);
        // A second look may have been cut by that.
        let interrupted = player.options.interrupt.is_triggered();
        let stop = if interrupted { Some(Stop::Interrupted { discarded: Vec::new() }) } else { away };
        let scan = Scan {
            round_trip: player.round_trip,
            fences: player.fences,
            observations: BTreeMap::from([(BASELINE.id, baseline.clone())]),
            failures: BTreeMap::new(),
            stop,
            cost: Cost::default(),
            chance: Chance::default(),
            beside: player.beside(),
            breath: Duration::ZERO,
            baseline,
        };
        let ledger = Ledger::new(scan.baseline.reply.clone());
        let crowd = Crowd::new(player.options.connections.max(1));
        Self { player, scan, ledger, crowd, again: Vec::new(), doubts: Doubts::default() }
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
        self.end()
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
        while self.scan.stop.is_none() {
            let begin = self.player.elapsed();
            let mut next =
                if first.is_empty() { selector.next(&self.scan.observations) } else { std::mem::take(&mut first) };
            next.retain(|probe| allowed.iter().any(|other| other.id == probe.id) && played.insert(probe.id));
            if next.is_empty() || self.is_silence_over(took) || self.is_time_over(took) {
                break;
            }
            self.phase(next.into(), connections, LEAST_UNCONFIRMED).await;
            took = self.player.elapsed().saturating_sub(begin);
            if self.player.is_flooded() {
                self.phase(of(&allowed, &LOOKS_AT_FLOOD).into(), connections, LEAST_UNCONFIRMED).await;
                break;
            }
        }
        self.end()
    }

    fn end(mut self) -> Scan {
        self.forget_what_was_not_heard();
        self.scan.cost = self.player.cost();
        self.scan.breath = self.crowd.breath();
        self.scan
    }

    /// Whether a target that answers nothing has no time left for as much as was asked last.
    fn is_silence_over(&self, last: Duration) -> bool {
        let answers = self.player.fences || self.scan.has_reacted();
        !answers && self.player.elapsed_without_delays() + last >= self.player.options.silence_budget
    }

    /// Whether nothing more is begun, since the time of the scan would be over before as much ended as was asked last.
    fn is_time_over(&mut self, last: Duration) -> bool {
        let over = self.player.has_time_for(last).err();
        self.scan.stop = over.map(|over| self.stop_for(over));
        self.scan.stop.is_some()
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
        let options = self.player.options;
        let mut seen = BTreeSet::from([ProbeId::BASELINE]);
        let probes = options.probes.iter().copied().filter(|probe| seen.insert(probe.id)).collect();
        politeness::allowed(probes, options, &self.scan.baseline.reply)
    }

    /// Plays a queue, `connections` at a time; at most about `most` observations wait for a check.
    async fn phase(&mut self, mut queue: VecDeque<&'static Probe>, connections: usize, most: usize) {
        let player = self.player;
        let mut plays = FuturesUnordered::new();
        while self.scan.stop.is_none() {
            let room = if player.may_be_flooded() { 1 } else { self.crowd.at_most(connections) };
            while plays.len() < room
                && let Some(probe) = self.next(&mut queue, most)
            {
                let (start, patient) = (self.ledger.start(probe), self.doubts.has(probe.id));
                let play =
                    async move { if patient { player.play_patiently(probe).await } else { player.play(probe).await } };
                plays.push(async move { (start, probe, play.await) });
            }
            let Some((start, probe, outcome)) = plays.next().await else { return };
            if let Some(symptom) = self.settle(start, probe, outcome) {
                // Closes their connections. A target in trouble is asked one question, and nothing besides.
                plays.clear();
                self.examine(symptom).await;
                self.ledger.cut().into_iter().rev().for_each(|probe| queue.push_front(probe));
            }
            queue.extend(self.again.drain(..));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::gentle_set;

    #[test]
    fn no_look_at_a_target_is_a_probe_that_has_killed() {
        let gentle = gentle_set();
        assert_eq!(of(&gentle, &LOOKS_AT_SILENCE).len(), LOOKS_AT_SILENCE.len());
        assert_eq!(of(&gentle, &LOOKS_AT_FLOOD).len(), LOOKS_AT_FLOOD.len());
    }
}
