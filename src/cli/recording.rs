//! `-g`: the recording of a server that the user knows.

use super::args::Args;
use super::error::PlanError;
use crate::database::Recording;
use crate::report::{Finding, Human, Reporter as _, TargetReport};

/// The server that is recorded.
pub(super) struct RecordedServer {
    product: String,
    version: String,
}

impl RecordedServer {
    /// The one that the arguments name, if anything is to be recorded.
    pub(super) fn of(args: &Args, targets: Option<u64>) -> Result<Option<Self>, PlanError> {
        if !args.generate_fingerprint {
            return Ok(None);
        }
        match targets {
            Some(1) => {}
            Some(several) => return Err(PlanError::RecordMany(several)),
            None => return Err(PlanError::RecordList),
        }
        Ok(Some(Self { product: name(args.product.as_deref())?, version: name(args.product_version.as_deref())? }))
    }

    /// Its recording, for standard output, which is for that alone; why there is none, and what it lacks, for standard error.
    pub(super) fn told(&self, report: &TargetReport) -> (String, String) {
        let Finding::WebSocket(reached) = &report.finding else {
            return (String::new(), Human.target(report));
        };
        let lacks = reached.scan.stop.as_ref().map(|stop| format!("warning: the recording is not complete: {stop}\n"));
        let runs = std::slice::from_ref(&reached.scan.observations);
        (Recording::of_runs(&self.product, &self.version, runs).to_text(), lacks.unwrap_or_default())
    }
}

/// A name that may become a part of a path.
fn name(given: Option<&str>) -> Result<String, PlanError> {
    let name = given.unwrap_or("unknown");
    let good = |letter: char| letter.is_ascii_alphanumeric() || ".-_+".contains(letter);
    // `..` must not be one of them.
    if !name.is_empty() && name.chars().all(good) && !name.starts_with('.') {
        Ok(name.to_owned())
    } else {
        Err(PlanError::RecordName(name.escape_debug().to_string()))
    }
}
