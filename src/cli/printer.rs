//! Takes what was found of targets, and writes it where it is to go.

use std::io::{self, Write as _};
use std::ops::ControlFlow;
use std::time::Instant;

use super::args::Color;
use super::board::Board;
use super::destination::Destination;
use super::ending::Ending;
use super::exit;
use super::feed::Read;
use super::output::{Printed, complain, tell};
use super::plan::Plan;
use super::scanner::{self, Told};
use super::tally::{Around, Class, Tally};
use crate::fleet::{Done, Sink, State};
use crate::report::{Reporter, Totals};

/// Writes results, and counts them.
pub(super) struct Printer {
    destination: Destination,
    reporter: Box<dyn Reporter>,
    board: Board,
    ending: Ending,
    read: Read,
    started: Instant,
    color: Color,
    /// How many targets there are, if that is known.
    count: Option<u64>,
    /// Whether any target was written, by this run or an earlier one.
    is_begun: bool,
    is_recording: bool,
    detects: bool,
    /// Whether what an interrupt cut short is not told, and left for a run that goes on.
    leaves_interrupted: bool,
    tally: Tally,
    /// How many targets were written.
    pub(super) printed: u64,
    /// The highest exit code of any of them.
    code: u8,
    /// Why nothing can be written any more.
    pub(super) failure: Option<io::Error>,
    /// Whether nobody reads what would be written.
    pub(super) has_lost_reader: bool,
}

impl Printer {
    pub(super) fn new(plan: &Plan, count: Option<u64>, destination: Destination, read: Read, ending: Ending) -> Self {
        Self {
            reporter: scanner::reporter(plan),
            board: Board::new(plan),
            ending,
            read,
            started: Instant::now(),
            color: plan.color,
            count,
            is_begun: destination.is_begun(),
            is_recording: plan.recording.is_some(),
            detects: plan.detects,
            leaves_interrupted: plan.detects || plan.destination.can_be_resumed(plan.format),
            destination,
            tally: Tally::default(),
            printed: 0,
            code: exit::IDENTIFIED,
            failure: None,
            has_lost_reader: false,
        }
    }

    /// What the run came to as an exit code: of several targets the highest, or, where it was looked for WebSockets, whether there is any.
    pub(super) fn code(&self) -> u8 {
        let is_found = self.detects && self.tally.found > 0 && self.code != exit::INTERNAL;
        if is_found { exit::IDENTIFIED } else { self.code }
    }

    /// How many targets were not looked at, if that is known.
    pub(super) fn left(&self) -> Option<u64> {
        let is_read = self.read.end().is_some_and(|end| end.is_ok()) && self.ending.signal().is_none();
        let named = if is_read { Some(self.read.named()) } else { self.count };
        let gone = self.read.duplicates() + self.read.held() + self.read.excluded() + self.tally.excluded;
        Some(named?.saturating_sub(gone + self.printed))
    }

    /// Tells of targets that were left alone, where no summary will.
    pub(super) fn tell_excluded(&self) {
        let excluded = self.read.excluded() + self.tally.excluded;
        if excluded > 0 && !self.board.sums_up() {
            let targets = if excluded == 1 { "target is" } else { "targets are" };
            tell("note", &format!("{excluded} {targets} left alone, as --exclude-file says"));
        }
    }

    /// Writes what comes behind the last target, and closes the output.
    pub(super) fn finish(mut self, skipped_lines: u64) -> Result<(), (String, io::Error)> {
        let name = self.destination.name();
        let totals = Totals { not_looked_at: self.left(), skipped_lines };
        if !self.is_recording {
            let end = self.reporter.finish(self.is_begun, &totals);
            if !end.is_empty()
                && let Err(error) = self.destination.write(&end, self.color)
            {
                return Err((name, error));
            }
        }
        if self.board.sums_up() {
            let around = Around { skipped_lines, ..self.around() };
            tell("done", &self.tally.summary(&around));
        }
        self.destination.close().map_err(|error| (name, error))
    }

    /// What cannot be written, and where.
    pub(super) fn cannot_write(self, error: &io::Error) -> u8 {
        complain(&format!("cannot write to {}: {error}", self.destination.name()), exit::INTERNAL)
    }

    /// Lets the terminal be as it was.
    pub(super) fn clear(&self) {
        self.board.finish();
    }

    fn around(&self) -> Around {
        Around {
            elapsed: self.started.elapsed(),
            duplicates: self.read.duplicates(),
            held: self.read.held(),
            excluded: self.read.excluded(),
            skipped_lines: self.read.skipped_lines(),
            count: self.count.or_else(|| self.read.end().is_some().then(|| self.read.named())),
        }
    }

    fn write(&mut self, told: &Told) -> io::Result<Printed> {
        if self.destination.has_reader() && self.ending.reader_is_gone() {
            return Ok(Printed::ReaderGone);
        }
        let before = if self.is_recording { String::new() } else { self.reporter.before(!self.is_begun) };
        let text = before + &told.text;
        let (destination, color) = (&mut self.destination, self.color);
        self.board.aside(|| {
            // Where standard error is gone the exit code has to do.
            let _ = write!(anstream::stderr(), "{}", told.aside);
            if text.is_empty() { Ok(Printed::Whole) } else { destination.write(&text, color) }
        })
    }
}

impl Sink<Told> for Printer {
    fn take(&mut self, done: Done<Told>) -> ControlFlow<()> {
        let told = match done {
            Done::Found(told) if told.class == Class::Interrupted && self.leaves_interrupted => {
                return ControlFlow::Continue(());
            }
            Done::Found(told) => told,
            Done::Excluded(_) => {
                self.tally.excluded += 1;
                return ControlFlow::Continue(());
            }
            Done::Fault(asked) => {
                self.tally.faults += 1;
                let words = format!("a fault in stews ended the scan of {}; please report it", asked.shown());
                self.code = self.board.aside(|| complain(&words, exit::INTERNAL));
                return ControlFlow::Continue(());
            }
        };
        match self.write(&told) {
            Ok(Printed::Whole) => {
                (self.is_begun, self.printed) = (true, self.printed + 1);
                self.code = exit::worse(self.code, told.code);
                self.tally.add(told.class);
                ControlFlow::Continue(())
            }
            // What nobody has read is no result.
            Ok(Printed::ReaderGone) => {
                self.has_lost_reader = true;
                ControlFlow::Break(())
            }
            Err(error) => {
                self.failure = Some(error);
                ControlFlow::Break(())
            }
        }
    }

    fn moment(&mut self, state: State) {
        let (tally, around) = (&self.tally, self.around());
        self.board.show(|| tally.progress(&around, state.running));
    }
}
