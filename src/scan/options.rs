//! What is sent in a scan, and how gently.

use std::sync::Arc;
use std::time::Duration;

use super::budget::Budget;
use super::interrupt::Interrupt;
use super::rate::Rate;
use crate::probe::{Probe, RequestContext, Variation};
use crate::target::{Scheme, Target};

/// What to send, and how gently.
#[derive(Clone, Debug)]
pub struct Options {
    /// How the target is addressed.
    pub context: RequestContext,
    /// The probes to play; the baseline is played in any case.
    pub probes: Vec<&'static Probe>,
    /// The most connections open at a time, at least one; heavy probes are played one by one in any case.
    pub connections: usize,
    /// The least time between the beginnings of two connections; none by default.
    pub delay: Duration,
    /// How many connections a second there may be, where this is shared with other targets. To wait for a turn takes none of the budget's time.
    pub rate: Option<Arc<Rate>>,
    /// The most time to wait for one answer.
    pub timeout: Duration,
    /// The least time that counts as silence.
    pub least_quiet: Duration,
    /// The most time for a scan step by step of a target that answers nothing in its WebSocket.
    pub silence_budget: Duration,
    /// What the target may cost in all; by default [`Budget::of_all`] of the probes.
    pub budget: Budget,
    /// Whether a target that refuses the legal handshake is asked every polite handshake, and not only those few that most often open real servers; not one that wants
    /// to be left alone.
    pub explain_refusal: bool,
    /// Ends the scan when it is triggered.
    pub interrupt: Interrupt,
    /// How the probes are written.
    pub variation: Variation,
}

impl Options {
    /// The default options for a target, addressed as its URL says. No two frames have the same masking key.
    #[must_use]
    pub fn for_target(target: &Target, probes: Vec<&'static Probe>) -> Self {
        Self { variation: Variation::unpredictable(), ..Self::for_recording(target, probes) }
    }

    /// The same for a run that is recorded, in which everything is fixed that can be.
    #[must_use]
    pub fn for_recording(target: &Target, probes: Vec<&'static Probe>) -> Self {
        let secure = target.scheme() == Scheme::Wss;
        Self::new(RequestContext::new(secure, &target.authority(), target.path_and_query()), probes)
    }

    /// The default number of connections open at a time.
    pub const CONNECTIONS: usize = 8;
    /// The default for the most time to wait for one answer.
    pub const TIMEOUT: Duration = Duration::from_secs(5);
    /// The default for the least time that counts as silence.
    pub const LEAST_QUIET: Duration = Duration::from_millis(400);
    /// The least time that counts as silence where a run is recorded, since a slow answer must not be taken for none.
    pub const RECORDING_QUIET: Duration = Duration::from_millis(1500);

    /// The default for the most time for a target that answers nothing in its WebSocket.
    pub const SILENCE_BUDGET: Duration = Duration::from_secs(5);

    /// A budget with so much more time as an answer may take longer than by default, and as connections wait for each other.
    #[must_use]
    pub fn with_time_for_pace(&self, budget: Budget) -> Budget {
        let slower = (self.timeout.as_secs_f64() / Self::TIMEOUT.as_secs_f64()).max(1.0);
        let waits = self.delay.saturating_mul(u32::try_from(budget.connections).unwrap_or(u32::MAX));
        Budget { time: budget.time.mul_f64(slower).saturating_add(waits), ..budget }
    }

    /// Whether a run is to be recorded, and so must wait for whatever may still come.
    pub(super) fn is_for_recording(&self) -> bool {
        self.least_quiet >= Self::RECORDING_QUIET
    }

    /// The default options for a target, with everything fixed that can be.
    #[must_use]
    pub fn new(context: RequestContext, probes: Vec<&'static Probe>) -> Self {
        Self {
            context,
            budget: Budget::of_all(&probes),
            probes,
            connections: Self::CONNECTIONS,
            delay: Duration::ZERO,
            rate: None,
            explain_refusal: false,
            timeout: Self::TIMEOUT,
            least_quiet: Self::LEAST_QUIET,
            silence_budget: Self::SILENCE_BUDGET,
            interrupt: Interrupt::default(),
            variation: Variation::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_recorded_has_the_same_masking_key_throughout() {
        let target = Target::parse("h", Scheme::Ws).expect("a target");
        assert_eq!(Options::for_target(&target, Vec::new()).variation.mask, None);
        assert_eq!(Options::for_recording(&target, Vec::new()).variation, Variation::default());
    }

    #[test]
    fn whoever_goes_slowly_has_time_for_it() {
        let mut options = Options::new(RequestContext::new(false, "h:1", "/"), Vec::new());
        let budget = Budget::step_by_step(20);
        assert_eq!(options.with_time_for_pace(budget), budget);
        options.timeout = Duration::from_secs(1);
        assert_eq!(options.with_time_for_pace(budget), budget);
        (options.timeout, options.delay) = (Duration::from_secs(10), Duration::from_secs(1));
        let seconds = 60 + budget.connections;
        assert_eq!(options.with_time_for_pace(budget).time, Duration::from_secs(seconds));
    }
}
