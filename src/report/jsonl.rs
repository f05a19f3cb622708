//! For programs that read along: one JSON object a line and target, as each is done.

use super::finding::TargetReport;
use super::json::Json;
use super::reporter::Reporter;

/// One line a target, each as [`Json`] has it.
#[derive(Clone, Debug, Default)]
pub struct JsonLines(pub Json);

impl Reporter for JsonLines {
    fn target(&self, report: &TargetReport) -> String {
        self.0.text(report, false) + "\n"
    }
}
