//! For people at a terminal. Every byte that came from a network is escaped.

mod banner;
mod explanation;
mod refusal;
mod style;
mod text;

use super::finding::TargetReport;
use super::reporter::Reporter;

/// Text for people, with colours; whoever prints it takes them out where they are not wanted.
#[derive(Debug, Default)]
pub struct Human;

impl Reporter for Human {
    fn target(&mut self, report: &TargetReport) -> String {
        text::text(report)
    }
}
