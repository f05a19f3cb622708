//! What is asked, as it is stored for all who take part.

use std::time::{SystemTime, UNIX_EPOCH};

use async_nats::jetstream::kv::Store;
use futures_util::TryStreamExt as _;
use serde::{Deserialize, Serialize};
use sha1::{Digest as _, Sha1};

use super::super::args::How;
use super::chunk::to_payload;
use super::error::FleetError;
use crate::database::Database;
use crate::identify::Calibration;
use crate::probe::hex;
use crate::target::shown::shown_in_error;

/// The version of what is stored.
pub(super) const SCHEMA: u32 = 1;

/// The version of this tool.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Job {
    pub(super) schema: u32,
    pub(super) name: String,
    /// What tells its messages from those of an earlier job of this name.
    pub(super) run: String,
    /// When it was submitted, in seconds since 1970.
    pub(super) submitted: u64,
    pub(super) stews: String,
    /// The hash of the database; none where only WebSockets are looked for, which takes none.
    pub(super) database: Option<String>,
    /// The hash of the numbers that go with it.
    pub(super) calibration: Option<String>,
    /// How targets are asked, as options.
    pub(super) options: Vec<String>,
    /// What is left alone, line by line.
    pub(super) excluded: Vec<String>,
    /// The most targets of a chunk.
    pub(super) chunk: u32,
    /// How often a chunk may be begun.
    pub(super) max_deliver: u32,
    /// How many milliseconds nothing may be heard of a chunk before another gets it.
    pub(super) ack_wait: u32,
    pub(super) submission: Submission,
}

/// How far a job is submitted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Submission {
    /// The chunks that are stored for sure: the first so many.
    pub(super) chunks: u64,
    /// The targets in them.
    pub(super) targets: u64,
    /// The hash over them.
    pub(super) digest: String,
    pub(super) duplicates: u64,
    /// Targets that are left alone, as their names say.
    pub(super) left_alone: u64,
    pub(super) skipped_lines: u64,
    /// Whether it is all there.
    pub(super) is_complete: bool,
}

/// What a database comes to, for those who must have the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hashes {
    pub(super) database: String,
    pub(super) calibration: String,
}

#[derive(Deserialize)]
struct Schema {
    schema: u32,
}

impl Hashes {
    /// Those of a database, and of the numbers that this program goes with.
    pub(super) fn of(database: &Database) -> Self {
        Self { database: hash(database.to_text().as_bytes()), calibration: hash(&to_payload(Calibration::measured())) }
    }
}

/// The SHA-1 of bytes, in hexadecimal.
fn hash(bytes: &[u8]) -> String {
    hex(&Sha1::digest(bytes))
}

impl Job {
    /// Reads what is stored.
    pub(super) fn read(name: &str, stored: &[u8]) -> Result<Self, FleetError> {
        let wrong = |error: serde_json::Error| FleetError::BadJob { name: name.to_owned(), why: error.to_string() };
        let Schema { schema } = serde_json::from_slice(stored).map_err(wrong)?;
        if schema > SCHEMA {
            return Err(FleetError::NewerJob { name: name.to_owned(), found: schema, known: SCHEMA });
        }
        serde_json::from_slice(stored).map_err(wrong)
    }

    /// How targets are asked. A job of others reads no file of ours.
    pub(super) fn how(&self) -> Result<How, FleetError> {
        let wrong = |why| FleetError::BadJob { name: self.name.clone(), why };
        let how = How::from_options(&self.options).map_err(wrong)?;
        check_no_files(&how)?;
        Ok(how)
    }

    /// Whether another asks for the same, whatever list it has.
    pub(super) fn asks_the_same(&self, other: &Self) -> bool {
        let asked = |job: &Self| Self {
            run: String::new(),
            submitted: 0,
            stews: String::new(),
            submission: Submission::default(),
            ..job.clone()
        };
        asked(self) == asked(other)
    }

    /// Refuses where a worker would compare with something else.
    pub(super) fn check(&self, own: &Hashes) -> Result<(), FleetError> {
        let pairs = [("database", &self.database, &own.database), ("calibration", &self.calibration, &own.calibration)];
        for (what, wanted, own) in pairs {
            if let Some(wanted) = wanted.as_ref().filter(|wanted| *wanted != own) {
                return Err(FleetError::OtherDatabase {
                    name: self.name.clone(),
                    what,
                    wanted: wanted.clone(),
                    own: own.clone(),
                    version: VERSION,
                });
            }
        }
        Ok(())
    }

    /// Stores it.
    pub(super) async fn save(&self, jobs: &Store) -> Result<(), FleetError> {
        let saved = jobs.put(&self.name, to_payload(self).into()).await;
        saved.map(|_| ()).map_err(|error| FleetError::server("does not store the job", error))
    }
}

/// Nothing that travels may name a file: it would be read somewhere else.
pub(super) fn check_no_files(how: &How) -> Result<(), FleetError> {
    if how.header.iter().any(|header| header.starts_with('@')) {
        return Err(FleetError::At("--header"));
    }
    if how.cookie.as_ref().is_some_and(|cookie| cookie.starts_with('@')) {
        return Err(FleetError::At("--cookie"));
    }
    Ok(())
}

/// The job of a name, if there is one.
pub(super) async fn find(jobs: &Store, name: &str) -> Result<Option<Job>, FleetError> {
    let stored = jobs.get(name).await.map_err(|error| FleetError::server("does not show the job", error))?;
    stored.map(|stored| Job::read(name, &stored)).transpose()
}

/// All jobs, the oldest first, and why others cannot be read.
pub(super) async fn all(jobs: &Store) -> Result<(Vec<Job>, Vec<FleetError>), FleetError> {
    let lost = |error: &dyn ToString| FleetError::server("does not list jobs", error.to_string());
    let keys = jobs.keys().await.map_err(|error| lost(&error))?;
    let names: Vec<String> = keys.try_collect().await.map_err(|error| lost(&error))?;
    let (mut found, mut unread) = (Vec::new(), Vec::new());
    for name in names {
        match find(jobs, &name).await {
            Ok(job) => found.extend(job),
            Err(error) => unread.push(error),
        }
    }
    found.sort_by(|one, other| (one.submitted, &one.name).cmp(&(other.submitted, &other.name)));
    Ok((found, unread))
}

/// Checks a name of a job or a worker, which becomes part of subjects.
pub(super) fn checked_name(name: &str, what: &'static str) -> Result<String, FleetError> {
    let good = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
    if name.is_empty() || name.len() > 64 || !name.chars().all(good) {
        return Err(FleetError::Name(shown_in_error(name), what));
    }
    Ok(name.to_owned())
}

/// Seconds since 1970.
pub(super) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// What no other has.
pub(super) fn unique() -> String {
    format!("{:08x}", fastrand::u32(..))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job() -> Job {
        Job {
            schema: SCHEMA,
            name: "october".to_owned(),
            run: unique(),
            submitted: now(),
            stews: VERSION.to_owned(),
            database: Some("d1".to_owned()),
            calibration: Some("c1".to_owned()),
            options: How::from_options(&["--thorough".to_owned()]).unwrap().to_options(),
            excluded: vec!["10.0.0.0/8".to_owned()],
            chunk: 256,
            max_deliver: 3,
            ack_wait: 60_000,
            submission: Submission::default(),
        }
    }

    #[test]
    fn a_job_is_read_as_it_was_stored_and_a_newer_one_is_told() {
        let job = job();
        assert_eq!(Job::read("october", &to_payload(&job)).unwrap(), job);
        assert!(job.how().unwrap().thorough);
        let newer = r#"{"schema":2,"and":"something"}"#;
        let error = Job::read("october", newer.as_bytes()).unwrap_err().to_string();
        assert!(error.contains("of schema 2, and this version of stews knows 1"), "{error}");
        assert!(Job::read("october", b"[]").unwrap_err().to_string().starts_with("job `october` cannot be read: "));
    }

    #[test]
    fn another_database_is_refused_with_both_hashes() {
        let own = |database: &str| Hashes { database: database.to_owned(), calibration: "c1".to_owned() };
        assert!(job().check(&own("d1")).is_ok());
        let error = job().check(&own("d2")).unwrap_err().to_string();
        assert!(error.contains("the database d1") && error.contains("has d2"), "{error}");
        let detecting = Job { database: None, calibration: None, ..job() };
        assert!(detecting.check(&own("d2")).is_ok());
    }

    #[test]
    fn a_job_of_others_names_no_file_and_no_option_of_this_machine() {
        for option in ["--header=@/etc/passwd", "--cookie=@/etc/passwd", "--output=x", "--proxy=http://h:1"] {
            let job = Job { options: vec![option.to_owned()], ..job() };
            assert!(job.how().is_err(), "{option}");
        }
    }

    #[test]
    fn the_same_with_another_list_asks_the_same() {
        let job = job();
        let other = Job { run: unique(), submission: Submission { chunks: 3, ..Submission::default() }, ..job.clone() };
        assert!(job.asks_the_same(&other));
        assert!(!job.asks_the_same(&Job { options: Vec::new(), ..other }));
        for (name, good) in [("a-B_9", true), ("", false), ("a.b", false), ("a*", false), (&"a".repeat(65), false)] {
            assert_eq!(checked_name(name, "a job").is_ok(), good, "{name}");
        }
    }
}
