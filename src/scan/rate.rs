//! How many connections a second may begin, over all targets.

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
    apart: Duration,
    /// When the next may begin that has not asked yet.
    next: Mutex<Instant>,
}

impl Rate {
    /// So many a second, at least one.
    #[must_use]
    pub fn new(per_second: u32) -> Self {
        Self { apart: Duration::from_secs(1) / per_second.max(1), next: Mutex::new(Instant::now()) }
    }

    /// Waits until a connection may begin. Whoever gives up waiting leaves its turn unused.
    pub async fn turn(&self) {
        let now = Instant::now();
        let turn = {
            // An instant is never left half changed.
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            let turn = (*next).max(now);
            *next = turn + self.apart;
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
