//! From what the baseline took to how long later probes may take.

use std::time::Duration;

use super::options::Options;
use crate::play::Pace;
use crate::probe::Probe;

/// How many round trips of silence are silence.
const QUIET_ROUND_TRIPS: u32 = 8;

/// How many round trips a server that has sent Close is given to hang up by itself, and the least time for it.
const LINGER: (u32, Duration) = (3, Duration::from_millis(60));

/// The least time to hang up by itself around a long payload.
const LONG_LINGER: Duration = Duration::from_millis(250);

/// How many round trips one byte of a frame is given that is sent byte by byte, and the least time for it, which is a share of what counts as silence, so that a recording,
/// which is made beside others, is patient here too.
const DRIP: (u32, u32) = (4, 15);

/// The least time for the first pong, of which nobody knows yet whether it comes.
const FIRST_QUIET: Duration = Duration::from_secs(1);

/// After so many silences a target that answers no ping is given this share of the least time only.
const SILENCES: usize = 4;

/// See [`SILENCES`].
const HURRY: u32 = 2;

/// What a probe that waits adds to its deadline, beside its waiting.
const SLOW: Duration = Duration::from_secs(45);

/// Before anything is measured: all the time there is.
pub(super) fn unmeasured(options: &Options) -> Pace {
    let (patience, quiet) = (options.timeout, options.timeout);
    Pace { patience, quiet, linger: LINGER.1, drip: options.least_quiet / DRIP.1, deadline: 2 * options.timeout }
}

/// The pace of the first play, over a connection that took so long: that of [`unmeasured`], but that a pong is not waited for as long,
/// unless a run is to be recorded.
pub(super) fn first(options: &Options, connect_time: Duration) -> Pace {
    let pace = unmeasured(options);
    if options.is_for_recording() {
        return pace;
    }
    Pace { quiet: (connect_time * QUIET_ROUND_TRIPS).max(FIRST_QUIET).min(pace.quiet), ..pace }
}

/// Whether a server that took so long over the handshake may take longer over a pong than it was given.
pub(super) fn is_slow(options: &Options, connect_time: Duration, handshake_time: Option<Duration>) -> bool {
    let quiet = first(options, connect_time).quiet;
    handshake_time.is_some_and(|time| time * 2 > quiet && quiet < options.timeout)
}

/// The pace of `probe` for a target that answers no ping and was silent so many times: the first silences are waited for in full.
pub(super) fn after_silences(options: &Options, round_trip: Duration, probe: &Probe, silences: usize) -> Pace {
    let pace = measured(options, round_trip, probe);
    if silences < SILENCES || options.is_for_recording() || probe.has_long_payload() {
        return pace;
    }
    let quiet = (round_trip * QUIET_ROUND_TRIPS).max(options.least_quiet / HURRY).min(options.timeout);
    Pace { quiet: quiet.min(pace.quiet), ..pace }
}

/// The pace of `probe`, once the round trip is known.
pub(super) fn measured(options: &Options, round_trip: Duration, probe: &Probe) -> Pace {
    let at_least = |(times, least): (u32, Duration)| (round_trip * times).max(least).min(options.timeout);
    let (quiet, linger, drip) = (
        at_least((QUIET_ROUND_TRIPS, options.least_quiet)),
        at_least(LINGER),
        at_least((DRIP.0, options.least_quiet / DRIP.1)),
    );
    if probe.has_long_payload() {
        // A server may think long about a hundred megabytes.
        let linger = linger.max(LONG_LINGER).min(options.timeout);
        let (patience, quiet) = (options.timeout, options.timeout);
        return Pace { patience, quiet, linger, drip, deadline: 12 * options.timeout };
    }
    let waiting = if probe.is_slow() { SLOW } else { Duration::ZERO };
    Pace { patience: quiet, quiet, linger, drip, deadline: 3 * options.timeout + waiting }
}

/// The pace of `probe` where it is in question whether the target lives: a busy one is given all the time there is.
pub(super) fn patient(options: &Options, round_trip: Duration, probe: &Probe) -> Pace {
    Pace { patience: options.timeout, ..measured(options, round_trip, probe) }
}
