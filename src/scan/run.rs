//! One scan under way.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;

use super::{Cost, Options, Scan, ScanEvent, Stop, Watch, pace, same_door};
use crate::connection::{Dial, DialError};
use crate::observation::{Observation, Reply};
use crate::play::{Direction, Pace, Played, Settings, Tap, play};
use crate::probe::{BASELINE, Probe, ProbeId, Risk};

/// Rounds of all connections between two looks at the baseline.
const ROUNDS_BETWEEN_CHECKS: usize = 4;

pub(super) struct Run<'a, D> {
    dial: &'a D,
    options: &'a Options,
    watch: &'a dyn Watch,
    started: Instant,
    scan: Scan,
}

/// Passes the traffic of one probe on.
struct ProbeTap<'a>(ProbeId, &'a dyn Watch);

impl Tap for ProbeTap<'_> {
    fn traffic(&self, direction: Direction, bytes: &[u8]) {
        self.1.event(ScanEvent::Traffic(self.0, direction, bytes));
    }
}

/// A played probe and how long the connection took.
type Outcome = Result<(Played, Duration), DialError>;

impl<'a, D: Dial> Run<'a, D> {
    /// Plays the baseline.
    pub(super) async fn start(dial: &'a D, options: &'a Options, watch: &'a dyn Watch) -> Result<Self, DialError> {
        let started = Instant::now();
        let scan = Scan {
            baseline: Observation { reply: Reply::Nothing, events: Vec::new(), end: crate::observation::End::Cut },
            round_trip: Duration::ZERO,
            fences: true,
            observations: BTreeMap::new(),
            failures: BTreeMap::new(),
            stop: None,
            cost: Cost::default(),
        };
        let mut run = Self { dial, options, watch, started, scan };
        let (played, connect_time) = run.play(&BASELINE, pace::unmeasured(options)).await?;
        run.count(&played);
        run.scan.round_trip = connect_time.max(played.fence_time.unwrap_or_default());
        run.scan.fences = played.fence_time.is_some();
        run.scan.baseline = played.observation.clone();
        run.watch.event(ScanEvent::Finished(&BASELINE, &played.observation));
        run.scan.observations.insert(BASELINE.id, played.observation);
        Ok(run)
    }

    /// Plays all the probes that the baseline allows.
    pub(super) async fn finish(mut self) -> Result<Scan, DialError> {
        let (heavy, light): (Vec<_>, Vec<_>) = self.allowed().into_iter().partition(|probe| probe.risk == Risk::Heavy);
        self.play_all(light, self.options.connections.max(1)).await;
        // A server should not have to hold several large payloads at a time.
        self.play_all(heavy, 1).await;
        self.scan.cost.elapsed = self.started.elapsed();
        Ok(self.scan)
    }

    async fn play_all(&mut self, mut left: Vec<&'static Probe>, connections: usize) {
        while !left.is_empty() && self.scan.stop.is_none() {
            let batch: Vec<_> = left.iter().copied().take(connections * ROUNDS_BETWEEN_CHECKS).collect();
            self.batch(&batch, connections).await;
            left.retain(|probe| !self.is_settled(probe.id));
        }
    }

    fn allowed(&self) -> Vec<&'static Probe> {
        let open = self.scan.is_websocket();
        let may = |probe: &&'static Probe| open || (probe.is_handshake() && probe.risk == Risk::Polite);
        self.options.probes.iter().copied().filter(|probe| probe.id != BASELINE.id).filter(may).collect()
    }

    fn is_settled(&self, id: ProbeId) -> bool {
        self.scan.observations.contains_key(&id) || self.scan.failures.contains_key(&id)
    }

    /// Plays a batch, up to a symptom if there is one, and looks at the baseline again.
    async fn batch(&mut self, probes: &[&'static Probe], connections: usize) {
        let mut finished = Vec::new();
        let mut symptom = None;
        {
            let this = &*self;
            let plays = probes.iter().map(|probe| async move { (*probe, this.play(probe, this.pace(probe)).await) });
            let mut plays = std::pin::pin!(futures_util::stream::iter(plays).buffer_unordered(connections));
            while let Some((probe, outcome)) = plays.next().await {
                let stop = is_symptom(probe, &outcome);
                finished.push((probe, outcome));
                if stop {
                    symptom = Some(probe.id);
                    break;
                }
            }
        }
        self.check(finished, symptom).await;
    }

    /// Looks at the baseline after a batch and keeps what can be trusted.
    async fn check(&mut self, finished: Vec<(&'static Probe, Outcome)>, symptom: Option<ProbeId>) {
        match self.play(&BASELINE, self.pace(&BASELINE)).await {
            Ok((played, _)) => {
                self.count(&played);
                self.watch.event(ScanEvent::Checked(&played.observation));
                if same_door(&played.observation.reply, &self.scan.baseline.reply) {
                    return self.keep_all(finished);
                }
                let discarded = finished.iter().map(|(probe, _)| probe.id).collect();
                finished
                    .into_iter()
                    .filter_map(|(_, outcome)| outcome.ok())
                    .for_each(|(played, _)| self.count(&played));
                let found = played.observation.to_string();
                let silent = played.observation.reply == Reply::Nothing;
                self.scan.stop = Some(if silent {
                    Stop::Died { after: discarded, found }
                } else {
                    Stop::Changed { discarded, found }
                });
            }
            Err(error) => self.target_died(finished, symptom, &error),
        }
    }

    /// The target lives: everything observed counts, and what could not be played was our failure.
    fn keep_all(&mut self, finished: Vec<(&'static Probe, Outcome)>) {
        for (probe, outcome) in finished {
            match outcome {
                Ok((played, _)) => self.keep(probe, played),
                Err(error) => {
                    self.scan.failures.insert(probe.id, error.to_string());
                }
            }
        }
    }

    /// Keeps what was observed well before the end; the last answers may be those of a dying server.
    fn target_died(&mut self, finished: Vec<(&'static Probe, Outcome)>, symptom: Option<ProbeId>, error: &DialError) {
        let doubtful = finished.len().saturating_sub(self.options.connections.max(1));
        let mut after: Vec<ProbeId> = finished[doubtful..].iter().map(|(probe, _)| probe.id).collect();
        after.extend(symptom.filter(|id| !after.contains(id)));
        for (index, (probe, outcome)) in finished.into_iter().enumerate() {
            let Ok((played, _)) = outcome else { continue };
            if index < doubtful { self.keep(probe, played) } else { self.count(&played) }
        }
        self.scan.stop = Some(Stop::Died { after, found: error.to_string() });
    }

    fn keep(&mut self, probe: &'static Probe, played: Played) {
        self.count(&played);
        let mut observation = played.observation.relative_to(&self.scan.baseline.reply);
        if probe.opens_legally() && same_door(&observation.reply, &self.scan.baseline.reply) {
            observation.reply = Reply::Usual;
        }
        self.watch.event(ScanEvent::Finished(probe, &observation));
        self.scan.observations.insert(probe.id, observation);
    }

    fn count(&mut self, played: &Played) {
        self.scan.cost.connections += 1;
        self.scan.cost.sent += played.sent;
        self.scan.cost.received += played.received;
    }

    fn pace(&self, probe: &Probe) -> Pace {
        pace::measured(self.options, self.scan.round_trip, probe)
    }

    async fn play(&self, probe: &'static Probe, pace: Pace) -> Outcome {
        self.watch.event(ScanEvent::Started(probe));
        let connected = self.dial.dial().await?;
        let settings = Settings {
            peer: &self.options.peer,
            variation: &self.options.variation,
            pace,
            fences: self.scan.fences,
            tap: &ProbeTap(probe.id, self.watch),
        };
        Ok((play(connected.stream, probe, settings).await, connected.connect_time))
    }
}

/// Whether an outcome calls for a look at the target at once: it could not be dialled, or a legal handshake
/// was not answered with a 101 any more.
fn is_symptom(probe: &Probe, outcome: &Outcome) -> bool {
    match outcome {
        Err(_) => true,
        Ok((played, _)) => probe.opens_legally() && !played.observation.reply.is_upgrade(),
    }
}
