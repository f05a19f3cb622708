//! `-g`: the recording of a server that the user knows.

use std::io::{self, Write as _};

use super::args::Args;
use super::error::PlanError;
use super::output::{self, Printed};
use crate::database::Recording;
use crate::report::{Finding, Human, Reporter as _, TargetReport};

/// The server that is recorded.
pub(super) struct RecordedServer {
    product: String,
    version: String,
}

impl RecordedServer {
    /// The one that the arguments name, if anything is to be recorded.
    pub(super) fn of(args: &Args, targets: usize) -> Result<Option<Self>, PlanError> {
        if !args.generate_fingerprint {
            return Ok(None);
        }
        if targets > 1 {
            return Err(PlanError::RecordMany(targets));
        }
        Ok(Some(Self { product: name(args.product.as_deref())?, version: name(args.product_version.as_deref())? }))
    }

    /// Prints its recording on standard output, which is for that alone: why there is none, and what it lacks, goes to standard
    /// error.
    pub(super) fn print(&self, report: &TargetReport) -> io::Result<Printed> {
        let Finding::WebSocket(reached) = &report.finding else {
            // Where standard error is gone the exit code has to do.
            let _ = write!(anstream::stderr(), "{}", Human.target(report));
            return Ok(Printed::Whole);
        };
        if let Some(stop) = &reached.scan.stop {
            let _ = writeln!(anstream::stderr(), "warning: the recording is not complete: {stop}");
        }
        let runs = std::slice::from_ref(&reached.scan.observations);
        output::print(Recording::of_runs(&self.product, &self.version, runs).to_text().as_bytes())
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
