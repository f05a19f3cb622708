//! The only place where all rooms meet.

use std::sync::Arc;

use super::args::Color;
use super::descriptors;
use super::ending::Ending;
use super::error::PlanError;
use super::feed::{self, Filters, Read};
use super::list::shown;
use super::output::{self, complain, tell, warn};
use super::plan::Plan;
use super::printer::Printer;
use super::process::{self, cannot_start};
use super::scanner::Scanner;
use super::targets::Sources;
use super::{exit, listen};
use crate::fleet::{self, Settings};

/// Runs a plan; the exit code.
pub(super) fn run(plan: Plan, sources: Sources) -> u8 {
    choose_colors(plan.color);
    output::tell_dropped(plan.database);
    tell_skipped(&sources);
    process::run(|ending| async move { run_all(plan, sources, &ending).await })
}

/// Tells of lines that were left out before anything was sent.
pub(super) fn tell_skipped(sources: &Sources) {
    sources.skipped.iter().for_each(|line| warn(line));
    match sources.skipped_lines {
        0 => {}
        1 => warn("1 line that is no target is left out"),
        lines => warn(&format!("{lines} lines that are no targets are left out")),
    }
}

fn choose_colors(color: Color) {
    match color {
        // anstream looks at the terminal and at NO_COLOR by itself.
        Color::Auto => {}
        Color::Always => anstream::ColorChoice::Always.write_global(),
        Color::Never => anstream::ColorChoice::Never.write_global(),
    }
}

async fn run_all(plan: Plan, sources: Sources, ending: &Ending) -> u8 {
    let (destination, held) = match plan.destination.open() {
        Ok(opened) => opened,
        Err(error) => return complain(&error.to_string(), exit::USAGE),
    };
    listen::to_signals(ending);
    if destination.has_reader() {
        listen::to_reader(ending);
    }
    let (count, skipped, tacit) = (sources.count, sources.skipped_lines, nothing(&sources));
    let filters = Filters { exclusion: plan.exclusion.clone(), held };
    let (asked, read) = match feed::start(sources, plan.expansion.clone(), filters) {
        Ok(started) => started,
        Err(error) => return cannot_start(&error),
    };
    let settings = settings(&plan);
    let mut printer = Printer::new(&plan, count, destination, read.clone(), ending.clone());
    let scanner = Arc::new(Scanner::new(plan, ending.clone()));
    fleet::run(scanner.clone(), &settings, asked, &ending.interrupt(), &mut printer).await;
    let faults = Faults { read, skipped, tacit, skips_invalid: scanner.plan().skips_invalid };
    end(printer, &faults, ending)
}

/// What is said where there is no target at all.
pub(super) fn nothing(sources: &Sources) -> PlanError {
    match sources.lists.iter().find(|list| !list.is_checked) {
        Some(list) if !list.is_tacit => PlanError::EmptyFile(shown(&list.path)),
        _ => PlanError::NoTarget,
    }
}

/// As many targets at a time as there is room for.
pub(super) fn settings(plan: &Plan) -> Settings {
    let settings = plan.settings;
    if plan.is_alone {
        return Settings { concurrency: 1, ..settings };
    }
    let connections = if plan.detects { 1 } else { plan.connections };
    Settings { concurrency: descriptors::room_for(settings.concurrency, connections), ..settings }
}

/// What was wrong with lists that were read as they were needed.
struct Faults {
    read: Read,
    /// How many lines were left out that were told before.
    skipped: u64,
    /// What is said where there was no target.
    tacit: PlanError,
    skips_invalid: bool,
}

impl Faults {
    /// Tells them; the exit code, if there are any.
    fn tell(&self) -> Option<u8> {
        let skipped = self.read.skipped_lines();
        if let Some(Err(why)) = self.read.end() {
            return Some(complain(&why, exit::USAGE));
        }
        if self.read.end().is_some() && self.read.named() == 0 && (skipped == 0 || self.skips_invalid) {
            return Some(complain(&self.tacit.to_string(), exit::USAGE));
        }
        (skipped > 0 && !self.skips_invalid).then_some(exit::USAGE)
    }
}

/// Tells how a run ended; its exit code.
fn end(mut printer: Printer, faults: &Faults, ending: &Ending) -> u8 {
    let code = printer.code();
    printer.clear();
    if let Some(error) = printer.failure.take() {
        return printer.cannot_write(&error);
    }
    if printer.has_lost_reader || ending.reader_is_gone() {
        return ending.signal().unwrap_or(code);
    }
    if ending.signal().is_some() {
        tell_left(printer.left());
    }
    printer.tell_excluded();
    let fault = faults.tell();
    // Where there was nothing to look at, there is nothing to say of it.
    if fault.is_none() || faults.read.named() > 0 {
        let skipped = faults.skipped + faults.read.skipped_lines();
        if let Err((name, error)) = printer.finish(skipped) {
            return complain(&format!("cannot write to {name}: {error}"), exit::INTERNAL);
        }
    }
    match (ending.signal(), fault) {
        (Some(signal), _) => signal,
        (None, Some(fault)) if code != exit::INTERNAL => fault,
        (None, _) => code,
    }
}

/// What the user is told of targets that were not looked at.
fn tell_left(left: Option<u64>) {
    match left {
        Some(0) => {}
        Some(1) => tell("interrupted", "1 target was not looked at"),
        Some(left) => tell("interrupted", &format!("{left} targets were not looked at")),
        None => tell("interrupted", "the rest of the targets was not looked at"),
    }
}
