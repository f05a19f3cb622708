//! How soon a connection may begin after the one before.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, sleep_until};

/// A limiter counts from when a connection reaches it, which is never to the millisecond: we wait by this share longer.
const MARGIN: u32 = 20;

/// Lets connections begin one after the other, with a delay between their beginnings.
pub(super) struct Throttle {
    delay: Duration,
    /// When the next may begin. Whoever waits for it holds the lock, so that a wait that is cut short costs the others nothing.
    next: Mutex<Instant>,
}

impl Throttle {
    /// One that lets the first connection begin at once, or no sooner than after another whose beginning is not known.
    pub(super) fn new(delay: Duration, after_another: bool) -> Self {
        let delay = delay + delay / MARGIN;
        let first = Instant::now() + if after_another { delay } else { Duration::ZERO };
        Self { delay, next: Mutex::new(first) }
    }

    /// Waits until a connection may begin.
    pub(super) async fn turn(&self) {
        if self.delay.is_zero() {
            return;
        }
        let mut next = self.next.lock().await;
        sleep_until(*next).await;
        *next = Instant::now() + self.delay;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn beginnings_are_apart_whoever_gives_up_waiting() {
        let (throttle, start) = (Throttle::new(Duration::from_secs(1), false), Instant::now());
        throttle.turn().await;
        assert!(start.elapsed().is_zero());
        assert!(tokio::time::timeout(Duration::from_millis(500), throttle.turn()).await.is_err());
        throttle.turn().await;
        assert!((1000..1100).contains(&start.elapsed().as_millis()), "{:?}", start.elapsed());
        tokio::join!(throttle.turn(), throttle.turn());
        assert!((3000..3300).contains(&start.elapsed().as_millis()), "{:?}", start.elapsed());
    }
}
