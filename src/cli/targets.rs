//! Targets from the command line and from files.

use std::io::Read as _;
use std::path::Path;

use super::args::Args;
use super::error::PlanError;
use crate::target::{Scheme, Target};

/// All targets, in the order of positional ones, `-u` and `-f`.
pub(super) fn collect(args: &Args) -> Result<Vec<Target>, PlanError> {
    let scheme = if args.no_encryption { Scheme::Ws } else { Scheme::Wss };
    let mut targets = Vec::new();
    for text in args.targets.iter().chain(&args.url) {
        targets.push(Target::parse(text, scheme)?);
    }
    for path in &args.file {
        targets.extend(from_file(path, scheme)?);
    }
    if targets.is_empty() {
        return Err(PlanError::NoTarget);
    }
    Ok(targets)
}

fn from_file(path: &Path, scheme: Scheme) -> Result<Vec<Target>, PlanError> {
    let name = path.display().to_string().escape_debug().to_string();
    let text = read(path).map_err(|error| PlanError::File { name: name.clone(), error })?;
    let mut targets = Vec::new();
    for (index, line) in text.lines().enumerate() {
        // A # starts a comment only where no URL can have it: at the start or after a space.
        let line = line.split(" #").next().unwrap_or_default().trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let wrong = |error| PlanError::TargetInFile { file: name.clone(), line: index + 1, error };
        targets.push(Target::parse(line, scheme).map_err(wrong)?);
    }
    if targets.is_empty() { Err(PlanError::EmptyFile(name)) } else { Ok(targets) }
}

fn read(path: &Path) -> std::io::Result<String> {
    if path.as_os_str() != "-" {
        return std::fs::read_to_string(path);
    }
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).map(|_| text)
}
