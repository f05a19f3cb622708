//! Chunks that nobody is to begin any more: their workers died of them, or they are none.

use async_nats::jetstream::{Context, Message};

use super::super::super::output::warn;
use super::super::chunk::{Aside, Chunk, to_payload};
use super::super::error::FleetError;
use super::super::job::Job;
use super::super::publish::{Unstored, publish};
use super::super::streams::{Streams, aside_subject};
use super::holders::holders;

/// Where a chunk is set aside.
pub(super) struct SetAside<'a> {
    pub(super) jetstream: &'a Context,
    pub(super) streams: &'a Streams,
    pub(super) job: &'a Job,
}

/// Sets a chunk aside, with why, how often it was begun and by whom.
pub(super) async fn set_aside(
    place: &SetAside<'_>,
    message: &Message,
    chunk: Option<Chunk>,
    begun: u64,
    why: &str,
) -> Result<(), FleetError> {
    let job = place.job;
    let sequence = message.info().map_or(0, |info| info.stream_sequence);
    let (what, id) = match &chunk {
        Some(chunk) => (format!("chunk {}", chunk.number), format!("{}/aside/{}", job.run, chunk.number)),
        None => ("a message".to_owned(), format!("{}/aside/s{sequence}", job.run)),
    };
    let workers = match &chunk {
        Some(chunk) => holders(place.streams, &job.run, chunk, begun).await,
        None => Vec::new(),
    };
    warn(&format!("{what} of job `{}` is set aside: {why}", job.name));
    let (number, targets) = chunk.map_or((number_of(message), Vec::new()), |chunk| (Some(chunk.number), chunk.targets));
    let aside = Aside { number, why: why.to_owned(), begun, workers, targets };
    match publish(place.jetstream, aside_subject(&job.name), &id, to_payload(&aside)).await {
        Ok(()) | Err(Unstored::Full) => {}
        Err(Unstored::TooLarge) => return Err(FleetError::server("does not store a message", "it is too large")),
        Err(Unstored::Failed(error)) => return Err(error),
    }
    let acknowledged = message.double_ack().await;
    acknowledged.map_err(|error| FleetError::server("does not take an acknowledgement", error))
}

/// The number of the chunk that a message was sent as, as its id says.
fn number_of(message: &Message) -> Option<u64> {
    let id = message.headers.as_ref()?.get(async_nats::header::NATS_MESSAGE_ID)?;
    let (_, number) = id.as_str().rsplit_once('/')?;
    number.split('.').next()?.parse().ok()
}
