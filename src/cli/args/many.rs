//! Arguments for many targets, as typed.

use std::path::PathBuf;

use clap::Args;

use super::format::Format;

/// Arguments for many targets.
#[derive(Clone, Debug, Args)]
pub struct Many {
    /// Look at these ports of targets that name none: 80,443,8000-8010
    #[arg(short = 'p', long, value_name = "PORTS", help_heading = "Lists")]
    pub ports: Option<String>,

    /// Look at the paths where WebSockets live, or at those in a file (--paths=FILE, one a line), of targets that name none
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, help_heading = "Lists")]
    #[allow(clippy::option_option, reason = "the option may be given without a file")]
    pub paths: Option<Option<PathBuf>>,

    /// Leave alone what this file lists, one a line: hosts, domains (*.example.org), addresses, networks; addresses also where a name leads to them
    #[arg(long, value_name = "FILE", help_heading = "Lists")]
    pub exclude_file: Vec<PathBuf>,

    /// Find WebSockets and stop there: one legal handshake a target
    #[arg(long, conflicts_with_all = ["generate_fingerprint", "thorough", "all_tests", "explain", "explain_refusal", "slow"], help_heading = "Lists")]
    pub detect: bool,

    /// The most targets looked at at a time [default: 256; 1 with -d and -v]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1 << 20), help_heading = "Lists")]
    pub concurrency: Option<u32>,

    /// The most targets at one address looked at at a time
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..), help_heading = "Lists")]
    pub per_host: u32,

    /// The least time between the beginnings of two targets at one address; 0 for none
    #[arg(long, value_name = "TIME", default_value = "20ms", help_heading = "Lists")]
    pub host_delay: String,

    /// Go on behind the results that this file of JSON Lines holds: their targets are left out, and others are appended
    #[arg(long, value_name = "FILE", conflicts_with = "generate_fingerprint", help_heading = "Lists")]
    pub resume: Option<PathBuf>,

    /// Tell every 30 seconds on standard error how far it is, and sum up at the end; on a terminal a line shows that all the time
    #[arg(long, help_heading = "Lists")]
    pub stats: bool,

    /// How to print results [default: human; line for lists, networks, ranges, --ports and --paths; jsonl with --resume]
    #[arg(long, value_enum, help_heading = "Output")]
    pub format: Option<Format>,

    /// The same as --format json
    #[arg(long, conflicts_with_all = ["format", "jsonl", "csv"], help_heading = "Output")]
    pub json: bool,

    /// The same as --format jsonl
    #[arg(long, conflicts_with_all = ["format", "csv"], help_heading = "Output")]
    pub jsonl: bool,

    /// The same as --format csv
    #[arg(long, conflicts_with = "format", help_heading = "Output")]
    pub csv: bool,

    /// Tell in JSON of all known products, also of those below 0.1 %
    #[arg(long, help_heading = "Output")]
    pub all_candidates: bool,

    /// Write results to a file: a JSON document takes its place once it is whole, all else is appended target by target
    #[arg(long, value_name = "FILE", conflicts_with = "generate_fingerprint", help_heading = "Output")]
    pub output: Option<PathBuf>,

    /// Print results in the order of the targets, and not as they come
    #[arg(long, help_heading = "Output")]
    pub ordered: bool,
}

impl Many {
    /// The format that was asked for, if any was.
    #[must_use]
    pub fn asked_format(&self) -> Option<Format> {
        let aliases = [(self.json, Format::Json), (self.jsonl, Format::Jsonl), (self.csv, Format::Csv)];
        self.format.or_else(|| aliases.into_iter().find(|(given, _)| *given).map(|(_, format)| format))
    }
}
