//! Plays one probe after a dial of its own, and counts what that costs, whether it comes to its end or is cut short.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::missed::{Missed, Over};
use super::observer::{ScanEvent, ScanObserver};
use super::options::Options;
use super::outcome::Cost;
use super::pace;
use super::politeness;
use super::purse::Purse;
use super::throttle::Throttle;
use crate::connection::{Connected, Dial};
use crate::observation::beside::Beside;
use crate::observation::{End, Observation};
use crate::play::{Direction, Pace, PlayConfig, Played, Tap, play};
use crate::probe::{BASELINE, Probe, ProbeId};

/// Plays probes on one target.
pub(super) struct Player<'a, D> {
    dial: &'a D,
    /// What to send, and how gently.
    pub(super) options: &'a Options,
    /// Who looks on.
    pub(super) observer: &'a dyn ScanObserver,
    /// The measured round trip, once the baseline was played.
    pub(super) round_trip: Duration,
    /// Whether the target answers pings.
    pub(super) fences: bool,
    started: Instant,
    purse: Purse,
    throttle: Throttle,
    tally: Mutex<Tally>,
}

/// What has happened so far.
#[derive(Default)]
struct Tally {
    cost: Cost,
    /// The probes whose last play got a connection.
    reached: BTreeSet<ProbeId>,
    /// How many plays came to nothing but silence in a WebSocket.
    silences: usize,
    /// How many plays brought more than is read.
    floods: usize,
    /// What the last answer to the baseline said beside its observation.
    beside: Beside,
    /// How long is waited before each connection, for a target that has room for few.
    breath: Duration,
}

impl Tally {
    /// Counts a play that brought more than is read; one that did not shows that the target does not always do so.
    fn count_flood(&mut self, probe: &Probe, played: &Played) {
        if played.is_flooded && !probe.has_long_payload() {
            self.floods += 1;
        } else if self.floods < FLOODS && played.observation.reply.is_upgrade() {
            self.floods = 0;
        }
    }
}

/// After so many floods little more than the head of an answer is read.
const FLOODS: usize = 2;

/// How much is read then, in bytes.
const FLOODED_TALK: u64 = 64 * 1024;

/// Counts the traffic of one probe and passes it on.
struct ProbeTap<'a> {
    probe: ProbeId,
    observer: &'a dyn ScanObserver,
    tally: &'a Mutex<Tally>,
    purse: &'a Purse,
}

impl Tap for ProbeTap<'_> {
    fn traffic(&self, direction: Direction, bytes: &[u8]) {
        {
            let cost = &mut lock(self.tally).cost;
            let count = if direction == Direction::Sent { &mut cost.sent } else { &mut cost.received };
            *count += bytes.len() as u64;
        }
        if direction == Direction::Received {
            self.purse.take_received(bytes.len() as u64);
        }
        self.observer.event(ScanEvent::Traffic(self.probe, direction, bytes));
    }
}

/// A tally is never left half changed.
fn lock(tally: &Mutex<Tally>) -> MutexGuard<'_, Tally> {
    tally.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<'a, D: Dial> Player<'a, D> {
    /// One that knows nothing of the target yet.
    pub(super) fn new(dial: &'a D, options: &'a Options, observer: &'a dyn ScanObserver) -> Self {
        Self::after(&Cost::default(), dial, options, observer)
    }

    /// One that goes on where others have spent so much of the budget.
    pub(super) fn after(spent: &Cost, dial: &'a D, options: &'a Options, observer: &'a dyn ScanObserver) -> Self {
        Self {
            dial,
            options,
            observer,
            round_trip: Duration::ZERO,
            fences: true,
            started: Instant::now(),
            purse: Purse::new(options.budget, spent),
            throttle: Throttle::new(options.delay, spent.connections > 0),
            tally: Mutex::default(),
        }
    }

    /// The baseline, by which is measured. Some answers end a scan, so the target is asked again whether it meant that.
    pub(super) async fn meet(&mut self) -> Result<Observation, Missed> {
        let first = self.measure().await?;
        if !politeness::is_final(&first) {
            return Ok(first);
        }
        let Ok(second) = self.look().await else { return Ok(first) };
        self.observer.event(ScanEvent::Checked(&second));
        if politeness::is_final(&second) { Ok(first) } else { Ok(self.measure().await.unwrap_or(first)) }
    }

    /// Plays the baseline for the first time, and measures by it.
    async fn measure(&mut self) -> Result<Observation, Missed> {
        self.fences = true;
        let options = self.options;
        let (mut played, mut connect_time) = self.dial_and_play(BASELINE, |time| pace::first(options, time)).await?;
        if played.fence_time.is_none() && pace::is_slow(options, connect_time, played.handshake_time) {
            // What is cut short or not dialled this time takes nothing from what was seen.
            let again = self.dial_and_play(BASELINE, |_| pace::unmeasured(options)).await;
            (played, connect_time) = again.unwrap_or((played, connect_time));
        }
        if played.fence_time.is_none() && played.observation.reply.is_upgrade() && !played.is_flooded {
            // It was we who ended this play, as in every recording of a server without pongs, whatever the time that it was given.
            let end = &mut played.observation.end;
            *end = if *end == End::Silent { End::Cut } else { *end };
        }
        self.round_trip = connect_time.max(played.fence_time.unwrap_or_default());
        self.fences = played.fence_time.is_some();
        Ok(played.observation)
    }

    /// Plays a probe at the measured pace.
    pub(super) async fn play(&self, probe: &'static Probe) -> Result<Observation, Missed> {
        let silences = if self.fences { 0 } else { lock(&self.tally).silences };
        let pace = pace::after_silences(self.options, self.round_trip, probe, silences);
        self.play_at(probe, pace).await
    }

    /// Plays a probe once more whose legal handshake was given an unusual answer: a busy target has all the time there is.
    pub(super) async fn play_patiently(&self, probe: &'static Probe) -> Result<Observation, Missed> {
        self.play_at(probe, pace::patient(self.options, self.round_trip, probe)).await
    }

    async fn play_at(&self, probe: &'static Probe, pace: Pace) -> Result<Observation, Missed> {
        let played = self.dial_and_play(probe, |_| pace).await?.0;
        let silent = played.observation.end == End::Silent && !played.observation.is_reaction();
        lock(&self.tally).silences += usize::from(silent && played.observation.reply.is_upgrade());
        Ok(played.observation)
    }

    /// Plays the baseline with patience, to see whether the target lives.
    pub(super) async fn look(&self) -> Result<Observation, Missed> {
        let pace = pace::patient(self.options, self.round_trip, BASELINE);
        Ok(self.dial_and_play(BASELINE, |_| pace).await?.0.observation)
    }

    /// Waits so long before each connection from now on.
    pub(super) fn breathe(&self, breath: Duration) {
        lock(&self.tally).breath = breath;
    }

    /// How long is waited before each connection.
    pub(super) fn breath(&self) -> Duration {
        lock(&self.tally).breath
    }

    /// Whether the target sends more than is read, so that what it does about frames is not heard.
    pub(super) fn is_flooded(&self) -> bool {
        lock(&self.tally).floods >= FLOODS
    }

    /// Whether it once sent more than is read, so that the next play will tell whether it always does.
    pub(super) fn may_be_flooded(&self) -> bool {
        (1..FLOODS).contains(&lock(&self.tally).floods)
    }

    /// The time since the first dial, but for that in which a connection waited for its turn among other targets.
    pub(super) fn elapsed(&self) -> Duration {
        self.started.elapsed().saturating_sub(self.purse.waited())
    }

    /// That without the delays between connections that the user wants.
    pub(super) fn elapsed_without_delays(&self) -> Duration {
        let connections = lock(&self.tally).cost.connections;
        let delays = self.options.delay.saturating_mul(u32::try_from(connections).unwrap_or(u32::MAX));
        self.elapsed().saturating_sub(delays)
    }

    /// The end of the scan, if less time than this is left.
    pub(super) fn has_time_for(&self, time: Duration) -> Result<(), Over> {
        if self.purse.has_time_for(time) { Ok(()) } else { Err(self.purse.out_of_time()) }
    }

    /// Whether the last play of this probe got a connection.
    pub(super) fn has_reached(&self, probe: ProbeId) -> bool {
        lock(&self.tally).reached.contains(&probe)
    }

    /// What the last answer to the baseline said beside its observation.
    pub(super) fn beside(&self) -> Beside {
        lock(&self.tally).beside.clone()
    }

    /// What it has cost so far.
    pub(super) fn cost(&self) -> Cost {
        Cost { elapsed: self.started.elapsed(), waited: self.purse.waited(), ..lock(&self.tally).cost }
    }

    async fn dial_and_play(
        &self,
        probe: &'static Probe,
        pace: impl FnOnce(Duration) -> Pace,
    ) -> Result<(Played, Duration), Missed> {
        let whole = async {
            self.wait_for_turn().await;
            let connected = self.dial_for(probe).await?;
            Ok(self.play_on(connected, probe, pace).await)
        };
        tokio::select! {
            biased;
            () = self.options.interrupt.triggered() => Err(Missed::Over(Over::Interrupted)),
            over = self.purse.emptied() => Err(Missed::Over(over)),
            outcome = whole => outcome,
        }
    }

    async fn wait_for_turn(&self) {
        let breath = self.breath();
        // Even no time at all would be rounded up to a millisecond.
        if !breath.is_zero() {
            sleep(breath).await;
        }
        self.throttle.turn().await;
        if let Some(rate) = &self.options.rate {
            let _wait = self.purse.wait();
            rate.turn().await;
        }
    }

    async fn dial_for(&self, probe: &'static Probe) -> Result<Connected, Missed> {
        self.purse.take_connection().map_err(Missed::Over)?;
        self.observer.event(ScanEvent::Started(probe));
        lock(&self.tally).reached.remove(&probe.id);
        let connected = self.dial.dial().await.map_err(Missed::Undialled)?;
        let mut tally = lock(&self.tally);
        tally.cost.connections += 1;
        tally.reached.insert(probe.id);
        Ok(connected)
    }

    async fn play_on(
        &self,
        connected: Connected,
        probe: &'static Probe,
        pace: impl FnOnce(Duration) -> Pace,
    ) -> (Played, Duration) {
        let settings = PlayConfig {
            context: &self.options.context,
            variation: &self.options.variation,
            pace: pace(connected.connect_time),
            fences: self.fences,
            talk: if self.is_flooded() { FLOODED_TALK } else { PlayConfig::TALK },
            tap: &ProbeTap { probe: probe.id, observer: self.observer, tally: &self.tally, purse: &self.purse },
        };
        let played = play(connected.stream, probe, settings).await;
        let mut tally = lock(&self.tally);
        tally.count_flood(probe, &played);
        if probe.id == ProbeId::BASELINE {
            tally.beside.clone_from(&played.beside);
        }
        drop(tally);
        (played, connected.connect_time)
    }
}
