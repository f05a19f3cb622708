//! For programs that read along: one JSON object a line and target, as each is done.

use super::finding::TargetReport;
use super::json;
use super::reporter::Reporter;

/// One line a target.
#[derive(Clone, Copy, Debug, Default)]
pub struct JsonLines {
    /// Whether candidates of any probability are told.
    pub all_candidates: bool,
}

impl Reporter for JsonLines {
    fn target(&self, report: &TargetReport) -> String {
        json::text(report, self.all_candidates, false) + "\n"
    }
}
