//! Puts messages into streams, each once, however often that has to be tried.

use std::time::Duration;

use async_nats::jetstream::Context;
use async_nats::jetstream::context::PublishErrorKind;
use async_nats::jetstream::message::PublishMessage;
use tokio::time::sleep;

use super::error::FleetError;

/// How long is waited where a stream is full.
const FULL: Duration = Duration::from_millis(250);

/// How long is waited where the server cannot be reached.
const AWAY: Duration = Duration::from_secs(1);

/// So often a stream may be missed that is there a moment later, as while its server starts.
const MISSED: u32 = 30;

/// Why a message is not stored.
#[derive(Debug)]
pub(super) enum Unstored {
    /// It is larger than the server takes.
    TooLarge,
    /// The stream has no room for it now.
    Full,
    Failed(FleetError),
}

/// Puts a message into the stream of its subject, and waits until it is stored, as long as that takes. The server knows it by its id, so that it is there
/// once.
pub(super) async fn publish(jetstream: &Context, subject: String, id: &str, payload: Vec<u8>) -> Result<(), Unstored> {
    loop {
        match publish_now(jetstream, subject.clone(), id, payload.clone()).await {
            Err(Unstored::Full) => sleep(FULL).await,
            stored => return stored,
        }
    }
}

/// The same, but does not wait for room.
pub(super) async fn publish_now(
    jetstream: &Context,
    subject: String,
    id: &str,
    payload: Vec<u8>,
) -> Result<(), Unstored> {
    let mut missed = 0;
    loop {
        let message = PublishMessage::build().message_id(id).payload(payload.clone().into());
        let stored = match jetstream.send_publish(subject.clone(), message).await {
            Ok(acknowledged) => acknowledged.await.map(|_| ()),
            Err(error) => Err(error),
        };
        let Err(error) = stored else { return Ok(()) };
        match error.kind() {
            PublishErrorKind::MaxPayloadExceeded => return Err(Unstored::TooLarge),
            PublishErrorKind::TimedOut | PublishErrorKind::BrokenPipe => sleep(AWAY).await,
            PublishErrorKind::StreamNotFound if missed < MISSED => {
                missed += 1;
                sleep(AWAY).await;
            }
            _ => {
                let words = error.to_string();
                let is_full =
                    ["maximum messages exceeded", "maximum bytes exceeded"].iter().any(|why| words.contains(why));
                let failed = || Unstored::Failed(FleetError::server("does not store a message", &words));
                return Err(if is_full { Unstored::Full } else { failed() });
            }
        }
    }
}
