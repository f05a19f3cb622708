//! What there is on the server: streams of work, of results and of what is set aside, and buckets of keys and values for jobs and workers.

use std::collections::BTreeMap;
use std::time::Duration;

use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::context::{GetStreamError, GetStreamErrorKind};
use async_nats::jetstream::kv::Store;
use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, StorageType, Stream};
use futures_util::StreamExt as _;

use super::broker::Broker;
use super::chunk::BUCKETS;
use super::error::FleetError;

const WORK: &str = "STEWS_WORK";
const RESULTS: &str = "STEWS_RESULTS";
const ASIDE: &str = "STEWS_ASIDE";
const JOBS: &str = "STEWS_JOBS";
const WORKERS: &str = "STEWS_WORKERS";
const HOLDERS: &str = "STEWS_HOLDERS";

/// How long the server knows a message by its id, so that the same sent again is no other.
const KNOWN_FOR: Duration = Duration::from_secs(2 * 60 * 60);

/// A worker that was not heard of for so long is gone.
pub(super) const WORKER_AGE: Duration = Duration::from_secs(30);

/// Who had a chunk in hand is known for so long.
const HOLDER_AGE: Duration = Duration::from_secs(24 * 60 * 60);

/// All of it.
#[derive(Clone)]
pub(super) struct Streams {
    /// Chunks, each until it is done.
    pub(super) work: Stream,
    /// What was found, a message a target, and a message a chunk that is done.
    pub(super) results: Stream,
    /// Chunks that nobody is to begin any more.
    pub(super) aside: Stream,
    pub(super) jobs: Store,
    /// Workers that are alive.
    pub(super) workers: Store,
    /// Which worker had which chunk in hand.
    pub(super) holders: Store,
}

impl Streams {
    /// Those of the server. What is not there yet is made; what is there stays as whoever made it wants it.
    pub(super) async fn make(broker: &Broker, replicas: u32, backlog: u32) -> Result<Self, FleetError> {
        let replicas = replicas as usize;
        let stream = |name: &str, subjects: String| Config {
            name: name.to_owned(),
            subjects: vec![subjects],
            storage: StorageType::File,
            num_replicas: replicas,
            duplicate_window: KNOWN_FOR,
            ..Config::default()
        };
        let work = Config {
            retention: RetentionPolicy::WorkQueue,
            discard: DiscardPolicy::New,
            max_messages: i64::from(backlog),
            ..stream(WORK, "stews.work.>".to_owned())
        };
        Ok(Self {
            work: make_stream(broker, work).await?,
            results: make_stream(broker, stream(RESULTS, "stews.result.>".to_owned())).await?,
            aside: make_stream(broker, stream(ASIDE, "stews.aside.>".to_owned())).await?,
            workers: make_store(broker, WORKERS, replicas, WORKER_AGE).await?,
            holders: make_store(broker, HOLDERS, replicas, HOLDER_AGE).await?,
            // Last, since where it is there all of it is.
            jobs: make_store(broker, JOBS, replicas, Duration::ZERO).await?,
        })
    }

    /// Those of the server, if anything was ever submitted there.
    pub(super) async fn open(broker: &Broker) -> Result<Option<Self>, FleetError> {
        let jetstream = &broker.jetstream;
        match jetstream.get_stream(format!("KV_{JOBS}")).await {
            Ok(_) => {}
            Err(error) if is_missing(&error) => return Ok(None),
            Err(error) => return Err(FleetError::server("does not show jobs", error)),
        }
        let stream = async |name: &'static str| {
            jetstream.get_stream(name).await.map_err(|error| FleetError::server("does not show a stream", error))
        };
        let store = async |name: &'static str| {
            jetstream.get_key_value(name).await.map_err(|error| FleetError::server("does not show a bucket", error))
        };
        Ok(Some(Self {
            work: stream(WORK).await?,
            results: stream(RESULTS).await?,
            aside: stream(ASIDE).await?,
            workers: store(WORKERS).await?,
            holders: store(HOLDERS).await?,
            jobs: store(JOBS).await?,
        }))
    }

    /// How many chunks of each job and bucket are not done yet.
    pub(super) async fn work_left(&self, job: &str) -> Result<BTreeMap<(String, u64), u64>, FleetError> {
        let subjects = counts(&self.work, &work_subjects(job)).await?;
        let read = |(subject, count): (String, u64)| {
            let (job, bucket) = subject.strip_prefix("stews.work.")?.split_once('.')?;
            Some(((job.to_owned(), bucket.parse().ok().filter(|bucket| *bucket < BUCKETS)?), count))
        };
        Ok(subjects.into_iter().filter_map(read).collect())
    }
}

/// How many chunks of a job are not done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Outstanding {
    /// Nobody has them in hand.
    pub(super) waiting: u64,
    /// Some worker has them in hand.
    pub(super) under_way: u64,
}

impl Outstanding {
    pub(super) const fn is_none(self) -> bool {
        self.waiting == 0 && self.under_way == 0
    }

    /// Those of a bucket with so many messages, whose consumer, if it has one, has so many to give and to hear of. A server that was killed may hold
    /// messages of which its consumer knows that they are done.
    fn of(messages: u64, consumer: Option<(u64, u64)>) -> Self {
        let Some((pending, in_hand)) = consumer else { return Self { waiting: messages, under_way: 0 } };
        let under_way = in_hand.min(messages);
        Self { waiting: pending.min(messages - under_way), under_way }
    }
}

impl Streams {
    /// How many chunks of each job are not done, exactly; those of which none is left out are left out.
    pub(super) async fn outstanding(&self) -> Result<BTreeMap<String, Outstanding>, FleetError> {
        let messages = self.work_left("*").await?;
        if messages.is_empty() {
            return Ok(BTreeMap::new());
        }
        let (mut consumers, mut known) = (self.work.consumers(), BTreeMap::new());
        while let Some(consumer) = consumers.next().await {
            let consumer = consumer.map_err(|error| FleetError::server("does not list consumers", error))?;
            let bucket =
                consumer.name.rsplit_once('-').and_then(|(job, bucket)| Some((job.to_owned(), bucket.parse().ok()?)));
            known.extend(
                bucket.map(|bucket: (String, u64)| (bucket, (consumer.num_pending, consumer.num_ack_pending as u64))),
            );
        }
        let mut outstanding: BTreeMap<String, Outstanding> = BTreeMap::new();
        for (bucket, count) in messages {
            let Outstanding { waiting, under_way } = Outstanding::of(count, known.get(&bucket).copied());
            let of_job = outstanding.entry(bucket.0).or_default();
            (of_job.waiting, of_job.under_way) = (of_job.waiting + waiting, of_job.under_way + under_way);
        }
        outstanding.retain(|_, of_job| !of_job.is_none());
        Ok(outstanding)
    }
}

/// The subject of the chunks of a bucket.
pub(super) fn work_subject(job: &str, bucket: u64) -> String {
    format!("stews.work.{job}.{bucket}")
}

/// The subjects of all chunks of a job, or of each where that is `*`.
pub(super) fn work_subjects(job: &str) -> String {
    format!("stews.work.{job}.*")
}

/// The subject of results of a kind.
pub(super) fn result_subject(job: &str, kind: &str) -> String {
    format!("stews.result.{job}.{kind}")
}

/// The subject of chunks that are set aside.
pub(super) fn aside_subject(job: &str) -> String {
    format!("stews.aside.{job}.chunk")
}

/// How many messages each subject has that a filter lets through.
pub(super) async fn counts(stream: &Stream, filter: &str) -> Result<BTreeMap<String, u64>, FleetError> {
    let lost = |error| FleetError::server("does not count messages", error);
    let mut subjects = stream.info_with_subjects(filter).await.map_err(lost)?;
    let mut counts = BTreeMap::new();
    while let Some(subject) = subjects.next().await {
        let (subject, count) = subject.map_err(lost)?;
        counts.insert(subject, count as u64);
    }
    Ok(counts)
}

/// Whether a stream is not there, and not only the server.
fn is_missing(error: &GetStreamError) -> bool {
    matches!(error.kind(), GetStreamErrorKind::JetStream(why) if why.error_code() == ErrorCode::STREAM_NOT_FOUND)
}

async fn make_stream(broker: &Broker, config: Config) -> Result<Stream, FleetError> {
    let made = broker.jetstream.get_or_create_stream(config).await;
    made.map_err(|error| FleetError::server("does not make a stream", error))
}

async fn make_store(broker: &Broker, name: &str, replicas: usize, max_age: Duration) -> Result<Store, FleetError> {
    // As async-nats does it, but for what it asks of the server before, which version 2.9 answers otherwise.
    let config = Config {
        name: format!("KV_{name}"),
        subjects: vec![format!("$KV.{name}.>")],
        max_messages_per_subject: 1,
        max_age,
        storage: StorageType::File,
        num_replicas: replicas,
        discard: DiscardPolicy::New,
        allow_rollup: true,
        deny_delete: true,
        allow_direct: true,
        ..Config::default()
    };
    make_stream(broker, config).await?;
    let made = broker.jetstream.get_key_value(name).await;
    made.map_err(|error| FleetError::server("does not show a bucket", error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_chunks_of_a_job_are_those_of_its_name_whatever_it_begins_with() {
        for job in ["october", "0-october"] {
            let of_bucket = work_subject(job, 0);
            assert_eq!(work_subjects(job).strip_suffix('*'), of_bucket.strip_suffix('0'), "{of_bucket}");
        }
    }

    #[test]
    fn what_a_consumer_knows_to_be_done_is_not_outstanding() {
        let of = |messages, consumer| {
            let Outstanding { waiting, under_way } = Outstanding::of(messages, consumer);
            (waiting, under_way)
        };
        assert_eq!(of(3, None), (3, 0));
        assert_eq!(of(3, Some((2, 1))), (2, 1));
        assert_eq!(of(3, Some((0, 1))), (0, 1));
        assert_eq!(of(0, Some((1, 1))), (0, 0));
        assert!(Outstanding::of(3, Some((0, 0))).is_none());
    }
}
