//! What every format does.

use super::finding::TargetReport;

/// What is told of a run when it ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Targets of which nothing is reported: the run ended before their turn. None where it is not known how many there are.
    pub not_looked_at: Option<u64>,
    /// Lines of lists that were left out since they are no targets.
    pub skipped_lines: u64,
}

/// Puts findings into one format, and keeps none of them. All parts of a run, put one behind the other, are a whole in that format.
pub trait Reporter: Send + Sync {
    /// A target that is done.
    fn target(&self, report: &TargetReport) -> String;

    /// What comes before a target, the first or another.
    fn before(&self, _is_first: bool) -> String {
        String::new()
    }

    /// What comes behind the last of them, if there was any.
    fn finish(&self, _has_targets: bool, _: &Totals) -> String {
        String::new()
    }
}
