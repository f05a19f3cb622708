//! Whether a run is to end before all of it is done: after a signal, or where a reader of our output has gone away.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, OnceLock};

use crate::scan::Interrupt;

/// Whether a run is to end, and why. Clones are one.
#[derive(Clone)]
pub(super) struct Ending(Arc<State>);

struct State {
    interrupt: Interrupt,
    /// The exit code of the first signal.
    signal: OnceLock<u8>,
    reader_gone: AtomicBool,
    /// Where the exit code of a second signal goes, upon which nothing is waited for.
    at_once: Sender<u8>,
}

impl Ending {
    /// A run that goes on. The exit code of a second signal is sent to `at_once`.
    pub(super) fn new(at_once: Sender<u8>) -> Self {
        let (interrupt, signal, reader_gone) = (Interrupt::default(), OnceLock::new(), AtomicBool::new(false));
        Self(Arc::new(State { interrupt, signal, reader_gone, at_once }))
    }

    /// What tells a scan under way.
    pub(super) fn interrupt(&self) -> Interrupt {
        self.0.interrupt.clone()
    }

    /// The exit code of the signal that ended the run, if one did.
    pub(super) fn signal(&self) -> Option<u8> {
        self.0.signal.get().copied()
    }

    /// Whether nobody is there to read what would be printed.
    pub(super) fn reader_is_gone(&self) -> bool {
        self.0.reader_gone.load(Ordering::Relaxed)
    }

    /// Whoever would read what is printed has gone away.
    #[cfg(unix)]
    pub(super) fn lose_reader(&self) {
        self.0.reader_gone.store(true, Ordering::Relaxed);
        self.0.interrupt.trigger();
    }

    /// A signal came, whose exit code this is.
    pub(super) fn signalled(&self, code: u8) {
        if self.0.signal.set(code).is_err() {
            // Where the run is over already there is nothing left to end.
            let _ = self.0.at_once.send(code);
        }
        self.0.interrupt.trigger();
    }
}
