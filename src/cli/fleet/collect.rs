//! Writes the results of a job, each target once.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::Duration;

use async_nats::header::NATS_MESSAGE_ID;
use async_nats::jetstream::Message;
use async_nats::jetstream::consumer::pull::OrderedConfig;
use async_nats::jetstream::stream::Stream;
use futures_util::StreamExt as _;
use tokio::time::{Instant, sleep, timeout};

use super::super::args::{Collect, Color};
use super::super::destination::{Destination, Place};
use super::super::ending::Ending;
use super::super::output::{Printed, tell, warn};
use super::super::targets::MOST_TOLD;
use super::super::{exit, listen, process};
use super::broker::{Broker, connect};
use super::chunk::{Aside, ChunkDone};
use super::error::FleetError;
use super::job::{self, Job};
use super::streams::{Streams, aside_subject, counts, result_subject, work_subjects};
use crate::fleet::{Held, key_of};

/// How often it is looked whether the job is whole.
const LOOK: Duration = Duration::from_millis(500);

/// Collects; the exit code.
pub(super) fn run(args: &Collect) -> u8 {
    let args = args.clone();
    process::run(|ending| async move {
        listen::to_signals(&ending);
        collect(&args, &ending).await.unwrap_or_else(|error| error.tell())
    })
}

async fn collect(args: &Collect, ending: &Ending) -> Result<u8, FleetError> {
    let name = job::checked_name(&args.job, "a job")?;
    let broker = connect(&args.server).await?;
    let streams = Streams::open(&broker).await?.ok_or_else(|| FleetError::NoJob(name.clone()))?;
    let job = job::find(&streams.jobs, &name).await?.ok_or(FleetError::NoJob(name))?;
    let is_stdout = args.output.as_os_str() == "-";
    let place = if is_stdout { Place::Stdout } else { Place::Resumed(args.output.clone()) };
    let (destination, held) = place.open()?;
    if destination.has_reader() {
        listen::to_reader(ending);
    }
    let detects = job.how()?.detect;
    let mut collector = Collector::new(job, destination, held, detects);
    let is_whole = collector.all(&broker, &streams, args.now, ending).await?;
    if let Some(signal) = ending.signal() {
        tell("interrupted", &format!("{} results are written", collector.written));
        return Ok(signal);
    }
    let missing = collector.tell(is_whole);
    match (args.remove, is_whole) {
        (true, true) if !ending.reader_is_gone() => remove(&streams, &collector.job).await?,
        (true, _) => warn("the job is not removed: it is not whole, or not all of it is written"),
        (false, _) => {}
    }
    let code = collector.code();
    Ok(if code != exit::INTERNAL && (missing > 0 || !is_whole) { exit::INCOMPLETE } else { code })
}

/// Writes results as they come.
struct Collector {
    job: Job,
    destination: Destination,
    /// What the output held before.
    held: Held,
    /// What was written since.
    keys: HashSet<u64>,
    /// Chunks that are done, and the targets in them that were to be left alone.
    done: BTreeMap<u64, u64>,
    /// What was set aside, each chunk once; what is no chunk by its place.
    aside: BTreeMap<Result<u64, usize>, Aside>,
    /// How many results there are of each kind, written now or before.
    kinds: BTreeMap<String, u64>,
    written: u64,
    detects: bool,
}

impl Collector {
    fn new(job: Job, destination: Destination, held: Held, detects: bool) -> Self {
        Self {
            job,
            destination,
            held,
            keys: HashSet::new(),
            done: BTreeMap::new(),
            aside: BTreeMap::new(),
            kinds: BTreeMap::new(),
            written: 0,
            detects,
        }
    }

    /// Writes all that comes until the job is whole, or all that is there; whether it is whole.
    async fn all(
        &mut self,
        broker: &Broker,
        streams: &Streams,
        now: bool,
        ending: &Ending,
    ) -> Result<bool, FleetError> {
        let filter = result_subject(&self.job.name, ">");
        let there: u64 = counts(&streams.results, &filter).await?.values().sum();
        let mut pending = there;
        let consumer = ordered(&streams.results, filter).await?;
        let mut messages = consumer.messages().await.map_err(|error| FleetError::server("gives no results", error))?;
        let interrupt = ending.interrupt();
        let mut looked: Option<Instant> = None;
        loop {
            // Whoever comes along while results come one by one does not look around at each.
            if pending == 0 && (now || looked.is_none_or(|looked| looked.elapsed() > LOOK)) {
                self.look_around(streams).await?;
                if self.is_whole() && self.nothing_came(&mut messages).await? || now {
                    return Ok(self.is_whole());
                }
                looked = Some(Instant::now());
            }
            let message = tokio::select! {
                biased;
                () = interrupt.triggered() => return Ok(false),
                message = timeout(LOOK, messages.next()) => message,
            };
            match message {
                Ok(Some(Ok(message))) => {
                    pending = message.info().map_or(pending, |info| info.pending);
                    if !self.take(&message)? {
                        return Ok(false);
                    }
                }
                // It is made anew where the connection was lost.
                Ok(Some(Err(_))) => sleep(LOOK).await,
                Ok(None) => return Err(FleetError::server("gives no results", "they ended")),
                Err(_) => pending = if broker.is_connected() { 0 } else { pending.max(1) },
            }
        }
    }

    /// Whether nothing else is there: what was stored before the job became whole is written.
    async fn nothing_came<S>(&mut self, messages: &mut S) -> Result<bool, FleetError>
    where
        S: futures_util::Stream<Item = Result<Message, async_nats::jetstream::consumer::pull::OrderedError>> + Unpin,
    {
        match timeout(LOOK / 2, messages.next()).await {
            Ok(Some(Ok(message))) => self.take(&message).map(|_| false),
            Ok(_) => Ok(false),
            Err(_) => Ok(true),
        }
    }

    /// Reads the job again, and what was set aside.
    async fn look_around(&mut self, streams: &Streams) -> Result<(), FleetError> {
        if let Some(job) = job::find(&streams.jobs, &self.job.name).await? {
            self.job = job;
        }
        self.aside = read_aside(streams, &self.job.name).await?;
        Ok(())
    }

    /// Whether each chunk is done or set aside.
    fn is_whole(&self) -> bool {
        let submission = &self.job.submission;
        let aside = self.aside.keys().filter_map(|number| number.as_ref().ok());
        let chunks: BTreeSet<&u64> = self.done.keys().chain(aside).collect();
        submission.is_complete && chunks.len() as u64 >= submission.chunks
    }

    /// Takes a message; whether to go on.
    fn take(&mut self, message: &Message) -> Result<bool, FleetError> {
        let prefix = result_subject(&self.job.name, "");
        let Some(kind) = message.subject.strip_prefix(&prefix) else { return Ok(true) };
        if kind == "chunk" {
            // Whatever else it may be, it is no chunk of ours.
            if let Ok(ChunkDone { number, left_alone }) = serde_json::from_slice(&message.payload) {
                self.done.insert(number, left_alone);
            }
            return Ok(true);
        }
        let Some(key) = key(message) else { return Ok(true) };
        let is_held = self.held.has(key);
        if !self.keys.insert(key) {
            return Ok(true);
        }
        *self.kinds.entry(kind.to_owned()).or_default() += 1;
        if is_held {
            return Ok(true);
        }
        let text = String::from_utf8_lossy(&message.payload);
        let name = self.destination.name();
        let printed = self.destination.write(&format!("{}\n", text.trim_end()), Color::Auto);
        match printed.map_err(|error| FleetError::Output { name, error })? {
            Printed::Whole => {
                self.written += 1;
                Ok(true)
            }
            Printed::ReaderGone => Ok(false),
        }
    }

    /// Tells what was written and what has no result; how many targets have none.
    fn tell(&self, is_whole: bool) -> u64 {
        let kinds: Vec<String> = self.kinds.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        let kinds = if kinds.is_empty() { "none".to_owned() } else { kinds.join(", ") };
        let left_alone: u64 = self.done.values().sum();
        tell("done", &format!("{} results written; of all results: {kinds}", self.written));
        if left_alone > 0 {
            tell("note", &format!("{left_alone} targets are left alone, as --exclude-file says"));
        }
        let mut without: u64 = 0;
        for aside in self.aside.values() {
            let missing = aside.targets.iter().filter(|name| !self.keys.contains(&key_of(name)));
            let missing: Vec<&String> = missing.collect();
            without += missing.len() as u64;
            tell_aside(aside, &missing);
        }
        let results = self.keys.len() as u64 + left_alone;
        let missing = self.job.submission.targets.saturating_sub(results);
        if missing > without {
            let why = if is_whole { "their results are lost" } else { "the job is not whole" };
            tell("note", &format!("{} more targets have no result: {why}", missing - without));
        }
        missing
    }

    /// The exit code that a scan of the same would have.
    fn code(&self) -> u8 {
        let of = |kind: &str| match kind {
            "identified" => exit::IDENTIFIED,
            "websocket" if self.detects => exit::IDENTIFIED,
            "websocket" => exit::NOT_IDENTIFIED,
            "unreached.fault" => exit::INTERNAL,
            kind if kind.starts_with("unreached.") => exit::UNREACHABLE,
            _ => exit::NO_WEBSOCKET,
        };
        let worst = self.kinds.keys().map(|kind| of(kind)).fold(exit::IDENTIFIED, exit::worse);
        let is_found = self.detects && self.kinds.contains_key("websocket");
        if is_found && worst != exit::INTERNAL { exit::IDENTIFIED } else { worst }
    }
}

fn tell_aside(aside: &Aside, missing: &[&String]) {
    let what = aside.number.map_or("a message".to_owned(), |number| format!("chunk {number}"));
    let workers = if aside.workers.is_empty() { String::new() } else { format!(", by {}", aside.workers.join(", ")) };
    let why = &aside.why;
    warn(&format!("{what} is set aside: {why}{workers}; {} of its targets have no result", missing.len()));
    for name in missing.iter().take(usize::try_from(MOST_TOLD).unwrap_or(usize::MAX)) {
        tell("no result", name);
    }
}

/// The key of the target of a result, as the id of its message has it.
fn key(message: &Message) -> Option<u64> {
    let id = message.headers.as_ref()?.get(NATS_MESSAGE_ID)?;
    let (_, key) = id.as_str().rsplit_once('/')?;
    u64::from_str_radix(key, 16).ok()
}

/// All messages of a filter, in order and each once.
async fn ordered(
    stream: &Stream,
    filter_subject: String,
) -> Result<async_nats::jetstream::consumer::Consumer<OrderedConfig>, FleetError> {
    let config = OrderedConfig { filter_subject, ..OrderedConfig::default() };
    stream.create_consumer(config).await.map_err(|error| FleetError::server("does not make a consumer", error))
}

/// What was set aside of a job: each chunk once.
pub(super) async fn read_aside(
    streams: &Streams,
    job: &str,
) -> Result<BTreeMap<Result<u64, usize>, Aside>, FleetError> {
    let subject = aside_subject(job);
    let mut left: u64 = counts(&streams.aside, &subject).await?.values().sum();
    let mut found = BTreeMap::new();
    if left == 0 {
        return Ok(found);
    }
    let lost = |error: &dyn ToString| FleetError::server("does not show what is set aside", error.to_string());
    let consumer = ordered(&streams.aside, subject).await?;
    let mut messages = consumer.messages().await.map_err(|error| lost(&error))?;
    while left > 0
        && let Some(message) = messages.next().await
    {
        let message = message.map_err(|error| lost(&error))?;
        left = message.info().map_or(0, |info| info.pending);
        if let Ok(aside) = serde_json::from_slice::<Aside>(&message.payload) {
            found.insert(aside.number.ok_or(found.len()), aside);
        }
    }
    Ok(found)
}

/// Removes a job with all its messages.
async fn remove(streams: &Streams, job: &Job) -> Result<(), FleetError> {
    let lost = |error: &dyn ToString| FleetError::server("does not remove the job", error.to_string());
    // First of all, so that no worker begins it any more.
    streams.jobs.purge(&job.name).await.map_err(|error| lost(&error))?;
    for bucket in 0..super::chunk::BUCKETS {
        let _ = streams.work.delete_consumer(&format!("{}-{bucket}", job.name)).await;
    }
    let filters = [
        (&streams.work, work_subjects(&job.name)),
        (&streams.results, result_subject(&job.name, ">")),
        (&streams.aside, aside_subject(&job.name)),
    ];
    for (stream, filter) in filters {
        stream.purge().filter(filter).await.map_err(|error| lost(&error))?;
    }
    tell("removed", &format!("job `{}`", job.name));
    Ok(())
}
