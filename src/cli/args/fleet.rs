//! `stews fleet`, as typed.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::how::How;
use super::listed::Listed;
use super::local::{LeftAlone, Local};

/// What is done with a list that several machines share.
#[derive(Clone, Debug, Subcommand)]
pub enum Fleet {
    /// Put a list of targets on the server, as a job
    #[command(after_help = SUBMIT_HELP)]
    Submit(Box<Submit>),
    /// Look at the targets of jobs, until interrupted: start as many as you like, on as many machines
    #[command(after_help = WORK_HELP)]
    Work(Box<Work>),
    /// Write the results of a job as JSON Lines, until it is whole
    #[command(after_help = COLLECT_HELP)]
    Collect(Box<Collect>),
    /// Tell how far jobs are
    Status(Box<Status>),
}

const SUBMIT_HELP: &str = "\
Prints the name of the job. Where it is ended early, the same command with --job NAME goes on: nothing is there twice. The \
options that say what is asked travel with the job; header fields and cookies are stored on the server.

Example:
  stews fleet submit -s nats://broker:4222 --job october -f targets.txt --rate 500";

const WORK_HELP: &str = "\
Several workers may run on one machine. What one that dies had in hand goes to another after a minute; an interrupt gives it \
back at once. A job is refused where it was submitted with another database.

Example:
  stews fleet work -s nats://broker:4222 --concurrency 512";

const COLLECT_HELP: &str = "\
Exit codes are those of a scan, and 5 where targets have no result: the job is not whole, or some of it was set aside.

Example:
  stews fleet collect -s nats://broker:4222 --job october --output results.jsonl";

/// Where the server is, and how it knows us.
#[derive(Clone, Debug, Args)]
pub struct Server {
    /// The NATS server, or several with commas between: `nats://HOST:PORT` or `tls://USER:PASSWORD@HOST:PORT`
    #[arg(
        short,
        long,
        value_name = "URL",
        env = "NATS_URL",
        hide_env_values = true,
        default_value = "nats://127.0.0.1:4222",
        help_heading = "NATS"
    )]
    pub server: String,

    /// Credentials of a user (a .creds file)
    #[arg(long, value_name = "FILE", env = "NATS_CREDS", conflicts_with = "nkey", help_heading = "NATS")]
    pub creds: Option<PathBuf>,

    /// The seed of an NKey
    #[arg(long, value_name = "FILE", env = "NATS_NKEY", help_heading = "NATS")]
    pub nkey: Option<PathBuf>,

    /// Trust the certificates in this file (PEM) for the NATS server, and not those of the system
    #[arg(long, value_name = "FILE", env = "NATS_CA", help_heading = "NATS")]
    pub nats_ca: Option<PathBuf>,

    /// Show the NATS server this client certificate (PEM)
    #[arg(long, value_name = "FILE", env = "NATS_CERT", requires = "nats_key", help_heading = "NATS")]
    pub nats_cert: Option<PathBuf>,

    /// The private key of --nats-cert (PEM)
    #[arg(long, value_name = "FILE", env = "NATS_KEY", requires = "nats_cert", help_heading = "NATS")]
    pub nats_key: Option<PathBuf>,
}

/// Arguments of `stews fleet submit`.
#[derive(Clone, Debug, Args)]
pub struct Submit {
    /// Where the server is
    #[command(flatten)]
    pub server: Server,

    /// The name of the job: letters, digits, - and _ [default: one of its own]
    #[arg(long, value_name = "NAME", help_heading = "Job")]
    pub job: Option<String>,

    /// The most targets that a worker takes at a time
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=10_000), help_heading = "Job")]
    pub chunk: u32,

    /// How often a chunk may be begun before it is set aside: whoever has it may die of it
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100), help_heading = "Job")]
    pub max_deliver: u32,

    /// How many NATS servers keep the job, where this is the first one
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=5), help_heading = "Job")]
    pub replicas: u32,

    /// The most chunks that wait on the server, where this is the first job; others are submitted as these are taken
    #[arg(long, value_name = "N", default_value_t = 4096, value_parser = clap::value_parser!(u32).range(1..), help_heading = "Job")]
    pub backlog: u32,

    /// How many milliseconds nothing may be heard of a chunk before another worker gets it
    #[arg(long, value_name = "MS", default_value_t = 60_000, value_parser = clap::value_parser!(u32).range(500..), hide = true)]
    pub ack_wait: u32,

    /// Have workers compare with this database, which they must have, and not with the embedded one
    #[arg(long, value_name = "PATH", help_heading = "Job")]
    pub db: Option<PathBuf>,

    /// Which targets
    #[command(flatten)]
    pub listed: Listed,

    /// How they are asked
    #[command(flatten)]
    pub how: How,

    /// What is left alone
    #[command(flatten)]
    pub left_alone: LeftAlone,
}

/// Arguments of `stews fleet work`.
#[derive(Clone, Debug, Args)]
pub struct Work {
    /// Where the server is
    #[command(flatten)]
    pub server: Server,

    /// Work for this job alone [default: for all, the oldest first]
    #[arg(long, value_name = "NAME", help_heading = "Work")]
    pub job: Option<String>,

    /// End once every job is wholly submitted and has no work left, instead of waiting for more
    #[arg(long, help_heading = "Work")]
    pub until_empty: bool,

    /// What this worker is called in `stews fleet status`: letters, digits, - and _ [default: this machine's name and the process number]
    #[arg(long, value_name = "NAME", help_heading = "Work")]
    pub name: Option<String>,

    /// From where
    #[command(flatten)]
    pub local: Local,

    /// What is left alone
    #[command(flatten)]
    pub left_alone: LeftAlone,
}

/// Arguments of `stews fleet collect`.
#[derive(Clone, Debug, Args)]
pub struct Collect {
    /// Where the server is
    #[command(flatten)]
    pub server: Server,

    /// The name of the job
    #[arg(long, value_name = "NAME")]
    pub job: String,

    /// Append to this file what it does not hold yet; - is standard output
    #[arg(long, value_name = "FILE", default_value = "-")]
    pub output: PathBuf,

    /// Write what is there, and do not wait for the rest
    #[arg(long)]
    pub now: bool,

    /// Remove the job from the server once it is whole and all is written
    #[arg(long)]
    pub remove: bool,
}

/// Arguments of `stews fleet status`.
#[derive(Clone, Debug, Args)]
pub struct Status {
    /// Where the server is
    #[command(flatten)]
    pub server: Server,

    /// Tell of this job alone
    #[arg(long, value_name = "NAME")]
    pub job: Option<String>,

    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
}
