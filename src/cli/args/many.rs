//! Arguments for many targets, as typed.

use std::path::PathBuf;

use clap::Args;

use super::format::Format;

/// Arguments for many targets.
#[derive(Clone, Debug, Default, Args)]
pub struct Many {
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
