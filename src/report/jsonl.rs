//! For programs that read along: one JSON object a line and target, as each is done.

use super::finding::TargetReport;
use super::json;
use super::reporter::Reporter;

/// One line a target.
#[derive(Debug, Default)]
pub struct JsonLines;

impl Reporter for JsonLines {
    fn target(&mut self, report: &TargetReport) -> String {
        // Plain fields and text keys cannot fail to serialise.
        serde_json::to_string(&json::target(report)).unwrap_or_default() + "\n"
    }
}
