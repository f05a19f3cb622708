//! Who looks at targets, and who takes what is found.

use std::net::IpAddr;
use std::ops::ControlFlow;
use std::sync::Arc;

use super::asked::Asked;

/// Whom targets share: no more than so many of one are looked at at a time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HostKey {
    /// An address.
    Address(IpAddr),
    /// A name that somebody else looks up, as a proxy does.
    Name(Arc<str>),
}

/// A target before its turn.
#[derive(Debug)]
pub enum Prepared<R, F> {
    /// It is known whom it burdens.
    Ready(HostKey, R),
    /// All that there is to find of it was found.
    Done(F),
    /// It is to be left alone.
    Excluded,
}

/// Looks at targets.
pub trait Look: Send + Sync + 'static {
    /// A target that was prepared.
    type Ready: Send + 'static;
    /// What is found.
    type Found: Send + 'static;

    /// Finds out whom a target burdens, which is as good as nobody so far.
    fn prepare(&self, asked: Asked) -> impl Future<Output = Prepared<Self::Ready, Self::Found>> + Send;

    /// Looks at it.
    fn look(&self, ready: Self::Ready) -> impl Future<Output = Self::Found> + Send;
}

/// What came of one target.
#[derive(Debug)]
pub enum Done<F> {
    /// Something was found.
    Found(F),
    /// It was left alone.
    Excluded(Asked),
    /// A fault in whoever looked at it ended that.
    Fault(Asked),
}

/// How many are where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// Targets that are looked at.
    pub running: usize,
    /// Targets that were taken and wait for their turn.
    pub waiting: usize,
}

/// Takes what was found. While it takes its time, nothing new is begun.
pub trait Sink<F> {
    /// Another target is done; whether to go on.
    fn take(&mut self, done: Done<F>) -> ControlFlow<()>;

    /// Called a few times a second.
    fn moment(&mut self, _: State) {}
}
