//! Works for jobs, the oldest first.

mod aside;
mod fetch;
mod hand;
mod holders;
mod look;
mod presence;
mod results;
mod serve;

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use tokio::time::sleep;

use super::super::args::{Args, How, Listed, Work};
use super::super::ending::Ending;
use super::super::output::{self, tell, warn};
use super::super::plan::{self, Ahead, Plan};
use super::super::{exit, listen, process, scope};
use super::broker::{Broker, connect};
use super::error::FleetError;
use super::job::{self, Hashes, Job};
use super::streams::Streams;
use crate::database::Database;
use crate::fleet::Expansion;
use serve::Server;

/// How often it is looked for work where there is none.
const PAUSE: Duration = Duration::from_secs(1);

/// A worker, ready to connect.
struct Worker {
    args: Work,
    name: String,
    database: &'static Database,
    hashes: Hashes,
    /// What is told already: refusals, and jobs that are worked for.
    told: HashSet<String>,
    /// How many targets of each job were done.
    done: BTreeMap<String, u64>,
}

/// What there is to do.
enum Turn {
    /// Some was done.
    Worked,
    /// There is none now.
    Nothing,
    /// There is none, and there will be none.
    Empty,
}

/// Works for jobs; the exit code.
pub(super) fn run(args: &Work) -> u8 {
    match Worker::new(args) {
        Ok(worker) => {
            output::tell_dropped(worker.database);
            process::run(|ending| async move {
                listen::to_signals(&ending);
                worker.work(&ending).await.unwrap_or_else(|error| error.tell())
            })
        }
        Err(error) => error.tell(),
    }
}

impl Worker {
    /// Looks through all that can be wrong before anything is asked of the server.
    fn new(args: &Work) -> Result<Self, FleetError> {
        let name = match &args.name {
            Some(name) => job::checked_name(name, "a worker")?,
            None => own_name(),
        };
        if let Some(job) = &args.job {
            job::checked_name(job, "a job")?;
        }
        let how = How::from_options(&[]).map_err(|why| FleetError::BadJob { name: String::new(), why })?;
        let own = Args::of_groups(Listed::default(), how, args.local.clone(), args.left_alone.clone());
        let database = Box::leak(Box::new(plan::database(&own)?));
        let hashes = Hashes::of(database);
        let worker = Self { args: args.clone(), name, database, hashes, told: HashSet::new(), done: BTreeMap::new() };
        worker.plan_of(&own, &[])?;
        Ok(worker)
    }

    async fn work(mut self, ending: &Ending) -> Result<u8, FleetError> {
        let broker = connect(&self.args.server).await?;
        let mut is_told = false;
        while ending.signal().is_none() {
            let turn = match Streams::open(&broker).await {
                Ok(Some(streams)) => self.turn(&broker, &streams, ending).await?,
                Ok(None) => self.no_streams()?,
                // That it is away is told already.
                Err(_) => Turn::Nothing,
            };
            match turn {
                Turn::Worked => is_told = false,
                Turn::Empty if self.args.until_empty => break,
                Turn::Nothing | Turn::Empty => {
                    if !std::mem::replace(&mut is_told, true) {
                        tell("note", "there is no work now; waiting for some");
                    }
                    let interrupt = ending.interrupt();
                    tokio::select! {
                        () = sleep(PAUSE) => {}
                        () = interrupt.triggered() => {}
                    }
                }
            }
        }
        for (job, done) in &self.done {
            tell("done", &format!("{done} targets of job `{job}`"));
        }
        Ok(ending.signal().unwrap_or(exit::IDENTIFIED))
    }

    /// What follows where nothing was ever submitted.
    fn no_streams(&self) -> Result<Turn, FleetError> {
        match &self.args.job {
            Some(name) => Err(FleetError::NoJob(name.clone())),
            None => Ok(Turn::Empty),
        }
    }

    /// Works for the oldest job that has work.
    async fn turn(&mut self, broker: &Broker, streams: &Streams, ending: &Ending) -> Result<Turn, FleetError> {
        // Where the server is away for a while there is nothing to do.
        let Ok(jobs) = self.jobs(streams).await? else { return Ok(Turn::Nothing) };
        let Ok(left) = streams.outstanding().await else { return Ok(Turn::Nothing) };
        let mut is_empty = true;
        for job in jobs {
            let has_work = left.contains_key(&job.name);
            if job.submission.is_complete && !has_work {
                continue;
            }
            let plan = match job.check(&self.hashes).and_then(|()| has_work.then(|| self.plan(&job)).transpose()) {
                Ok(plan) => plan,
                Err(error) if self.args.job.is_some() => return Err(error),
                Err(error) => {
                    self.tell_once(&job.name, &error);
                    continue;
                }
            };
            is_empty = false;
            if let Some(plan) = plan {
                self.tell_begun(&job);
                let server = Server { broker, streams, worker: &self.name, ending };
                let done = server.serve(&job, plan).await;
                if done > 0 || ending.signal().is_some() {
                    *self.done.entry(job.name).or_default() += done;
                    return Ok(Turn::Worked);
                }
            }
        }
        Ok(if is_empty { Turn::Empty } else { Turn::Nothing })
    }

    /// The jobs that are to be worked for; an inner error where the server does not show them now.
    async fn jobs(&mut self, streams: &Streams) -> Result<Result<Vec<Job>, FleetError>, FleetError> {
        if let Some(name) = &self.args.job {
            return match job::find(&streams.jobs, name).await {
                Ok(Some(job)) => Ok(Ok(vec![job])),
                Ok(None) => Err(FleetError::NoJob(name.clone())),
                Err(lost @ FleetError::Server { .. }) => Ok(Err(lost)),
                Err(error) => Err(error),
            };
        }
        let (jobs, unread) = match job::all(&streams.jobs).await {
            Ok(found) => found,
            Err(lost) => return Ok(Err(lost)),
        };
        for error in unread {
            let what = error.to_string();
            self.tell_once(&what, &error);
        }
        Ok(Ok(jobs))
    }

    fn tell_begun(&mut self, job: &Job) {
        if self.told.insert(job.run.clone()) {
            tell("note", &format!("working for job `{}`", job.name));
        }
    }

    fn tell_once(&mut self, what: &str, error: &FleetError) {
        if self.told.insert(what.to_owned()) {
            warn(&error.to_string());
        }
    }

    /// How a job is worked for here; an error where it must not be.
    fn plan(&self, job: &Job) -> Result<Plan, FleetError> {
        let args =
            Args::of_groups(Listed::default(), job.how()?, self.args.local.clone(), self.args.left_alone.clone());
        self.plan_of(&args, &job.excluded)
    }

    fn plan_of(&self, args: &Args, excluded: &[String]) -> Result<Plan, FleetError> {
        let ahead = Ahead { count: None, may_be_secure: true, is_list: true };
        let exclusion = scope::exclusion(args, excluded)?;
        Ok(Plan::over(args, &ahead, self.database, (Expansion::default(), exclusion))?)
    }
}

/// The name of this machine, and the number of this process.
fn own_name() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").or_else(|_| std::env::var("HOSTNAME"));
    let host = host.unwrap_or_default();
    let good = |letter: &char| letter.is_ascii_alphanumeric() || *letter == '-';
    let host: String = host.trim().chars().filter(good).take(40).collect();
    format!("{}-{}", if host.is_empty() { "worker" } else { &host }, std::process::id())
}
