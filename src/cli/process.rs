//! What runs for a while: on a runtime, on a thread of its own, so that a second signal ends it whatever it waits for.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;

use super::ending::Ending;
use super::exit;
use super::output::complain;

/// Stack of the thread that does the work, as large as that of a main thread.
const STACK: usize = 8 << 20;

/// Runs what is to be done; its exit code.
pub(super) fn run<W, F>(work: W) -> u8
where
    W: FnOnce(Ending) -> F + Send + 'static,
    F: Future<Output = u8>,
{
    let (send, codes) = mpsc::channel();
    let work = move || {
        let ending = Ending::new(send.clone());
        let code = catch_unwind(AssertUnwindSafe(|| on_runtime(work, ending))).unwrap_or(exit::INTERNAL);
        // Nobody waits for it after a second signal.
        let _ = send.send(code);
    };
    match std::thread::Builder::new().stack_size(STACK).spawn(work) {
        Ok(_) => codes.recv().unwrap_or(exit::INTERNAL),
        Err(error) => cannot_start(&error),
    }
}

fn on_runtime<W, F>(work: W, ending: Ending) -> u8
where
    W: FnOnce(Ending) -> F,
    F: Future<Output = u8>,
{
    // As many threads as there are cores.
    match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => {
            let code = runtime.block_on(work(ending));
            // A name that is still being looked up must not hold up the end.
            runtime.shutdown_background();
            code
        }
        Err(error) => cannot_start(&error),
    }
}

/// Tells that this machine lacks what a run takes; the exit code.
pub(super) fn cannot_start(error: &io::Error) -> u8 {
    complain(&format!("cannot start: {error}"), exit::INTERNAL)
}
