//! Arguments as typed.

use std::path::PathBuf;

use clap::{ArgAction, Parser, Subcommand, ValueEnum};

mod export;
#[cfg(feature = "nats")]
mod fleet;
mod format;
mod how;
mod listed;
mod local;
mod many;
mod shown;

pub use export::{Export, Matched, Table, To};
#[cfg(feature = "nats")]
pub use fleet::{Collect, Fleet, Server, Status, Submit, Work};
pub use format::Format;
pub use how::How;
pub use listed::Listed;
pub use local::{LeftAlone, Local};
pub use many::Many;
pub use shown::{Reader, Shown};

/// Tells which WebSocket server implementation, and which versions of it, answers at a URL.
///
/// Sends legal and malformed handshakes and frames, a few connections at a time, and compares how the server
/// reacts with recordings of real servers. Probe only servers that you may probe.
#[derive(Clone, Debug, Parser)]
#[command(name = "stews", version, disable_version_flag = true, args_conflicts_with_subcommands = true, after_help = AFTER_HELP)]
pub struct Args {
    /// What to do instead of fingerprinting
    #[command(subcommand)]
    pub command: Option<Command>,

    /// Which targets
    #[command(flatten)]
    pub listed: Listed,

    /// How they are asked
    #[command(flatten)]
    pub how: How,

    /// From where
    #[command(flatten)]
    pub local: Local,

    /// What is left alone
    #[command(flatten)]
    pub left_alone: LeftAlone,

    /// Generate a fingerprint: print a recording of a known server as JSON
    #[arg(short = 'g', long, conflicts_with_all = ["detect", "findings"], help_heading = "Recording")]
    pub generate_fingerprint: bool,

    /// The product of the known server
    #[arg(long, value_name = "NAME", requires = "generate_fingerprint", help_heading = "Recording")]
    pub product: Option<String>,

    /// The version of the known server
    #[arg(long, value_name = "VERSION", requires = "generate_fingerprint", help_heading = "Recording")]
    pub product_version: Option<String>,

    /// Write what was observed to FILE, as a recording to contribute where you know what answers
    #[arg(long, value_name = "FILE", conflicts_with_all = ["generate_fingerprint", "detect"], help_heading = "Recording")]
    pub recording: Option<PathBuf>,

    /// When to use colours (NO_COLOR is honoured)
    #[arg(long, value_enum, default_value_t = Color::Auto, help_heading = "Output")]
    pub color: Color,

    /// Print each test case to track progress while running
    #[arg(short = 'd', long, help_heading = "Output")]
    pub debug: bool,

    /// Trace every byte sent and received
    #[arg(short = 'v', long, action = ArgAction::SetTrue, help_heading = "Output")]
    pub verbose: bool,

    /// What is there for many targets
    #[command(flatten)]
    pub many: Many,

    /// Print the version of the program, its commit, its database and its probes
    #[arg(short = 'V', long)]
    pub version: bool,
}

impl Args {
    /// Those of a command that has groups of its own, whose results are JSON Lines.
    #[must_use]
    pub fn of_groups(listed: Listed, how: How, local: Local, left_alone: LeftAlone) -> Self {
        Self {
            command: None,
            listed,
            how,
            local,
            left_alone,
            generate_fingerprint: false,
            product: None,
            product_version: None,
            recording: None,
            color: Color::Auto,
            debug: false,
            verbose: false,
            many: Many { jsonl: true, ..Many::default() },
            version: false,
        }
    }
}

/// The words that reports are written in.
pub(crate) const GLOSSARY: &str = "\
engine        the software that speaks WebSocket, which decides most of what is observed
product       an engine in the application, framework or server that it was recorded in
version       releases that answer alike are one range; \"recorded\" are those that were tried
probability   how likely all that is named before it is right; measured on recordings left out
unknown       what is observed fits no engine of the database
proxy         a server in front that passes on what another answers (RFC 9110 section 3.7)
probe         a connection that sends one legal or malformed thing; `stews probes 203` explains one
evidence      how much likelier an observation is with one server, in bits: 10 are a thousand times
finding       what the server does against a standard, or that helps attackers; no exploit
closed with   the code and the words of the server's Close (RFC 6455 section 7.4)";

const AFTER_HELP: &str = "\
Without a series, only as many tests run as it takes to tell, the least risky first, and never the heavy ones.

Exit codes: 0 identified · 1 a WebSocket but not identified · 2 wrong usage, or lines of a list that are no targets · 3 not a WebSocket \
· 4 internal, or the output cannot be written · 6 unreachable · 129, 130, 143 SIGHUP, SIGINT, SIGTERM: what was confirmed \
till then is printed. Of several targets the worst; with --detect 0 where any is a WebSocket.

A list is read as it is needed, however long it is. A file is looked through for errors first, and nothing is sent if it has \
any; in what comes by a pipe they are told as they come. Of a target that is named several times, all but the first are left \
out where no more than 1,048,576 others came between.

Examples:
  stews -5 -d -n -u 127.0.0.1:8080
  stews wss://example.org/chat -H 'Authorization: Bearer …'
  stews -f targets.txt --resume results.jsonl
  stews --detect -p 80,443,8000-8010 --paths 10.0.0.0/24
  stews -g -n localhost:8080 --product ws --product-version 8.18.0 > recording.json";

/// What to do instead of fingerprinting.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// List all probes, or explain one
    Probes {
        /// The number of the probe to explain
        id: Option<String>,
        /// How
        #[command(flatten)]
        shown: Shown,
    },
    /// Read the database: what it knows, what differs, what nothing tells apart
    Db {
        /// What to show
        #[command(subcommand)]
        command: Db,
        /// Read another database than the embedded one
        #[arg(long = "db", value_name = "PATH", global = true)]
        path: Option<PathBuf>,
        /// How
        #[command(flatten)]
        shown: Shown,
    },
    /// Give what the database knows to other tools: nmap, nuclei, Recog, spreadsheets
    Export {
        /// To which
        #[command(subcommand)]
        command: Export,
    },
    /// Share the scan of a list with other machines, over a NATS server with JetStream
    #[cfg(feature = "nats")]
    Fleet {
        /// What to do
        #[command(subcommand)]
        command: Box<Fleet>,
    },
    /// Print the words that reports are written in
    #[command(long_about = GLOSSARY)]
    Words,
    /// Print the JSON Schema of --format json and jsonl
    Schema,
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page (roff), or write one for each command
    Manpage {
        /// Write the pages of all commands into this folder: `stews.1`, `stews-db.1`, …
        #[arg(long, value_name = "FOLDER")]
        all: Option<PathBuf>,
    },
}

/// What of the database is shown. A server is `product` or `product@version`.
#[derive(Clone, Debug, Subcommand)]
pub enum Db {
    /// List all products with their engines, versions and number of behaviours
    List,
    /// Show which releases of a product behave how, or every answer of one version
    Show {
        /// `product` or `product@version`
        server: String,
    },
    /// Show the probes that two servers answer differently
    Diff {
        /// `product` (its newest version) or `product@version`
        one: String,
        /// `product` (its newest version) or `product@version`
        other: String,
    },
    /// Show the published flaws of a product, or those that concern one version, and whether behaviour tells who has them
    Advisories {
        /// `product` or `product@version`
        server: String,
    },
    /// Show which products no default probe tells apart, and which differ in nothing that the WebSocket library decides
    Twins,
}

/// When colours are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}
