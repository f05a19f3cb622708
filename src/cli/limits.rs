//! What one target may cost, and how fast it is asked, as typed.

use std::sync::Arc;
use std::time::Duration;

use super::args::Args;
use super::error::PlanError;
use crate::identify::Policy;
use crate::scan::{Budget, Options, Rate};

/// The longest time that an option takes: a day.
const LONGEST: f64 = 24.0 * 60.0 * 60.0;

/// What the user says of cost and speed; the rest is as by default.
#[derive(Clone, Debug)]
pub(super) struct Limits {
    time: Option<Duration>,
    connections: Option<u64>,
    received: Option<u64>,
    delay: Option<Duration>,
    rate: Option<Arc<Rate>>,
}

impl Limits {
    pub(super) fn new(args: &Args) -> Result<Self, PlanError> {
        let time = |option, text: &Option<String>| text.as_deref().map(|text| time(option, text)).transpose();
        Ok(Self {
            time: time("--max-time", &args.how.max_time)?,
            connections: args.how.max_connections,
            received: args.how.max_received.map(|mebibytes| mebibytes * 1024 * 1024),
            delay: time("--delay", &args.how.delay)?,
            rate: args.how.rate.map(|rate| Arc::new(Rate::new(rate))),
        })
    }

    /// Limits a scan, whose probes and time-out are known, to that. Step by step so many probes are played besides those that are chosen.
    pub(super) fn apply(&self, options: &mut Options, step_by_step: bool, besides: usize) {
        options.delay = self.delay.unwrap_or_default();
        options.rate.clone_from(&self.rate);
        if self.delay.is_some() {
            options.connections = 1;
        }
        let most = Policy::default().most;
        let budget = match (step_by_step, besides) {
            (true, 0) => Budget::step_by_step(most),
            (true, besides) => Budget { time: Budget::WHOLE_TIME, ..Budget::step_by_step(most + besides) },
            (false, _) => Budget::of_all(&options.probes),
        };
        let connections = self.connections.unwrap_or(budget.connections);
        options.budget = self.over(options.with_time_for_pace(Budget { connections, ..budget }));
    }

    /// How many connections a second there may be over all targets.
    pub(super) fn rate(&self) -> Option<&Rate> {
        self.rate.as_deref()
    }

    /// The most time for one answer, where a target is looked at once and may be given so long for one.
    pub(super) fn patience(&self, timeout: Duration) -> Duration {
        self.time.map_or(timeout, |time| time.min(timeout))
    }

    /// Leaves a scan without limits, but for those that the user gives.
    pub(super) fn lift(&self, options: &mut Options) {
        options.budget = self.over(Budget::UNLIMITED);
    }

    fn over(&self, budget: Budget) -> Budget {
        Budget {
            connections: self.connections.unwrap_or(budget.connections),
            received: self.received.unwrap_or(budget.received),
            time: self.time.unwrap_or(budget.time),
        }
    }
}

/// A time that may be none at all.
pub(super) fn time_or_none(option: &'static str, text: &str) -> Result<Duration, PlanError> {
    if matches!(text, "0" | "0s" | "0ms") { Ok(Duration::ZERO) } else { time(option, text) }
}

/// A time: a number of seconds, or one with its unit.
fn time(option: &'static str, text: &str) -> Result<Duration, PlanError> {
    let units = [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0), ("", 1.0)];
    let read = |(unit, seconds): (&str, f64)| Some(text.strip_suffix(unit)?.parse::<f64>().ok()? * seconds);
    let seconds = units.into_iter().find_map(read).filter(|seconds| *seconds > 0.0 && *seconds <= LONGEST);
    let wrong = || PlanError::Time { option, text: text.escape_debug().to_string() };
    seconds.map(Duration::from_secs_f64).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_with_or_without_its_unit() {
        let millis = |text: &str| time("--delay", text).ok().map(|time| time.as_millis());
        for (text, read) in
            [("1", 1000), ("1s", 1000), ("500ms", 500), ("0.5", 500), ("2m", 120_000), ("1h", 3_600_000)]
        {
            assert_eq!(millis(text), Some(read), "{text}");
        }
        for text in ["", "s", "0", "-1", "1d", "inf", "nan", "1e9", "1 s s"] {
            assert_eq!(millis(text), None, "{text}");
        }
        let error = time("--delay", "soon").unwrap_err();
        assert_eq!(error.to_string(), "`soon` is no time for --delay; write 30, 30s, 500ms or 2m");
    }
}
