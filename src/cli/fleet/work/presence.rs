//! That a worker is there, as the others see it, and how many they are: they share the rate of a job.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use async_nats::jetstream::kv::{Operation, Store, Watch};
use futures_util::StreamExt as _;
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::super::super::scanner::Scanner;
use super::super::chunk::to_payload;
use super::super::job::now;
use super::super::streams::WORKER_AGE;
use super::super::worker::Worker;

/// How often a worker says that it is there.
const BEAT: Duration = Duration::from_secs(10);

/// That a worker is there.
pub(super) struct Presence {
    workers: Store,
    worker: Worker,
    scanner: Arc<Scanner>,
    done: Arc<AtomicU64>,
    others: Others,
}

impl Presence {
    pub(super) fn new(workers: Store, name: &str, job: &str, scanner: Arc<Scanner>, done: Arc<AtomicU64>) -> Self {
        let worker = Worker { name: name.to_owned(), job: job.to_owned(), since: now(), done: 0, per_second: 0.0 };
        Self { workers, worker, scanner, done, others: Others::default() }
    }

    fn key(&self) -> String {
        format!("{}.{}", self.worker.job, self.worker.name)
    }

    /// Says so for the first time, and finds out who else is there: nothing is sent before.
    pub(super) async fn begin(&mut self) {
        let watch = self.watch().await;
        self.beat(Duration::ZERO).await;
        if let Some(mut watch) = watch {
            // What is there already comes at once, and ends with what we just said.
            let known = async {
                while let Some(Ok(entry)) = watch.next().await {
                    let is_ours = entry.key == self.key();
                    self.others.see(&entry.key, entry.operation, Instant::now());
                    if is_ours {
                        break;
                    }
                }
            };
            let _ = tokio::time::timeout(Duration::from_secs(5), known).await;
        }
        self.share();
    }

    /// Says so until this is dropped, and keeps to the worker's share of the rate.
    pub(super) async fn stay(mut self) {
        let mut beats = interval(BEAT);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        beats.tick().await;
        loop {
            let Some(mut watch) = self.watch().await else {
                sleep(BEAT).await;
                continue;
            };
            loop {
                tokio::select! {
                    _ = beats.tick() => self.beat(BEAT).await,
                    entry = watch.next() => match entry {
                        Some(Ok(entry)) => self.others.see(&entry.key, entry.operation, Instant::now()),
                        Some(Err(_)) | None => break,
                    },
                }
                self.share();
            }
            sleep(Duration::from_secs(1)).await;
        }
    }

    async fn watch(&self) -> Option<Watch> {
        self.workers.watch_with_history(format!("{}.*", self.worker.job)).await.ok()
    }

    async fn beat(&mut self, after: Duration) {
        let done = self.done.load(Ordering::Relaxed);
        let more = done.saturating_sub(self.worker.done) as f64;
        self.worker.per_second = if after.is_zero() { 0.0 } else { more / after.as_secs_f64() };
        self.worker.done = done;
        // Where it cannot be said the next time will do.
        let _ = self.workers.put(self.key(), to_payload(&self.worker).into()).await;
    }

    fn share(&mut self) {
        let workers = self.others.count(Instant::now()).max(1);
        if let Some(rate) = self.scanner.plan().limits.rate() {
            rate.share(u32::try_from(workers).unwrap_or(u32::MAX));
        }
    }
}

/// A worker is gone.
pub(super) async fn leave(workers: &Store, name: &str, job: &str) {
    // Where it cannot be said, its silence will.
    let _ = workers.delete(format!("{job}.{name}")).await;
}

/// The workers of a job, and when each was heard of.
#[derive(Default)]
struct Others(HashMap<String, Instant>);

impl Others {
    fn see(&mut self, key: &str, operation: Operation, now: Instant) {
        match operation {
            Operation::Put => _ = self.0.insert(key.to_owned(), now),
            Operation::Delete | Operation::Purge => _ = self.0.remove(key),
        }
    }

    /// How many there are that were heard of of late.
    fn count(&mut self, now: Instant) -> usize {
        self.0.retain(|_, heard| now.duration_since(*heard) < WORKER_AGE);
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_who_left_and_those_who_are_silent_have_no_share() {
        let (mut others, start) = (Others::default(), Instant::now());
        for (key, operation) in [
            ("j.a", Operation::Put),
            ("j.b", Operation::Put),
            ("j.a", Operation::Put),
            ("j.c", Operation::Put),
            ("j.b", Operation::Delete),
        ] {
            others.see(key, operation, start);
        }
        assert_eq!(others.count(start), 2);
        others.see("j.c", Operation::Put, start + WORKER_AGE / 2);
        assert_eq!(others.count(start + WORKER_AGE), 1);
    }
}
