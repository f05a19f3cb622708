//! `--exclude-file`, `--paths` and what else is read from files of one thing a line.

use std::path::Path;
use std::sync::Arc;

use super::args::Args;
use super::error::PlanError;
use super::list::{Limits, Lines, shown};
use super::targets::{in_line, without_comment};
use crate::fleet::{Exclusion, Expansion, Paths, Ports};
use crate::target::Scheme;

/// How much of such a file is read.
const LIMITS: Limits = Limits { line: 64 << 10, whole: 256 << 20 };

/// What is to be left alone, where anything is.
/// `more` are lines that came some other way.
pub(super) fn exclusion(args: &Args, more: &[String]) -> Result<Option<Arc<Exclusion>>, PlanError> {
    if args.left_alone.exclude_file.is_empty() && more.is_empty() {
        return Ok(None);
    }
    let mut exclusion = Exclusion::default();
    for text in more {
        exclusion.add(text).map_err(|error| PlanError::Entry(error.to_string()))?;
    }
    for path in &args.left_alone.exclude_file {
        each_line(path, |text| exclusion.add(text).map_err(|error| error.to_string()))?;
    }
    Ok(Some(Arc::new(exclusion.ready())))
}

/// The lines of the files of what is to be left alone, each of which is in order.
#[cfg(feature = "nats")]
pub(super) fn excluded_lines(args: &Args) -> Result<Vec<String>, PlanError> {
    let (mut lines, mut exclusion) = (Vec::new(), Exclusion::default());
    for path in &args.left_alone.exclude_file {
        each_line(path, |text| {
            lines.push(text.to_owned());
            exclusion.add(text).map_err(|error| error.to_string())
        })?;
    }
    Ok(lines)
}

/// What targets are crossed with.
pub(super) fn expansion(args: &Args) -> Result<Expansion, PlanError> {
    let mut paths = Paths::default();
    match &args.listed.paths {
        None => {}
        Some(None) => paths = Paths::known(),
        Some(Some(path)) => each_line(path, |text| paths.add(text).map_err(|error| error.to_string()))?,
    }
    let ports = args.listed.ports.as_deref().map(Ports::parse).transpose()?.unwrap_or_default();
    let scheme = match (args.listed.no_encryption, args.how.header.is_empty() && args.how.cookie.is_none()) {
        (true, _) => Some(Scheme::Ws),
        // What lets the user in is not sent without TLS because somebody keeps TLS from being spoken.
        (false, false) => Some(Scheme::Wss),
        (false, true) => None,
    };
    Ok(Expansion { scheme, ports, paths })
}

/// Has each line of a file read that is not empty; the first that is wrong ends it.
fn each_line(path: &Path, mut read: impl FnMut(&str) -> Result<(), String>) -> Result<(), PlanError> {
    let mut is_empty = true;
    for line in Lines::open(path, LIMITS)? {
        let line = line?;
        let text = without_comment(&line.text);
        if !text.is_empty() {
            is_empty = false;
            read(text).map_err(|why| PlanError::Entry(in_line(path, line.number, &why)))?;
        }
    }
    if is_empty { Err(PlanError::EmptyList(shown(path))) } else { Ok(()) }
}
