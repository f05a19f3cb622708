//! How results are printed, as typed.

use clap::ValueEnum;

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people, several lines a target
    Human,
    /// One line a target: its URL, who answers, how likely that is
    Line,
    /// One JSON document
    Json,
    /// One JSON object a line and target, as each is done
    Jsonl,
    /// Comma-separated values, one line a target
    Csv,
}

impl Format {
    /// What it is called.
    #[must_use]
    pub fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}
