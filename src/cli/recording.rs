//! Recordings: `-g` of a server that the user knows, `--recording` of one that is to be told.

use std::io;
use std::path::{Path, PathBuf};

use super::args::Args;
use super::error::PlanError;
use super::list::shown;
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
        one_target("-g", targets)?;
        Ok(Some(Self { product: name(args.product.as_deref())?, version: name(args.product_version.as_deref())? }))
    }

    /// Its recording, for standard output, which is for that alone; why there is none, and what it lacks, for standard error.
    pub(super) fn told(&self, report: &TargetReport) -> (String, String) {
        let Finding::WebSocket(reached) = &report.finding else {
            return (String::new(), Human::default().target(report));
        };
        let lacks = reached.scan.stop.as_ref().map(|stop| format!("warning: the recording is not complete: {stop}\n"));
        let runs = std::slice::from_ref(&reached.scan.observations);
        (Recording::of_runs(&self.product, &self.version, runs).to_text(), lacks.unwrap_or_default())
    }
}

/// Where a recording of what was observed is to go besides the report, if anywhere.
pub(super) fn beside(args: &Args, targets: Option<u64>) -> Result<Option<PathBuf>, PlanError> {
    if args.recording.is_some() {
        one_target("--recording", targets)?;
    }
    Ok(args.recording.clone())
}

/// Writes what was observed of a target, and says so; nothing can be recorded of one that speaks no WebSocket.
pub(super) fn write_beside(path: &Path, report: &TargetReport) -> io::Result<String> {
    let Finding::WebSocket(reached) = &report.finding else {
        return Ok("note: there is nothing to record: it opens no WebSocket\n".to_owned());
    };
    let runs = std::slice::from_ref(&reached.scan.observations);
    std::fs::write(path, Recording::of_runs("unknown", "unknown", runs).to_text())?;
    Ok(format!("note: what was observed is in `{}`; put in its product and version\n", shown(path)))
}

fn one_target(option: &'static str, targets: Option<u64>) -> Result<(), PlanError> {
    match targets {
        Some(1) => Ok(()),
        Some(targets) => Err(PlanError::RecordMany { option, targets }),
        None => Err(PlanError::RecordList(option)),
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
