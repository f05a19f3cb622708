//! What of a budget is left while a scan runs.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::budget::{Budget, Limit};
use super::interrupt::Interrupt;
use super::missed::Over;
use super::outcome::Cost;
use super::waits::{Wait, Waits};

/// What of a budget is left, and since when.
pub(super) struct Purse {
    budget: Budget,
    began: Instant,
    dials: AtomicU64,
    received: AtomicU64,
    /// Told when too much was received.
    is_flooded: Interrupt,
    waits: Waits,
}

impl Purse {
    /// One from which `spent` was taken before.
    pub(super) fn new(budget: Budget, spent: &Cost) -> Self {
        let now = Instant::now();
        let began = now.checked_sub(spent.elapsed.saturating_sub(spent.waited)).unwrap_or(now);
        let [dials, received] = [spent.connections, spent.received].map(AtomicU64::new);
        Self { budget, began, dials, received, is_flooded: Interrupt::default(), waits: Waits::default() }
    }

    /// Since the first dial, but for the time in which a connection waited for its turn among other targets.
    pub(super) fn elapsed(&self) -> Duration {
        self.began.elapsed().saturating_sub(self.waited())
    }

    /// How long a connection waited for its turn among other targets.
    pub(super) fn waited(&self) -> Duration {
        self.waits.total()
    }

    /// A connection waits for its turn among other targets, which takes none of the time.
    pub(super) fn wait(&self) -> Wait<'_> {
        self.waits.begin()
    }

    /// Whether so much time is left.
    pub(super) fn has_time_for(&self, time: Duration) -> bool {
        self.elapsed().saturating_add(time) < self.budget.time
    }

    /// Takes a connection from it, where one is left.
    pub(super) fn take_connection(&self) -> Result<(), Over> {
        let most = self.budget.connections;
        let taken = self.dials.fetch_add(1, Ordering::SeqCst);
        if taken < most { Ok(()) } else { Err(Over::Spent(Limit::Connections(most))) }
    }

    /// Takes received bytes from it.
    pub(super) fn take_received(&self, bytes: u64) {
        let before = self.received.fetch_add(bytes, Ordering::SeqCst);
        if before.saturating_add(bytes) > self.budget.received {
            self.is_flooded.trigger();
        }
    }

    /// That time is over.
    pub(super) const fn out_of_time(&self) -> Over {
        Over::Spent(Limit::Time(self.budget.time))
    }

    /// Waits until it is empty of bytes or of time.
    pub(super) async fn emptied(&self) -> Over {
        let time_is_up = async {
            loop {
                let waited = self.waited();
                match self.began.checked_add(self.budget.time.saturating_add(waited)) {
                    Some(end) => sleep_until(end).await,
                    None => std::future::pending().await,
                }
                if self.waited() == waited {
                    return;
                }
            }
        };
        tokio::select! {
            biased;
            () = self.is_flooded.triggered() => Over::Spent(Limit::Received(self.budget.received)),
            () = time_is_up => self.out_of_time(),
        }
    }
}
