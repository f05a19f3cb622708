//! How results are printed, as typed.

use clap::ValueEnum;

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people, several lines a target
    Human,
    /// The two lines of the original tool
    Stews,
    /// One line a target: its URL, who answers, how likely that is
    Line,
    /// One JSON document (`stews schema` describes it)
    Json,
    /// One JSON object a line and target, as each is done
    Jsonl,
    /// Comma-separated values, one line a target
    Csv,
    /// One page with all there is, for a hand-over
    Html,
    /// Text with headings and tables, for notes and tickets
    Markdown,
    /// What targets do wrong, as SARIF 2.1.0: with --findings
    Sarif,
}

impl Format {
    /// Whether it tells what results were made with.
    #[must_use]
    pub const fn tells_tool(self) -> bool {
        matches!(self, Self::Json | Self::Jsonl | Self::Html | Self::Markdown | Self::Sarif)
    }

    /// Whether it is one document with all targets, which takes a file's place once it is whole.
    #[must_use]
    pub const fn is_document(self) -> bool {
        matches!(self, Self::Json | Self::Html | Self::Sarif)
    }

    /// Whether it says in words why an answer is what it is.
    #[must_use]
    pub const fn tells_why(self) -> bool {
        matches!(self, Self::Human | Self::Html | Self::Markdown)
    }

    /// What it is called.
    #[must_use]
    pub fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}
