//! What one target may cost: when it has cost that, the scan is over, whatever the target does.

use std::fmt;
use std::time::Duration;

use crate::probe::Probe;

/// What one target may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// The most connections, those that could not be made and those that are made again among them.
    pub connections: u64,
    /// The most bytes that are received, above TLS.
    pub received: u64,
    /// The most time, from the first dial on.
    pub time: Duration,
}

impl Budget {
    /// No limit at all: for whoever scans servers of his own, and watches them.
    pub const UNLIMITED: Self = Self { connections: u64::MAX, received: u64::MAX, time: Duration::MAX };

    /// The most time for a scan step by step.
    pub const STEP_BY_STEP_TIME: Duration = Duration::from_secs(30);

    /// The most time for a scan that plays all its probes, those that wait and those with long payloads not counted.
    pub const WHOLE_TIME: Duration = Duration::from_secs(120);

    /// The most bytes that are received, beside long payloads that may come back: a chat that greets with its whole state of 4 MiB
    /// is identified with that.
    pub const RECEIVED: u64 = 64 * 1024 * 1024;

    /// How many connections there are beside two for each probe: for looks at the target.
    pub const SPARE_CONNECTIONS: u64 = 16;

    /// What is added for a probe that waits.
    const WAITING: Duration = Duration::from_secs(45);

    /// What is added for a probe with a long payload.
    const LONG_PAYLOAD: Duration = Duration::from_secs(60);

    /// For a scan step by step that plays at most so many probes: two connections a probe and [`Budget::SPARE_CONNECTIONS`],
    /// [`Budget::RECEIVED`] and [`Budget::STEP_BY_STEP_TIME`].
    #[must_use]
    pub const fn step_by_step(most: usize) -> Self {
        let connections = 2 * most as u64 + Self::SPARE_CONNECTIONS;
        Self { connections, received: Self::RECEIVED, time: Self::STEP_BY_STEP_TIME }
    }

    /// For a scan that plays all of these: two connections a probe and [`Budget::SPARE_CONNECTIONS`], [`Budget::RECEIVED`] and each
    /// long payload twice over, [`Budget::WHOLE_TIME`] and what probes that wait or have a long payload take.
    #[must_use]
    pub fn of_all(probes: &[&'static Probe]) -> Self {
        let long = || probes.iter().filter(|probe| probe.has_long_payload());
        let payloads = long().map(|probe| 2 * probe.payload_bytes()).sum::<u64>();
        let waiting = probes.iter().filter(|probe| probe.is_slow()).map(|_| Self::WAITING);
        let extra: Duration = long().map(|_| Self::LONG_PAYLOAD).chain(waiting).sum();
        Self { received: Self::RECEIVED + payloads, time: Self::WHOLE_TIME + extra, ..Self::step_by_step(probes.len()) }
    }
}

/// What of a [`Budget`] was used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Limit {
    /// So many connections.
    Connections(u64),
    /// So many bytes received.
    Received(u64),
    /// So much time.
    Time(Duration),
}

impl fmt::Display for Limit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connections(most) => write!(out, "{most} connections were made, the most that a target may take"),
            Self::Received(most) => write!(out, "{most} bytes were received, the most that a target may send"),
            Self::Time(most) => {
                write!(out, "{} s are over, the most that a target may take", most.as_secs_f64())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::ALL;

    #[test]
    fn what_needs_more_gets_more() {
        let light: Vec<_> = ALL.iter().copied().filter(|probe| probe.is_default()).collect();
        let default = Budget::of_all(&light);
        assert_eq!((default.received, default.time), (Budget::RECEIVED, Budget::WHOLE_TIME));
        assert_eq!(default.connections, 2 * light.len() as u64 + 16);
        let all = Budget::of_all(&ALL);
        let payloads: u64 = ALL.iter().map(|probe| probe.payload_bytes()).sum();
        assert!(all.received > 2 * payloads && all.time > 3 * default.time, "{all:?}");
        assert!(Budget::step_by_step(20).connections < 100);
    }
}
