//! How far a run over many targets is, on standard error: a line that is always there on a terminal, or one now and then.

use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::output::tell;
use super::plan::Plan;

/// How often it is told where there is no terminal.
const NOW_AND_THEN: Duration = Duration::from_secs(30);

/// Shows how far a run is.
pub(super) struct Board {
    line: Option<ProgressBar>,
    /// When it is told next, where it is.
    next: Option<Instant>,
    /// Whether the run is summed up at its end.
    sums_up: bool,
}

impl Board {
    pub(super) fn new(plan: &Plan) -> Self {
        let is_terminal = std::io::stderr().is_terminal();
        let shows = is_terminal && !plan.is_alone && !plan.debug && !plan.verbose;
        let line = shows.then(|| {
            let style = ProgressStyle::with_template("{spinner} {msg}");
            ProgressBar::new_spinner().with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()))
        });
        let next = (plan.stats && line.is_none()).then(|| Instant::now() + NOW_AND_THEN);
        Self { line, next, sums_up: plan.stats || plan.is_list && is_terminal }
    }

    /// Shows how far the run is, where it is time for that.
    pub(super) fn show(&mut self, progress: impl Fn() -> String) {
        if let Some(line) = &self.line {
            line.set_message(progress());
            line.tick();
        } else if self.next.is_some_and(|next| next <= Instant::now()) {
            tell("stats", &progress());
            self.next = Some(Instant::now() + NOW_AND_THEN);
        }
    }

    /// Does what writes to the terminal while the line is not there.
    pub(super) fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        match &self.line {
            Some(line) => line.suspend(write),
            None => write(),
        }
    }

    /// Whether the run is summed up at its end.
    pub(super) const fn sums_up(&self) -> bool {
        self.sums_up
    }

    /// No more is to be shown.
    pub(super) fn finish(&self) {
        self.line.iter().for_each(ProgressBar::finish_and_clear);
    }
}
