//! What a scan came to.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::chance::Chance;
use super::stop::Stop;
use crate::connection::DialError;
use crate::observation::beside::Beside;
use crate::observation::{End, Event, Observation, Reply};
use crate::probe::{Probe, ProbeId, Risk, Step, find};
use crate::wire::{Close, Opcode, ResponseHead};

/// What a run has cost both sides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Connections opened.
    pub connections: u64,
    /// Bytes sent above TLS.
    pub sent: u64,
    /// Bytes received above TLS.
    pub received: u64,
    /// From the first dial to the last answer.
    pub elapsed: Duration,
    /// How much of that was spent waiting for a turn among other targets ([`super::Options::rate`]).
    pub waited: Duration,
}

impl Cost {
    /// Adds what another run has cost.
    pub(super) fn add(&mut self, other: &Self) {
        self.connections += other.connections;
        self.sent += other.sent;
        self.received += other.received;
        self.elapsed += other.elapsed;
        self.waited += other.waited;
    }
}

/// A finished run against one target.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Scan {
    /// The answer to the legal handshake.
    pub baseline: Observation,
    /// The measured round trip: the longer of TCP connect and ping to pong.
    pub round_trip: Duration,
    /// Whether the target answers pings.
    pub fences: bool,
    /// What was observed and confirmed; a 101 like the baseline's is [`Reply::Usual`], but for the baseline itself. Of a
    /// ladder ([`Probe::is_rung`]) only the rungs are here that it took to find the limit.
    pub observations: BTreeMap<ProbeId, Observation>,
    /// Probes that we could not play though the target lives, and why.
    pub failures: BTreeMap<ProbeId, Arc<DialError>>,
    /// Why it ended early, if it did.
    pub stop: Option<Stop>,
    /// What it has cost.
    pub cost: Cost,
    /// What the answer to the legal handshake said beside its observation.
    pub beside: Beside,
    /// What of the target's answers is chance.
    pub(crate) chance: Chance,
    /// How long it wants between two connections, since it has room for one at a time.
    pub(crate) breath: Duration,
}

impl Scan {
    /// A scan that was over before the target gave its answer to the legal handshake: nothing was observed.
    pub(super) fn of_nothing(stop: Stop, cost: Cost) -> Self {
        let baseline = Observation { reply: Reply::Nothing, events: Vec::new(), end: End::Cut };
        Self {
            baseline,
            round_trip: Duration::ZERO,
            fences: false,
            observations: BTreeMap::new(),
            failures: BTreeMap::new(),
            stop: Some(stop),
            cost,
            beside: Beside::default(),
            chance: Chance::default(),
            breath: Duration::ZERO,
        }
    }

    /// Whether the target opened a WebSocket when asked legally: with a 101 that is one (RFC 6455 section 4.1).
    #[must_use]
    pub fn is_websocket(&self) -> bool {
        self.baseline.reply.is_websocket()
    }

    /// Whether it ended before enough was seen to say who answers: it was stopped, or most of what was to be asked could not be.
    #[must_use]
    pub fn is_cut_short(&self) -> bool {
        self.stop.is_some() || self.failures.len() > self.observations.len()
    }

    /// Whether the target ever said anything in a WebSocket: a frame of its own, or only its head, or a pong where one was due.
    #[must_use]
    pub fn has_spoken(&self) -> bool {
        let spoken = |seen: &Observation| {
            seen.reply.is_upgrade() && (seen.end == End::Alive || seen.events.iter().any(Event::is_word))
        };
        spoken(&self.baseline) || self.observations.values().any(spoken)
    }

    /// Whether the target ever did anything about what it was sent in a WebSocket.
    #[must_use]
    pub fn has_reacted(&self) -> bool {
        self.observations.values().any(Observation::is_reaction)
    }

    /// Whether the target was sent a message and a Close, so that it had something to say.
    #[must_use]
    pub fn was_spoken_to(&self) -> bool {
        let frames = || {
            let probes = self.observations.keys().filter_map(|id| find(*id).ok());
            probes.flat_map(|probe| probe.script).flat_map(Step::frames).filter(|frame| frame.masked)
        };
        frames().any(|frame| frame.opcode == Opcode::TEXT) && frames().any(|frame| frame.opcode == Opcode::CLOSE)
    }

    /// The Close of a target that opens a WebSocket and closes it at once, on a client that did nothing but ask and ping.
    /// Some answer a ping before they have looked at whom they serve: what most that break no rule and send no Close are closed with counts
    /// as well, if it is an application's code.
    #[must_use]
    pub fn closed_at_once(&self) -> Option<&Close> {
        if !self.is_websocket() {
            return None;
        }
        let legal = |id: &ProbeId| find(*id).is_ok_and(|probe| probe.risk == Risk::Polite && !sends_close(probe));
        let all = self.observations.iter().filter(|(id, seen)| seen.reply.is_upgrade() && legal(id));
        let legal: Vec<Option<&Close>> = all.map(|(_, seen)| seen.close()).collect();
        let own = |close: &&Close| matches!(close.code, Some(1008 | 3000..));
        let most = legal.iter().copied().flatten().find(own).filter(|most| {
            let times = legal.iter().filter(|close| **close == Some(*most)).count();
            legal.len() >= LEAST_CLOSED && 2 * times > legal.len()
        });
        self.baseline.close().or(most)
    }

    /// Takes note of another answer to the legal handshake.
    pub(super) fn learn(&mut self, reply: &Reply) {
        self.learn_from(&self.baseline.reply.clone(), reply);
    }

    /// Takes note of another answer to the handshake of `probe`.
    pub(super) fn learn_again(&mut self, probe: &Probe, reply: &Reply) {
        let before = match self.observations.get(&probe.id).map(|seen| &seen.reply) {
            Some(Reply::Usual) => self.baseline.reply.clone(),
            Some(before) => before.clone(),
            None => return,
        };
        self.learn_from(&before, reply);
    }

    /// Brings what is kept into the form that tells no chance, where two answers to one request show more of it.
    fn learn_from(&mut self, one: &Reply, other: &Reply) {
        if !self.chance.compare(one, other) {
            return;
        }
        self.chance.settle(&mut self.baseline.reply);
        for (probe, observation) in &mut self.observations {
            self.chance.settle(&mut observation.reply);
            if *probe != ProbeId::BASELINE && observation.reply == self.baseline.reply && observation.reply.is_upgrade()
            {
                observation.reply = Reply::Usual;
            }
        }
    }

    /// What `probe` observed, without chance, with an answer to the handshake like the baseline's written as [`Reply::Usual`].
    pub(super) fn relative(&self, probe: &Probe, mut observation: Observation) -> Observation {
        self.chance.settle(&mut observation.reply);
        let mut observation = observation.relative_to(&self.baseline.reply);
        if probe.opens_legally() && same_baseline(&observation.reply, &self.baseline.reply) {
            observation.reply = Reply::Usual;
        }
        observation
    }
}

/// So many legal conversations must have been had before it counts how most of them were closed.
const LEAST_CLOSED: usize = 3;

/// Whether a probe sends a Close, which servers send back.
fn sends_close(probe: &Probe) -> bool {
    probe.script.iter().flat_map(Step::frames).any(|frame| frame.opcode == Opcode::CLOSE)
}

/// Whether two answers to the legal handshake are one server's: they have the same status and the same field names. Values may hold an id of the
/// request, and some servers keep their fields in a hash table, whose order is drawn anew for each answer.
#[must_use]
pub fn same_baseline(one: &Reply, other: &Reply) -> bool {
    let (Reply::Response { head: one, .. }, Reply::Response { head: other, .. }) = (one, other) else {
        return one == other;
    };
    let names = |head: &ResponseHead| {
        let mut names: Vec<String> = head.headers.iter().map(|field| field.name.clone()).collect();
        names.sort_unstable();
        names
    };
    one.status == other.status && names(one) == names(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closed(lines: &[(u16, &str)]) -> Option<u16> {
        let seen = |line: &str| line.parse::<Observation>().unwrap();
        let open = "HTTP/1.1 101 Go {Upgrade: websocket, Connection: Upgrade, Sec-WebSocket-Accept: <accept>} | alive";
        let observations = lines.iter().map(|(id, line)| (ProbeId::new(*id), seen(line)));
        let scan = Scan {
            baseline: seen(open),
            round_trip: Duration::ZERO,
            fences: true,
            observations: observations.chain([(ProbeId::BASELINE, seen(open))]).collect(),
            failures: BTreeMap::new(),
            stop: None,
            cost: Cost::default(),
            breath: Duration::ZERO,
            chance: Chance::default(),
            beside: Beside::default(),
        };
        scan.closed_at_once().and_then(|close| close.code)
    }

    #[test]
    fn a_close_that_follows_whatever_is_legal_is_one_at_once() {
        let no = "close 4401 | fin";
        assert_eq!(closed(&[(100, no), (101, no), (102, no)]), Some(4401));
        assert_eq!(closed(&[(100, no), (101, "| alive"), (102, "| alive")]), None, "of a message alone");
        assert_eq!(closed(&[(203, no), (110, no), (200, no)]), None, "of what breaks a rule");
        assert_eq!(closed(&[(920, no), (932, no), (933, no)]), None, "of our own Close");
        assert_eq!(closed(&[(100, "close 1002 | fin"), (101, "close 1002 | fin"), (102, "close 1002 | fin")]), None);
    }
}
