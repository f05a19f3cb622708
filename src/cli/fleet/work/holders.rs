//! Who had a chunk in hand.

use super::super::chunk::Chunk;
use super::super::streams::Streams;

/// Where it is noted who had a chunk in hand when it was begun for that time.
pub(super) fn holder_key(run: &str, chunk: &Chunk, time: u64) -> String {
    format!("{run}.{}.{}.{time}", chunk.number, chunk.part)
}

/// The workers that had a chunk in hand, as far as that is known still.
pub(super) async fn holders(streams: &Streams, run: &str, chunk: &Chunk, begun: u64) -> Vec<String> {
    let mut workers = Vec::new();
    for time in 1..=begun {
        if let Ok(Some(worker)) = streams.holders.get(holder_key(run, chunk, time)).await {
            workers.push(String::from_utf8_lossy(&worker).into_owned());
        }
    }
    workers
}
