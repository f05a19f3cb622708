//! What is exported, and where to, as typed.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// What the database knows, for another tool.
#[derive(Clone, Debug, Subcommand)]
pub enum Export {
    /// Service probes for nmap: `nmap -sV --versiondb FILE`
    Nmap(To),
    /// A template for nuclei: `nuclei -t FILE`
    Nuclei(To),
    /// Fingerprints for Recog, with examples
    Recog {
        /// What they match: a file of Recog is about one thing
        #[arg(long, value_enum, default_value_t = Matched::Server)]
        matches: Matched,
        /// Where to
        #[command(flatten)]
        to: To,
    },
    /// The evidence as comma-separated values, one row for each product, version, run and probe
    Csv(Table),
    /// The same as Parquet, where this build has the feature `parquet`
    Parquet(Table),
}

/// What a fingerprint of Recog matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Matched {
    /// The field Server
    Server,
    /// The field X-Powered-By
    PoweredBy,
    /// The whole answer to a handshake
    Answer,
}

/// Where an export comes from and goes to.
#[derive(Clone, Debug, Default, Args)]
pub struct To {
    /// Read another database than the embedded one
    #[arg(long = "db", value_name = "PATH")]
    pub database: Option<PathBuf>,

    /// Write to a file, which takes its place once it is whole [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// A table.
#[derive(Clone, Debug, Default, Args)]
pub struct Table {
    /// Take the runs of a folder of recordings (`fingerprints/recordings` in the source of stews) instead of the database, which has
    /// answers by behaviour and no runs
    #[arg(long, value_name = "DIR", conflicts_with = "database")]
    pub recordings: Option<PathBuf>,

    /// Where to
    #[command(flatten)]
    pub to: To,
}
