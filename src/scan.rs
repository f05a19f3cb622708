//! Plays many probes against one target: a baseline first, then the probes a few at a time. Nothing is kept before
//! the target, asked legally on a later connection, has shown that it still is what it was.

mod ladder;
mod ledger;
mod pace;
mod player;
mod run;
mod stop;

use std::collections::BTreeMap;
use std::time::Duration;

pub use stop::Stop;

use crate::connection::{Dial, DialError};
use crate::observation::{End, Event, Observation, Reply};
use crate::play::Direction;
use crate::probe::{Probe, ProbeId, RequestContext, Variation};
use crate::target::{Scheme, Target};

/// What to send, and how gently.
#[derive(Clone, Debug)]
pub struct Options {
    /// How the target is addressed.
    pub peer: RequestContext,
    /// The probes to play; the baseline is played in any case.
    pub probes: Vec<&'static Probe>,
    /// The most connections open at a time, at least one; heavy probes are played one by one in any case.
    pub connections: usize,
    /// The most time to wait for one answer.
    pub timeout: Duration,
    /// The least time that counts as silence.
    pub least_quiet: Duration,
    /// How the probes are written.
    pub variation: Variation,
}

impl Options {
    /// The default options for a target, with the peer that its URL names.
    #[must_use]
    pub fn for_target(target: &Target, probes: Vec<&'static Probe>) -> Self {
        let secure = target.scheme() == Scheme::Wss;
        Self::new(RequestContext::new(secure, &target.authority(), target.path_and_query()), probes)
    }

    /// The default number of connections open at a time.
    pub const CONNECTIONS: usize = 8;
    /// The default for the most time to wait for one answer.
    pub const TIMEOUT: Duration = Duration::from_secs(5);
    /// The default for the least time that counts as silence.
    pub const LEAST_QUIET: Duration = Duration::from_millis(400);
    /// The same where a run is recorded, since a slow answer must not be taken for none.
    pub const RECORDING_QUIET: Duration = Duration::from_millis(1500);

    /// The default options for a target.
    #[must_use]
    pub fn new(peer: RequestContext, probes: Vec<&'static Probe>) -> Self {
        Self {
            peer,
            probes,
            connections: Self::CONNECTIONS,
            timeout: Self::TIMEOUT,
            least_quiet: Self::LEAST_QUIET,
            variation: Variation::default(),
        }
    }
}

/// What happens during a scan, for whoever wants to show it.
#[derive(Clone, Copy, Debug)]
pub enum ScanEvent<'a> {
    /// A probe is about to be played, for the second time if the first was cut short to look at the target.
    Started(&'static Probe),
    /// A probe has been played, and the target has been seen to live since.
    Finished(&'static Probe, &'a Observation),
    /// The baseline has been played again, to see whether the target still is what it was.
    Checked(&'a Observation),
    /// Bytes passed on the connection of a probe.
    Traffic(ProbeId, Direction, &'a [u8]),
}

/// Watches a scan.
pub trait Watch: Sync {
    /// Something happened.
    fn event(&self, event: ScanEvent<'_>);
}

/// Looks away.
impl Watch for () {
    fn event(&self, _: ScanEvent<'_>) {}
}

/// Decides what a target is asked next.
pub trait Ask: Sync {
    /// Some of the probes of [`Options::probes`], by what was observed and confirmed so far; none ends the scan.
    fn next(&self, observed: &BTreeMap<ProbeId, Observation>) -> Vec<&'static Probe>;
}

impl<F> Ask for F
where
    F: Fn(&BTreeMap<ProbeId, Observation>) -> Vec<&'static Probe> + Sync,
{
    fn next(&self, observed: &BTreeMap<ProbeId, Observation>) -> Vec<&'static Probe> {
        self(observed)
    }
}

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
}

impl Cost {
    fn add(&mut self, other: &Self) {
        self.connections += other.connections;
        self.sent += other.sent;
        self.received += other.received;
        self.elapsed += other.elapsed;
    }
}

/// A finished run against one target.
#[derive(Clone, Debug)]
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
    pub failures: BTreeMap<ProbeId, String>,
    /// Why it ended early, if it did.
    pub stop: Option<Stop>,
    /// What it has cost.
    pub cost: Cost,
}

impl Scan {
    /// Whether the target opened a WebSocket when asked legally.
    #[must_use]
    pub fn is_websocket(&self) -> bool {
        self.baseline.reply.is_upgrade()
    }

    /// Whether the target ever said anything in a WebSocket: a frame of its own, or a pong where one was due.
    #[must_use]
    pub fn has_spoken(&self) -> bool {
        let spoken = |seen: &Observation| {
            seen.reply.is_upgrade() && (seen.end == End::Alive || seen.events.iter().any(Event::is_frame))
        };
        spoken(&self.baseline) || self.observations.values().any(spoken)
    }

    /// What `probe` observed, with an answer to the handshake like the baseline's written as [`Reply::Usual`].
    fn relative(&self, probe: &Probe, observation: Observation) -> Observation {
        let mut observation = observation.relative_to(&self.baseline.reply);
        if probe.opens_legally() && same_door(&observation.reply, &self.baseline.reply) {
            observation.reply = Reply::Usual;
        }
        observation
    }
}

/// Scans one target.
///
/// Where the baseline is no 101, only polite handshake probes are played, since one of them may open the door.
///
/// # Errors
/// When the target could not be reached for the baseline.
pub async fn scan<D: Dial>(dial: &D, options: &Options, watch: &dyn Watch) -> Result<Scan, DialError> {
    let mut player = player::Player::new(dial, options, watch);
    let baseline = player.measure().await?;
    Ok(run::Run::new(&player, baseline).finish().await)
}

/// Scans one target step by step: after the baseline, what `ask` wants. Where the baseline is no 101, it is not asked, and all
/// polite handshake probes are played.
///
/// # Errors
/// When the target could not be reached for the baseline.
pub async fn scan_asking<D: Dial>(
    dial: &D,
    options: &Options,
    watch: &dyn Watch,
    ask: &dyn Ask,
) -> Result<Scan, DialError> {
    let mut player = player::Player::new(dial, options, watch);
    let baseline = player.measure().await?;
    Ok(run::Run::new(&player, baseline).asking(ask).await)
}

/// Asks a target that was scanned some probes once more, one connection at a time; what it answers now, in the order of `probes`. That costs
/// what is added to [`Scan::cost`].
pub async fn ask_again<D: Dial>(
    dial: &D,
    options: &Options,
    watch: &dyn Watch,
    scan: &mut Scan,
    probes: &[&'static Probe],
) -> Vec<(ProbeId, Observation)> {
    let mut player = player::Player::new(dial, options, watch);
    (player.round_trip, player.fences) = (scan.round_trip, scan.fences);
    let mut seen = Vec::new();
    for probe in probes {
        // A target that is gone meanwhile contradicts nothing.
        let Ok(observation) = player.play(probe).await else { break };
        seen.push((probe.id, scan.relative(probe, observation)));
    }
    scan.cost.add(&player.cost());
    seen
}

/// Whether two answers to the legal handshake come from the same door: status and field names. Values may hold an id of the
/// request, and some servers keep their fields in a hash table, whose order is drawn anew for each answer.
#[must_use]
pub fn same_door(one: &Reply, other: &Reply) -> bool {
    let (Reply::Response { head: one, .. }, Reply::Response { head: other, .. }) = (one, other) else {
        return one == other;
    };
    let names = |head: &crate::wire::ResponseHead| {
        let mut names: Vec<String> = head.headers.iter().map(|field| field.name.clone()).collect();
        names.sort_unstable();
        names
    };
    one.status == other.status && names(one) == names(other)
}

#[cfg(test)]
mod tests;
