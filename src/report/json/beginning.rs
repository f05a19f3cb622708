//! What is said first of any target, however it was looked at.

use serde::Serialize;

use crate::report::cut::value as text;
use crate::report::finding::TargetReport;

/// Which target it is, and how it was reached.
#[derive(Serialize)]
pub(super) struct Beginning {
    schema: u32,
    target: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    asked: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    address: Option<String>,
    certificate_checked: Option<bool>,
}

/// That of a report. Whether the certificate was checked is said of a target that was reached.
pub(super) fn beginning(report: &TargetReport, is_reached: bool, schema: u32) -> Beginning {
    Beginning {
        schema,
        target: text(&report.target),
        asked: report.asked.as_deref().map(text),
        id: report.id.clone(),
        address: report.address.map(|address| address.to_string()),
        certificate_checked: report.certificate_checked.filter(|_| is_reached),
    }
}
