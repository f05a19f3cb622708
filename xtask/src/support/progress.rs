//! How far long work is: a bar with an estimate on a terminal, a line a minute elsewhere. On standard error, so that what is printed stays as it is.

use std::io::{IsTerminal as _, stderr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// How often it is told where there is no terminal.
const EVERY: Duration = Duration::from_secs(60);

/// Work of so many steps.
pub struct Progress {
    what: &'static str,
    total: usize,
    done: AtomicUsize,
    begun: Instant,
    told: Mutex<Instant>,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Work that begins now; `what` is told before the numbers.
    pub fn new(what: &'static str, total: usize) -> Self {
        let begun = Instant::now();
        let bar = stderr().is_terminal().then(|| bar(what, total));
        Self { what, total, done: AtomicUsize::new(0), begun, told: Mutex::new(begun), bar }
    }

    /// Another step is done.
    pub fn step(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if let Some(bar) = &self.bar {
            bar.inc(1);
            return;
        }
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.elapsed() >= EVERY {
            *told = Instant::now();
            eprintln!("{}", line(self.what, done, self.total, self.begun.elapsed()));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.iter().for_each(ProgressBar::finish_and_clear);
    }
}

fn bar(what: &'static str, total: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos} of {len}, {eta} left");
    let bar = ProgressBar::new(total as u64).with_message(what);
    // The template is a constant that reads.
    style.map_or(bar.clone(), |style| bar.with_style(style))
}

/// What is told of a moment.
fn line(what: &str, done: usize, total: usize, elapsed: Duration) -> String {
    let left = elapsed.as_secs_f64() / done.max(1) as f64 * total.saturating_sub(done) as f64;
    format!("{what}: {done} of {total}, about {left:.0} s left")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_told_by_what_is_done() {
        assert_eq!(line("runs", 25, 100, Duration::from_secs(60)), "runs: 25 of 100, about 180 s left");
        assert_eq!(line("runs", 0, 0, Duration::from_secs(60)), "runs: 0 of 0, about 0 s left");
    }
}
