//! Works for one job, as long as it has work.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use async_nats::jetstream::AckKind;
use tokio::sync::mpsc::{channel, unbounded_channel};
use tokio::time::{interval, timeout};

use super::super::super::ending::Ending;
use super::super::super::output::warn;
use super::super::super::plan::Plan;
use super::super::super::run::settings;
use super::super::super::scanner::Scanner;
use super::super::broker::Broker;
use super::super::chunk::Chunk;
use super::super::job::Job;
use super::super::publish::publish_now;
use super::super::streams::{Streams, work_subject};
use super::fetch::Fetcher;
use super::hand::{Hand, Leaving};
use super::look::{Keyed, PassOn};
use super::presence::{Presence, leave};
use super::results::Results;
use crate::fleet;

/// How long what is left to say may take after an interrupt.
const LAST_WORDS: Duration = Duration::from_secs(10);

/// So many targets may wait to be taken by the engine.
const AHEAD: usize = 256;

/// Whoever works.
pub(super) struct Server<'a> {
    pub(super) broker: &'a Broker,
    pub(super) streams: &'a Streams,
    pub(super) worker: &'a str,
    pub(super) ending: &'a Ending,
}

impl Server<'_> {
    /// Works for a job until it has no more work or the run ends; how many targets were done.
    pub(super) async fn serve(&self, job: &Job, plan: Plan) -> u64 {
        let mut settings = settings(&plan);
        settings.ordered = false;
        let scanner = Arc::new(Scanner::new(plan, self.ending.clone()));
        let (hand, done, running) = (Hand::default(), Arc::new(AtomicU64::new(0)), Arc::new(AtomicUsize::new(0)));
        let workers = self.streams.workers.clone();
        let mut presence = Presence::new(workers, self.worker, &job.name, scanner.clone(), done.clone());
        presence.begin().await;
        let presence = tokio::spawn(presence.stay());
        let keeper = tokio::spawn(keep(hand.clone(), Duration::from_millis(u64::from(job.ack_wait)) / 3));
        let (give, asked) = channel(AHEAD);
        let (outcomes, found) = unbounded_channel();
        let fetcher = Fetcher {
            broker: self.broker.clone(),
            streams: self.streams.clone(),
            job: job.clone(),
            worker: self.worker.to_owned(),
            hand: hand.clone(),
            outcomes: outcomes.clone(),
            concurrency: settings.concurrency,
            running: running.clone(),
            consumers: HashMap::new(),
        };
        let fetching = tokio::spawn(fetcher.all(give, self.ending.interrupt()));
        let results = Results {
            jetstream: self.broker.jetstream.clone(),
            job: job.name.clone(),
            run: job.run.clone(),
            hand: hand.clone(),
            scanner: scanner.clone(),
            done: done.clone(),
            is_told: AtomicBool::new(false),
        };
        let storing = tokio::spawn(results.all(found));
        let mut pass_on = PassOn { outcomes, running };
        fleet::run(Arc::new(Keyed(scanner)), &settings, asked, &self.ending.interrupt(), &mut pass_on).await;
        drop(pass_on);
        let end = async {
            // A chunk that comes just now is given back as well.
            let _ = fetching.await;
            let _ = storing.await;
            self.give_back(job, &hand).await;
        };
        if self.ending.signal().is_none() {
            end.await;
        } else if timeout(LAST_WORDS, end).await.is_err() {
            let again = Duration::from_millis(u64::from(job.ack_wait)).as_secs();
            warn(&format!("the NATS server is away: others get what was in hand {again} s after it is there again"));
        }
        keeper.abort();
        presence.abort();
        let _ = timeout(LAST_WORDS, leave(&self.streams.workers, self.worker, &job.name)).await;
        done.load(Ordering::Relaxed)
    }

    /// Gives what is in hand back: what is left of each chunk is one of its own, since the rest of it is done.
    async fn give_back(&self, job: &Job, hand: &Hand) {
        for Leaving { chunk, acker } in hand.give_all() {
            let rest = Chunk { part: chunk.part + 1, ..chunk };
            let (subject, id) = (work_subject(&job.name, rest.bucket), rest.id(&job.run));
            let stored = publish_now(&self.broker.jetstream, subject, &id, rest.to_payload()).await;
            // Where it cannot be stored, all of it is done again, and nothing is there twice.
            let kind = if stored.is_ok() { AckKind::Ack } else { AckKind::Nak(None) };
            let _ = acker.double_ack_with(kind).await;
        }
    }
}

/// Tells the server, again and again, that what is in hand is under way.
async fn keep(hand: Hand, every: Duration) {
    let mut moments = interval(every);
    loop {
        moments.tick().await;
        for acker in hand.ackers() {
            // Where it cannot be told, somebody else begins it too, and nothing is there twice.
            let _ = acker.ack_with(AckKind::Progress).await;
        }
    }
}
