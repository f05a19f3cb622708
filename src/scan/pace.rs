//! From what the baseline took to how long later probes may take.

use std::time::Duration;

use super::Options;
use crate::play::Pace;
use crate::probe::{Probe, Risk};

/// How many round trips of silence are silence.
const QUIET_ROUND_TRIPS: u32 = 8;

/// How many round trips a server that has sent Close is given to hang up by itself, and the least time for it.
const LINGER: (u32, Duration) = (3, Duration::from_millis(60));

/// The same around a heavy probe.
const HEAVY_LINGER: Duration = Duration::from_millis(250);

/// Before anything is measured: all the time there is.
pub(super) fn unmeasured(options: &Options) -> Pace {
    Pace { quiet: options.timeout, linger: LINGER.1, deadline: 2 * options.timeout }
}

/// The pace of `probe`, once the round trip is known.
pub(super) fn measured(options: &Options, round_trip: Duration, probe: &Probe) -> Pace {
    let linger = (round_trip * LINGER.0).max(LINGER.1).min(options.timeout);
    if probe.risk == Risk::Heavy {
        // A server may think long about a hundred megabytes.
        let linger = linger.max(HEAVY_LINGER).min(options.timeout);
        return Pace { quiet: options.timeout, linger, deadline: 12 * options.timeout };
    }
    let quiet = (round_trip * QUIET_ROUND_TRIPS).max(options.least_quiet).min(options.timeout);
    Pace { quiet, linger, deadline: 3 * options.timeout }
}
