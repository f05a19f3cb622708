//! For programs that read along: one JSON object a line and target, as each is done.

use super::finding::TargetReport;
use super::json;
use super::reporter::Reporter;

/// One line a target.
#[derive(Debug, Default)]
pub struct JsonLines;

impl Reporter for JsonLines {
    fn target(&self, report: &TargetReport) -> String {
        json::text(report, false) + "\n"
    }
}
