//! Stores what was found, and lets chunks go once all of theirs is stored.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use async_nats::jetstream::Context;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::sleep;

use super::super::super::output::warn;
use super::super::super::scanner::{Scanner, Told};
use super::super::super::tally::Class;
use super::super::chunk::{ChunkDone, to_payload};
use super::super::publish::{Unstored, publish};
use super::super::streams::result_subject;
use super::hand::{Hand, Leaving};
use super::look::Outcome;
use crate::fleet::Asked;

/// So many results may be on their way to the server.
const ON_THEIR_WAY: usize = 512;

/// So often it is tried to tell the server that a chunk is done; then somebody else does it again, and nothing is there twice.
const TRIES: u32 = 5;

/// How long is waited where the server does not store a message.
const AGAIN: Duration = Duration::from_secs(2);

/// Stores results of one job.
pub(super) struct Results {
    pub(super) jetstream: Context,
    pub(super) job: String,
    pub(super) run: String,
    pub(super) hand: Hand,
    pub(super) scanner: Arc<Scanner>,
    /// How many targets are done.
    pub(super) done: Arc<AtomicU64>,
    /// Whether it is told that the server does not store.
    pub(super) is_told: AtomicBool,
}

impl Results {
    /// Stores all that comes.
    pub(super) async fn all(self, mut outcomes: UnboundedReceiver<Outcome>) {
        let (mut on_their_way, mut is_closed) = (FuturesUnordered::new(), false);
        while !(is_closed && on_their_way.is_empty()) {
            tokio::select! {
                Some(()) = on_their_way.next(), if !on_their_way.is_empty() => {}
                outcome = outcomes.recv(), if !is_closed && on_their_way.len() < ON_THEIR_WAY => match outcome {
                    Some(outcome) => on_their_way.push(self.settle(outcome)),
                    None => is_closed = true,
                },
            }
        }
    }

    /// Stores what came of a target, and lets go what is done with it.
    async fn settle(&self, outcome: Outcome) {
        let (asked, is_left_alone) = match outcome {
            Outcome::Empty(chunk) => {
                if let Some(leaving) = self.hand.if_done(chunk) {
                    self.finish(leaving).await;
                }
                return;
            }
            Outcome::LeftAlone(asked) => (asked, true),
            Outcome::Found(asked, told) => {
                self.store(&asked, told).await;
                (asked, false)
            }
            Outcome::Fault(asked) => {
                let told = self.scanner.fault(&asked, "a fault in stews ended the scan; please report it");
                self.store(&asked, told).await;
                (asked, false)
            }
        };
        self.done.fetch_add(1, Ordering::Relaxed);
        for leaving in self.hand.done(asked.key(), is_left_alone) {
            self.finish(leaving).await;
        }
    }

    async fn store(&self, asked: &Asked, told: Told) {
        let id = format!("{}/{:016x}", self.run, asked.key());
        if self.put(&kind(&told), &id, told.text.into_bytes()).await == Put::TooLarge {
            let told = self.scanner.fault(asked, "its result is larger than the NATS server takes; raise max_payload");
            // A server that does not take this either takes nothing at all.
            let _ = self.put(&kind(&told), &id, told.text.into_bytes()).await;
        }
    }

    /// Says that a chunk is done, and lets it go.
    async fn finish(&self, Leaving { chunk, acker }: Leaving) {
        let done = to_payload(&ChunkDone { number: chunk.number, left_alone: chunk.left_alone });
        let _ = self.put("chunk", &format!("{}/done/{}", self.run, chunk.number), done).await;
        for attempt in 1..=TRIES {
            if acker.double_ack().await.is_ok() {
                break;
            }
            sleep(Duration::from_secs(u64::from(attempt))).await;
        }
        self.hand.let_go(chunk.number);
    }

    /// Stores a message, and does not let go before it is stored: whatever the server lacks now, somebody may give it.
    async fn put(&self, kind: &str, id: &str, payload: Vec<u8>) -> Put {
        loop {
            let subject = result_subject(&self.job, kind);
            match publish(&self.jetstream, subject, id, payload.clone()).await {
                Ok(()) => return Put::Stored,
                Err(Unstored::TooLarge) => return Put::TooLarge,
                Err(Unstored::Full) => {}
                Err(Unstored::Failed(error)) => {
                    if !self.is_told.swap(true, Ordering::Relaxed) {
                        warn(&format!("{error}; trying again until it does"));
                    }
                }
            }
            sleep(AGAIN).await;
        }
    }
}

/// What came of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Put {
    Stored,
    TooLarge,
}

/// What subject a result has: words that `stews fleet status` counts by.
fn kind(told: &Told) -> String {
    match told.class {
        Class::Identified => "identified".to_owned(),
        Class::WebSocket => "websocket".to_owned(),
        Class::NoWebSocket => "no_websocket".to_owned(),
        Class::Unreached(kind) => format!("unreached.{kind}"),
        Class::Interrupted => "interrupted".to_owned(),
    }
}
