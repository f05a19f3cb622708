//! How what the tool knows is printed, as typed.

use clap::{Args, ValueEnum};

/// For whom what the tool knows is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Reader {
    /// For people
    Human,
    /// One JSON document, whose fields docs/data.md describes
    Json,
}

/// How what the tool knows is printed.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct Shown {
    /// How to print it [default: human]
    #[arg(id = "reader", long = "format", value_name = "FORMAT", value_enum, global = true)]
    pub format: Option<Reader>,

    /// The same as --format json
    #[arg(id = "reader_json", long = "json", conflicts_with = "reader", global = true)]
    pub json: bool,
}

impl Shown {
    /// Whether programs read it.
    #[must_use]
    pub fn is_json(self) -> bool {
        self.json || self.format == Some(Reader::Json)
    }
}
