//! For people at a terminal. Every byte that came from a network is escaped.

mod explanation;
mod findings;
mod style;
mod text;
mod wrap;

use super::cut;
use super::finding::TargetReport;
use super::reporter::Reporter;

/// The most that is printed of one target, in bytes.
const MOST: usize = 100_000;

/// Text for people, with colours; whoever prints it takes them out where they are not wanted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Human {
    /// Whether all evidence is told, in bits, with what would decide and what would change the answer.
    pub explain: bool,
}

impl Reporter for Human {
    fn target(&self, report: &TargetReport) -> String {
        cut::report(
            text::text(report, self.explain),
            MOST,
            "The rest is left out: more than 100 kB; --format json holds more of it.",
        )
    }
}
