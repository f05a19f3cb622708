//! What every format does.

use super::finding::TargetReport;

/// What is told of a run when it ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Targets of which nothing is reported: the run ended before their turn.
    pub not_looked_at: usize,
    /// Lines of lists that were left out since they are no targets.
    pub skipped_lines: usize,
}

/// Puts findings into one format, and keeps none of them. What it gives back is to be printed at once.
pub trait Reporter {
    /// Another target is done.
    fn target(&mut self, report: &TargetReport) -> String;

    /// No other target will come.
    fn finish(&mut self, _: &Totals) -> String {
        String::new()
    }
}
