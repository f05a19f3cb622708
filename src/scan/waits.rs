//! How long a scan waited for its turn among other targets, which is no time that the target took.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// The time in which at least one connection of a scan waited for its turn.
#[derive(Debug, Default)]
pub(super) struct Waits(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// How many wait.
    waiting: usize,
    /// Since when any does.
    since: Option<Instant>,
    /// How long any did before.
    total: Duration,
}

/// A wait that ends when this goes.
pub(super) struct Wait<'a>(&'a Waits);

impl Waits {
    /// Somebody waits from now on.
    pub(super) fn begin(&self) -> Wait<'_> {
        let mut state = self.lock();
        state.waiting += 1;
        state.since.get_or_insert_with(Instant::now);
        Wait(self)
    }

    /// How long anybody waited.
    pub(super) fn total(&self) -> Duration {
        let state = self.lock();
        state.total + state.since.map_or(Duration::ZERO, |since| since.elapsed())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.waiting -= 1;
        if state.waiting == 0 {
            let waited = state.since.take().map_or(Duration::ZERO, |since| since.elapsed());
            state.total += waited;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::sleep;

    #[tokio::test(start_paused = true)]
    async fn time_in_which_several_wait_counts_once() {
        let waits = Waits::default();
        let wait = |from: u64, to: u64| {
            let waits = &waits;
            async move {
                sleep(Duration::from_secs(from)).await;
                let _wait = waits.begin();
                sleep(Duration::from_secs(to - from)).await;
            }
        };
        tokio::join!(wait(1, 3), wait(2, 4), wait(10, 11));
        assert_eq!(waits.total(), Duration::from_secs(4));
    }
}
