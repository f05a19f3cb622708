//! What every format does.

use super::finding::TargetReport;

/// Puts findings into one format. What it gives back is to be printed at once.
pub trait Reporter {
    /// Another target is done.
    fn target(&mut self, report: &TargetReport) -> String;

    /// All targets are done.
    fn finish(&mut self) -> String {
        String::new()
    }
}
