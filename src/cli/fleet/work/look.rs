//! Looks at targets of a job, and passes on what is found with the key of its target.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::mpsc::UnboundedSender;

use super::super::super::scanner::{Ready, Scanner, Told};
use super::super::super::tally::Class;
use crate::fleet::{Asked, Done, Look, Prepared, Sink, State};

/// A scanner that tells the keys of targets.
pub(super) struct Keyed(pub(super) Arc<Scanner>);

impl Look for Keyed {
    type Ready = (Asked, Ready);
    type Found = (Asked, Told);

    async fn prepare(&self, asked: Asked) -> Prepared<Self::Ready, Self::Found> {
        match self.0.prepare(asked.clone()).await {
            Prepared::Ready(host, ready) => Prepared::Ready(host, (asked, ready)),
            Prepared::Done(told) => Prepared::Done((asked, told)),
            Prepared::Excluded => Prepared::Excluded,
        }
    }

    async fn look(&self, (asked, ready): Self::Ready) -> Self::Found {
        (asked, self.0.look(ready).await)
    }
}

/// What came of a target.
pub(super) enum Outcome {
    Found(Asked, Told),
    LeftAlone(Asked),
    Fault(Asked),
    /// A chunk came with nothing left to do but to say so.
    Empty(u64),
}

/// Passes on what came of targets. It never waits: there are no more of them than targets in hand.
pub(super) struct PassOn {
    pub(super) outcomes: UnboundedSender<Outcome>,
    /// How many targets are looked at.
    pub(super) running: Arc<AtomicUsize>,
}

impl Sink<(Asked, Told)> for PassOn {
    fn take(&mut self, done: Done<(Asked, Told)>) -> ControlFlow<()> {
        let outcome = match done {
            // What an interrupt cut short is given back.
            Done::Found((_, told)) if told.class == Class::Interrupted => return ControlFlow::Continue(()),
            Done::Found((asked, told)) => Outcome::Found(asked, told),
            Done::Excluded(asked) => Outcome::LeftAlone(asked),
            Done::Fault(asked) => Outcome::Fault(asked),
        };
        // Whoever takes them waits for all of them.
        if self.outcomes.send(outcome).is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }

    fn moment(&mut self, state: State) {
        self.running.store(state.running, Ordering::Relaxed);
    }
}
