//! Puts a list on the server.

use std::collections::VecDeque;
use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesOrdered;
use sha1::{Digest as _, Sha1};
use tokio::sync::mpsc::Receiver;

use super::super::args::{Args, Local, Submit};
use super::super::ending::Ending;
use super::super::feed::{self, Filters, Read};
use super::super::output::{complain, print_all, tell, warn};
use super::super::plan::{self, Ahead, Plan};
use super::super::targets::Sources;
use super::super::{exit, fields, listen, process, run, scope, targets};
use super::broker::{Broker, connect};
use super::chunk::{Chunk, Cutter, to_payload};
use super::error::FleetError;
use super::job::{self, Hashes, Job, SCHEMA, Submission, VERSION};
use super::publish::{Unstored, publish};
use super::streams::{Streams, work_subject};
use crate::fleet::{Asked, Exclusion, Expansion, Held};
use crate::probe::hex;

/// So many chunks may be on their way to the server.
const ON_THEIR_WAY: usize = 32;

/// How much of a message is left for what is not names.
const MARGIN: usize = 16 << 10;

/// What is to be submitted, looked through.
struct Order {
    args: Submit,
    job: Job,
    sources: Sources,
    expansion: Expansion,
    exclusion: Option<Arc<Exclusion>>,
}

/// Submits a job; the exit code.
pub(super) fn run(args: &Submit) -> u8 {
    match look_through(args) {
        Ok(order) => {
            run::tell_skipped(&order.sources);
            process::run(|ending| async move {
                listen::to_signals(&ending);
                submit(order, &ending).await.unwrap_or_else(|error| error.tell())
            })
        }
        Err(error) => error.tell(),
    }
}

/// Looks through all that can be wrong before anything is sent.
fn look_through(args: &Submit) -> Result<Order, FleetError> {
    let name = match &args.job {
        Some(name) => job::checked_name(name, "a job")?,
        None => format!("job-{}-{}", job::now(), job::unique()),
    };
    let local = Local { db: args.db.clone(), ..Local::default() };
    let mut of_list = Args::of_groups(args.listed.clone(), args.how.clone(), local, args.left_alone.clone());
    plan::standard_input_once(&of_list)?;
    let expansion = scope::expansion(&of_list)?;
    of_list.how = fields::without_files(&of_list)?;
    job::check_no_files(&of_list.how)?;
    let sources = targets::look_through(&of_list, &expansion)?;
    let excluded = scope::excluded_lines(&of_list)?;
    let exclusion = scope::exclusion(&of_list, &[])?;
    let database = Box::leak(Box::new(plan::database(&of_list)?));
    // Workers will make the same of the options.
    let ahead = Ahead { count: None, may_be_secure: false, is_list: true };
    let plan = Plan::over(&of_list, &ahead, database, (expansion.clone(), exclusion.clone()))?;
    let hashes = (!plan.detects).then(|| Hashes::of(database));
    let job = Job {
        schema: SCHEMA,
        name,
        run: job::unique(),
        submitted: job::now(),
        stews: VERSION.to_owned(),
        database: hashes.as_ref().map(|hashes| hashes.database.clone()),
        calibration: hashes.map(|hashes| hashes.calibration),
        options: of_list.how.to_options(),
        excluded,
        chunk: args.chunk,
        max_deliver: args.max_deliver,
        ack_wait: args.ack_wait,
        submission: Submission::default(),
    };
    if !of_list.how.header.is_empty() || of_list.how.cookie.is_some() {
        warn("header fields and cookies are stored on the NATS server, and read by every worker");
    }
    Ok(Order { args: args.clone(), job, sources, expansion, exclusion })
}

async fn submit(order: Order, ending: &Ending) -> Result<u8, FleetError> {
    let broker = connect(&order.args.server).await?;
    let size = to_payload(&order.job).len();
    let most = broker.max_payload.saturating_sub(MARGIN);
    if size > most {
        return Err(FleetError::JobTooLarge { size, most });
    }
    let streams = Streams::make(&broker, order.args.replicas, order.args.backlog).await?;
    let job = claim(&streams, order.job).await?;
    if order.args.job.is_none() {
        tell("note", &format!("the job is `{}`; where this ends early, go on with --job {}", job.name, job.name));
    }
    let tacit = run::nothing(&order.sources);
    let skips_invalid = order.args.listed.skip_invalid;
    let filters = Filters { exclusion: order.exclusion, held: Held::default() };
    let skipped_before = order.sources.skipped_lines;
    let started = feed::start(order.sources, Arc::new(order.expansion), filters);
    let (asked, read) = match started {
        Ok(started) => started,
        Err(error) => return Ok(process::cannot_start(&error)),
    };
    let cutter = Cutter::new(job.chunk as usize, most / 2);
    let mut submitter = Submitter::new(&broker, &streams, job, read.clone());
    submitter.all(asked, cutter, ending).await?;
    let mut job = submitter.end(skipped_before).await?;
    if let Some(signal) = ending.signal() {
        job.save(&streams.jobs).await?;
        tell("interrupted", &format!("{} chunks are submitted; go on with --job {}", job.submission.chunks, job.name));
        return Ok(signal);
    }
    if let Some(Err(why)) = read.end() {
        return Ok(complain(&format!("{why}; mend it, and go on with --job {}", job.name), exit::USAGE));
    }
    if read.named() == 0 {
        // A job of nothing is none.
        let _ = streams.jobs.purge(&job.name).await;
        return Ok(complain(&tacit.to_string(), exit::USAGE));
    }
    job.submission.is_complete = true;
    job.save(&streams.jobs).await?;
    tell_submitted(&job);
    let printed = print_all(format!("{}\n", job.name).as_bytes());
    let is_faulty = read.skipped_lines() > 0 && !skips_invalid;
    Ok(if is_faulty { exit::USAGE } else { printed })
}

fn tell_submitted(job: &Job) {
    let Submission { chunks, targets, duplicates, left_alone, skipped_lines, .. } = &job.submission;
    let mut words = format!("{targets} targets in {chunks} chunks");
    for (count, what) in
        [(duplicates, "named before"), (left_alone, "to be left alone"), (skipped_lines, "lines that are no targets")]
    {
        if *count > 0 {
            words = format!("{words}; {count} {what}");
        }
    }
    tell("submitted", &words);
}

/// Makes the job of this name ours: it is new, or was begun with the same options.
async fn claim(streams: &Streams, job: Job) -> Result<Job, FleetError> {
    if streams.jobs.create(&job.name, to_payload(&job).into()).await.is_ok() {
        return Ok(job);
    }
    match job::find(&streams.jobs, &job.name).await? {
        Some(there) if there.asks_the_same(&job) => Ok(there),
        Some(there) => Err(FleetError::OtherOptions(there.name)),
        None => job.save(&streams.jobs).await.map(|()| job),
    }
}

/// How far a job was submitted with a chunk.
struct Mark {
    chunks: u64,
    targets: u64,
    digest: String,
}

struct Submitter<'a> {
    broker: &'a Broker,
    streams: &'a Streams,
    job: Job,
    /// What was stored when this began.
    stored: Submission,
    read: Read,
    /// Over all chunks so far.
    digest: Sha1,
    targets: u64,
    chunks: u64,
    on_their_way: FuturesOrdered<BoxFuture<'static, Result<(), Unstored>>>,
    /// One for each of those.
    marks: VecDeque<Mark>,
}

impl<'a> Submitter<'a> {
    fn new(broker: &'a Broker, streams: &'a Streams, job: Job, read: Read) -> Self {
        Self {
            broker,
            streams,
            stored: job.submission.clone(),
            job,
            read,
            digest: Sha1::new(),
            targets: 0,
            chunks: 0,
            on_their_way: FuturesOrdered::new(),
            marks: VecDeque::new(),
        }
    }

    /// Submits all targets, until interrupted.
    async fn all(&mut self, mut asked: Receiver<Asked>, mut cutter: Cutter, ending: &Ending) -> Result<(), FleetError> {
        let interrupt = ending.interrupt();
        let work = async {
            while let Some(asked) = asked.recv().await {
                if let Some(chunk) = cutter.add(&asked) {
                    self.put(&chunk).await?;
                }
            }
            // A list that was not read to its end may have more for these.
            if self.read.end().is_some_and(|end| end.is_ok()) {
                for chunk in cutter.rest() {
                    self.put(&chunk).await?;
                }
            }
            while !self.on_their_way.is_empty() {
                self.stored_next().await?;
            }
            Ok(())
        };
        tokio::select! {
            biased;
            done = work => done,
            () = interrupt.triggered() => Ok(()),
        }
    }

    async fn put(&mut self, chunk: &Chunk) -> Result<(), FleetError> {
        let payload = chunk.to_payload();
        self.digest.update(&payload);
        self.targets += chunk.targets.len() as u64;
        self.chunks = chunk.number + 1;
        let digest = hex(&self.digest.clone().finalize());
        if self.chunks <= self.stored.chunks {
            let is_same = self.chunks < self.stored.chunks || digest == self.stored.digest;
            return if is_same { Ok(()) } else { Err(FleetError::OtherList(self.job.name.clone())) };
        }
        if self.stored.is_complete {
            return Err(FleetError::OtherList(self.job.name.clone()));
        }
        while self.on_their_way.len() >= ON_THEIR_WAY {
            self.stored_next().await?;
        }
        let (jetstream, subject) = (self.broker.jetstream.clone(), work_subject(&self.job.name, chunk.bucket));
        let id = chunk.id(&self.job.run);
        self.on_their_way.push_back(Box::pin(async move { publish(&jetstream, subject, &id, payload).await }));
        self.marks.push_back(Mark { chunks: self.chunks, targets: self.targets, digest });
        Ok(())
    }

    /// Waits for the next chunk to be stored, and takes note of it.
    async fn stored_next(&mut self) -> Result<(), FleetError> {
        let Some(stored) = self.on_their_way.next().await else { return Ok(()) };
        let Some(mark) = self.marks.pop_front() else { return Ok(()) };
        match stored {
            Ok(()) | Err(Unstored::Full) => {}
            Err(Unstored::TooLarge) => return Err(FleetError::TargetTooLong(mark.chunks - 1)),
            Err(Unstored::Failed(error)) => return Err(error),
        }
        let submission = &mut self.job.submission;
        (submission.chunks, submission.targets, submission.digest) = (mark.chunks, mark.targets, mark.digest);
        if mark.chunks % ON_THEIR_WAY as u64 == 0 {
            self.job.save(&self.streams.jobs).await?;
        }
        Ok(())
    }

    /// The job as far as it is submitted; an error where all is submitted and less than was stored before.
    async fn end(mut self, skipped_before: u64) -> Result<Job, FleetError> {
        let is_read = self.read.end().is_some_and(|end| end.is_ok()) && self.on_their_way.is_empty();
        if is_read && self.chunks < self.stored.chunks {
            return Err(FleetError::OtherList(self.job.name));
        }
        let submission = &mut self.job.submission;
        submission.duplicates = self.read.duplicates();
        submission.left_alone = self.read.excluded();
        submission.skipped_lines = skipped_before + self.read.skipped_lines();
        Ok(self.job)
    }
}
