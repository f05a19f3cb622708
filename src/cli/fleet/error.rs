//! What can go wrong between us and the NATS server.

use std::io;

use super::super::error::PlanError;
use super::super::exit;
use super::super::output::complain;

/// Why a command of `stews fleet` ended; each is one line that says what to do.
#[derive(Debug, thiserror::Error)]
pub(super) enum FleetError {
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error(
        "no NATS server is reached at {server}: {why}; start one with `nats-server -js`, or name another with --server"
    )]
    Unreached { server: String, why: String },
    #[error("the NATS server at {0} does not let us in; give --creds, --nkey, or a user and a password in --server")]
    NotLetIn(String),
    #[error("the NATS server at {server} has no JetStream ({why}); start it with `nats-server -js`")]
    NoJetStream { server: String, why: String },
    #[error("`{0}` is no URL of a NATS server; write nats://host:4222 or tls://host:4222")]
    Url(String),
    #[error("cannot read {option} `{file}`: {error}")]
    File { option: &'static str, file: String, error: io::Error },
    #[error("the NATS server {what}: {why}")]
    Server { what: &'static str, why: String },
    #[error("`{0}` is no name for {1}; use up to 64 letters, digits, - and _")]
    Name(String, &'static str),
    #[error("there is no job `{0}` on the NATS server; `stews fleet status` lists them")]
    NoJob(String),
    #[error("job `{0}` is there with other options; leave --job out, or name another")]
    OtherOptions(String),
    #[error("job `{0}` is there with another list; leave --job out, or name another")]
    OtherList(String),
    #[error(
        "the job takes {size} bytes, and the NATS server takes {most} in a message; shorten --exclude-file (a worker may have \
         another of its own), or raise max_payload"
    )]
    JobTooLarge { size: usize, most: usize },
    #[error(
        "a target of chunk {0} is longer than the NATS server takes in a message; leave it out, or raise max_payload"
    )]
    TargetTooLong(u64),
    #[error("job `{name}` is of schema {found}, and this version of stews knows {known}; use a newer stews")]
    NewerJob { name: String, found: u32, known: u32 },
    #[error("job `{name}` cannot be read: {why}")]
    BadJob { name: String, why: String },
    #[error(
        "job `{name}` was submitted with the {what} {wanted}, and this stews {version} has {own}; use the same stews, or the same --db"
    )]
    OtherDatabase { name: String, what: &'static str, wanted: String, own: String, version: &'static str },
    #[error("`{0}`, which travels with the job, cannot begin with @")]
    At(&'static str),
    #[error("cannot write to {name}: {error}")]
    Output { name: String, error: io::Error },
}

impl FleetError {
    /// What the server did, and why it did not succeed.
    pub(super) fn server(what: &'static str, why: impl ToString) -> Self {
        Self::Server { what, why: why.to_string() }
    }

    /// Tells it; the exit code.
    pub(super) fn tell(&self) -> u8 {
        let code = match self {
            Self::Server { .. } | Self::Unreached { .. } | Self::NoJetStream { .. } | Self::Output { .. } => {
                exit::INTERNAL
            }
            _ => exit::USAGE,
        };
        match self {
            Self::Plan(error) => error.lines().iter().for_each(|line| _ = complain(line, code)),
            other => _ = complain(&other.to_string(), code),
        }
        code
    }
}
