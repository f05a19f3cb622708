//! Takes chunks of a job from the server, as many as there is room for.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use async_nats::jetstream::consumer::pull::Config;
use async_nats::jetstream::consumer::{AckPolicy, PullConsumer};
use async_nats::jetstream::{AckKind, Message};
use futures_util::StreamExt as _;
use futures_util::future::join_all;
use tokio::sync::mpsc::{Sender, UnboundedSender};
use tokio::time::sleep;

use super::super::broker::Broker;
use super::super::chunk::Chunk;
use super::super::error::FleetError;
use super::super::job::Job;
use super::super::streams::{Streams, work_subject};
use super::aside::{SetAside, set_aside};
use super::hand::Hand;
use super::holders::holder_key;
use super::look::Outcome;
use crate::fleet::{Asked, Settings};
use crate::scan::Interrupt;

/// How long a bucket is asked for a chunk.
const PATIENCE: Duration = Duration::from_millis(200);

/// How long is waited where no bucket has any.
const PAUSE: Duration = Duration::from_millis(200);

/// So many times in a row there is nothing to be had, and nothing in hand, before a job is left.
const NOTHING: u32 = 4;

/// So long it is looked on whether what is in hand is enough, before more is taken.
const LOOK_ON: Duration = Duration::from_millis(500);

/// Takes chunks.
pub(super) struct Fetcher {
    pub(super) broker: Broker,
    pub(super) streams: Streams,
    pub(super) job: Job,
    pub(super) worker: String,
    pub(super) hand: Hand,
    pub(super) outcomes: UnboundedSender<Outcome>,
    pub(super) concurrency: usize,
    /// How many targets are looked at.
    pub(super) running: Arc<AtomicUsize>,
    pub(super) consumers: HashMap<u64, PullConsumer>,
}

impl Fetcher {
    /// Takes chunks and gives out their targets, until there are no more or it is interrupted.
    pub(super) async fn all(mut self, targets: Sender<Asked>, interrupt: Interrupt) {
        let (mut nothing, mut last) = (0, Instant::now());
        while nothing < NOTHING && !interrupt.is_triggered() {
            let wanted = self.wanted(last);
            if wanted == 0 {
                sleep(PAUSE / 4).await;
                continue;
            }
            // Where the server is away it is waited for.
            let taken = self.take(wanted, &targets, &interrupt).await.unwrap_or(Some(0));
            match taken {
                None => return,
                Some(0) => {
                    nothing = if self.hand.is_empty() { nothing + 1 } else { 0 };
                    sleep(PAUSE).await;
                }
                Some(_) => (nothing, last) = (0, Instant::now()),
            }
        }
    }

    /// How many chunks there is room for.
    fn wanted(&self, last: Instant) -> usize {
        let left = self.hand.targets_left();
        let room = (2 * self.concurrency).saturating_sub(left);
        let is_idle = self.running.load(Ordering::Relaxed) < self.concurrency && last.elapsed() > LOOK_ON;
        match room.div_ceil(self.job.chunk.max(1) as usize) {
            // There are enough, but so many at so few hosts that they wait for each other.
            0 => usize::from(is_idle && left < Settings::LOOK_AHEAD),
            chunks => chunks,
        }
    }

    /// Takes up to so many chunks; how many there were, or nothing where nobody wants them any more.
    async fn take(
        &mut self,
        wanted: usize,
        targets: &Sender<Asked>,
        interrupt: &Interrupt,
    ) -> Result<Option<usize>, FleetError> {
        let in_hand = self.hand.buckets();
        let left = self.streams.work_left(&self.job.name).await?;
        let mut buckets: Vec<u64> =
            left.keys().map(|(_, bucket)| *bucket).filter(|one| !in_hand.contains(one)).collect();
        fastrand::shuffle(&mut buckets);
        buckets.truncate(wanted);
        for bucket in &buckets {
            if !self.consumers.contains_key(bucket) {
                let consumer = consumer(&self.streams, &self.job, *bucket).await?;
                self.consumers.insert(*bucket, consumer);
            }
        }
        let asked = buckets.iter().filter_map(|bucket| self.consumers.get(bucket)).map(next_chunk);
        let messages: Vec<Message> = join_all(asked).await.into_iter().flatten().collect();
        let (count, mut messages) = (messages.len(), messages.into_iter());
        let is_wanted = self.give_out(&mut messages, targets, interrupt).await;
        // Those that were not taken into the hand go to others at once.
        for message in messages {
            let _ = message.ack_with(AckKind::Nak(None)).await;
        }
        Ok(is_wanted?.then_some(count))
    }

    /// Takes chunks into the hand and gives out their targets; whether anybody wants more.
    async fn give_out(
        &self,
        messages: &mut impl Iterator<Item = Message>,
        targets: &Sender<Asked>,
        interrupt: &Interrupt,
    ) -> Result<bool, FleetError> {
        for message in messages {
            let taken = self.accept(message).await?;
            for asked in taken {
                // What is in hand and not begun goes back with all else.
                tokio::select! {
                    biased;
                    () = interrupt.triggered() => return Ok(false),
                    sent = targets.send(asked) => if sent.is_err() { return Ok(false) },
                }
            }
        }
        Ok(true)
    }

    /// Takes a chunk into the hand; the targets to look at.
    async fn accept(&self, message: Message) -> Result<Vec<Asked>, FleetError> {
        let begun = message.info().map_or(1, |info| u64::try_from(info.delivered).unwrap_or(1));
        let aside = SetAside { jetstream: &self.broker.jetstream, streams: &self.streams, job: &self.job };
        match Chunk::read(&message.payload) {
            Err(why) => {
                set_aside(&aside, &message, None, begun, &format!("it is no chunk: {why}")).await?;
                Ok(Vec::new())
            }
            Ok((chunk, _)) if begun > u64::from(self.job.max_deliver) => {
                let times = if self.job.max_deliver == 1 { "time" } else { "times" };
                let why = format!("it was begun {} {times}, and never done", self.job.max_deliver);
                set_aside(&aside, &message, Some(chunk), begun - 1, &why).await?;
                Ok(Vec::new())
            }
            Ok((chunk, targets)) => {
                let holder = holder_key(&self.job.run, &chunk, begun);
                // Before anything is begun that we may die of.
                let noted = self.streams.holders.put(holder, self.worker.clone().into()).await;
                noted.map_err(|error| FleetError::server("does not take note of a worker", error))?;
                let (number, (_, acker)) = (chunk.number, message.split());
                let is_new = self.hand.take(chunk, &targets, acker);
                if is_new && targets.is_empty() {
                    // Whoever takes it waits for all of us.
                    let _ = self.outcomes.send(Outcome::Empty(number));
                }
                Ok(if is_new { targets } else { Vec::new() })
            }
        }
    }
}

/// The consumer of a bucket. It gives out one chunk at a time, to whichever worker: no two chunks of a bucket are under way anywhere.
async fn consumer(streams: &Streams, job: &Job, bucket: u64) -> Result<PullConsumer, FleetError> {
    let name = format!("{}-{bucket}", job.name);
    let config = Config {
        durable_name: Some(name.clone()),
        filter_subject: work_subject(&job.name, bucket),
        ack_policy: AckPolicy::Explicit,
        ack_wait: Duration::from_millis(u64::from(job.ack_wait)),
        max_ack_pending: 1,
        // Whoever gets it too often sets it aside.
        max_deliver: -1,
        ..Config::default()
    };
    let made = streams.work.get_or_create_consumer(&name, config).await;
    made.map_err(|error| FleetError::server("does not make a consumer", error))
}

/// The next chunk of a bucket, if there is one now that nobody has in hand.
async fn next_chunk(consumer: &PullConsumer) -> Option<Message> {
    let mut messages = consumer.batch().max_messages(1).expires(PATIENCE).messages().await.ok()?;
    messages.next().await?.ok()
}
