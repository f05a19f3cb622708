//! How many connections a second may begin, over all targets.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// Lets connections begin at a steady rate, whichever targets they are to.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use stews::scan::Rate;
///
/// let rate = Rate::new(1000);
/// let start = std::time::Instant::now();
/// for _ in 0..21 {
///     rate.turn().await;
/// }
/// assert!(start.elapsed().as_millis() >= 20);
/// # }
/// ```
#[derive(Debug)]
pub struct Rate {
    /// Of one that is alone.
    alone: Duration,
    /// How many share it.
    sharers: AtomicU64,
    /// When the next may begin that has not asked yet.
    next: Mutex<Instant>,
}

impl Rate {
    /// So many a second, at least one.
    #[must_use]
    pub fn new(per_second: u32) -> Self {
        let alone = Duration::from_secs(1) / per_second.max(1);
        Self { alone, sharers: AtomicU64::new(1), next: Mutex::new(Instant::now()) }
    }

    /// From now on so many keep to this rate together, each to its equal share, this one too; at least one.
    pub fn share(&self, sharers: u32) {
        self.sharers.store(u64::from(sharers.max(1)), Ordering::Relaxed);
    }

    fn apart(&self) -> Duration {
        self.alone.saturating_mul(u32::try_from(self.sharers.load(Ordering::Relaxed)).unwrap_or(u32::MAX))
    }

    /// Waits until a connection may begin. Whoever gives up waiting leaves its turn unused.
    pub async fn turn(&self) {
        let now = Instant::now();
        let turn = {
            // An instant is never left half changed.
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            let turn = (*next).max(now);
            *next = turn + self.apart();
            turn
        };
        // Even no time at all would be rounded up to a millisecond.
        if turn > now {
            sleep_until(turn).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::future::join_all;

    #[tokio::test(start_paused = true)]
    async fn no_second_has_more_whoever_asks() {
        let (rate, start) = (Rate::new(50), Instant::now());
        let turns = (0..200).map(|_| async {
            rate.turn().await;
            start.elapsed()
        });
        let mut times = join_all(turns).await;
        times.sort_unstable();
        assert!(times.windows(51).all(|some| some[50] - some[0] >= Duration::from_secs(1)), "{times:?}");
        assert!(times[199] < Duration::from_secs(5), "{:?}", times[199]);
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_share_a_rate_keep_to_it_together() {
        let (rates, start) = ([Rate::new(90), Rate::new(90), Rate::new(90)], Instant::now());
        rates.iter().for_each(|rate| rate.share(3));
        let turns = rates.iter().flat_map(|rate| (0..60).map(move |_| rate)).map(|rate| async {
            rate.turn().await;
            start.elapsed()
        });
        let mut times = join_all(turns).await;
        times.sort_unstable();
        // The first of each begins at once.
        assert!(times.windows(93).all(|some| some[92] - some[0] >= Duration::from_secs(1)), "{times:?}");
        rates[0].share(1);
        rates[0].turn().await;
        let before = Instant::now();
        rates[0].turn().await;
        assert!(before.elapsed() < Duration::from_millis(13), "{:?}", before.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_is_not_made_up_for() {
        let rate = Rate::new(1);
        rate.turn().await;
        tokio::time::sleep(Duration::from_secs(10)).await;
        let start = Instant::now();
        rate.turn().await;
        rate.turn().await;
        assert!(start.elapsed() >= Duration::from_secs(1));
    }
}
