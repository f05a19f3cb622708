//! Many targets at a time: taken from whoever feeds them, looked at in turn, and given to whoever takes what is found.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::sync::mpsc::Receiver;
use tokio::sync::mpsc::error::TryRecvError;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use super::admission::Admission;
use super::asked::Asked;
use super::look::{Done, HostKey, Look, Prepared, Sink, State};
use super::order::Order;
use crate::scan::Interrupt;

/// How often a sink has its moment.
const MOMENT: Duration = Duration::from_millis(200);

/// How many targets are looked at at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// In all, at least one.
    pub concurrency: usize,
    /// Of one host, at least one.
    pub per_host: usize,
    /// The least time between the beginnings of two of one host.
    pub host_pause: Duration,
    /// How many are taken before their turn, so that those of other hosts can pass where one is full.
    pub look_ahead: usize,
    /// Whether results are given in the order of the targets. Then no target is taken that is twice the concurrency behind one of which nothing is known
    /// yet: what was found behind that one is held until then.
    pub ordered: bool,
}

impl Settings {
    /// The default for how many targets are looked at at a time.
    pub const CONCURRENCY: usize = 256;
    /// The default for how many of one host.
    pub const PER_HOST: usize = 4;
    /// The default for the pause between two of one host.
    pub const HOST_PAUSE: Duration = Duration::from_millis(20);
    /// The default for how many are taken before their turn.
    pub const LOOK_AHEAD: usize = 4096;
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            concurrency: Self::CONCURRENCY,
            per_host: Self::PER_HOST,
            host_pause: Self::HOST_PAUSE,
            look_ahead: Self::LOOK_AHEAD,
            ordered: false,
        }
    }
}

/// Has all targets of a channel looked at, until it is closed, `interrupt` is triggered or the sink has enough; how many were taken and not begun.
///
/// Once it is interrupted nothing is begun any more, and what is under way is waited for: whoever looks is to be told as well.
pub async fn run<L: Look>(
    look: Arc<L>,
    settings: &Settings,
    asked: Receiver<Asked>,
    interrupt: &Interrupt,
    sink: &mut impl Sink<L::Found>,
) -> u64 {
    let mut engine = Engine::new(look, settings, asked);
    let interrupted = interrupt.triggered();
    tokio::pin!(interrupted);
    let mut moments = interval(MOMENT);
    moments.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        engine.catch_up();
        // Before anything is begun, so that nothing is where what was found cannot be written.
        while let Some(done) = engine.next_done() {
            if sink.take(done).is_break() {
                return engine.not_begun();
            }
        }
        // What has just ended may have ended for that, and nothing takes its place then.
        engine.is_interrupted |= interrupt.is_triggered();
        engine.begin();
        if engine.is_over() {
            break;
        }
        let may_take = engine.may_take();
        let pause = engine.admission.next_pause().filter(|_| engine.may_begin());
        tokio::select! {
            biased;
            () = &mut interrupted, if !engine.is_interrupted => engine.is_interrupted = true,
            _ = moments.tick() => sink.moment(engine.state()),
            Some(ended) = engine.running.join_next() => engine.ended(ended.ok()),
            Some(prepared) = engine.preparing.next() => engine.prepared(prepared),
            () = pause_ends(pause), if pause.is_some() => {}
            taken = engine.asked.recv(), if may_take => engine.take(taken),
        }
    }
    let left = engine.not_begun();
    for done in engine.order.rest() {
        if sink.take(done).is_break() {
            break;
        }
    }
    left
}

async fn pause_ends(when: Option<Instant>) {
    match when {
        Some(when) => sleep_until(when).await,
        None => std::future::pending().await,
    }
}

/// A target on its way.
struct Begun<T> {
    place: u64,
    asked: Asked,
    rest: T,
}

type Ended<L> = (u64, HostKey, Done<<L as Look>::Found>);
type PreparedTarget<L> = Begun<Option<Prepared<<L as Look>::Ready, <L as Look>::Found>>>;

struct Engine<L: Look> {
    look: Arc<L>,
    settings: Settings,
    asked: Receiver<Asked>,
    /// How many were taken.
    taken: u64,
    is_closed: bool,
    is_interrupted: bool,
    preparing: FuturesUnordered<BoxFuture<'static, PreparedTarget<L>>>,
    /// Those that wait for their turn; boxed, since most hosts have one, and a queue of four is made for it.
    admission: Admission<HostKey, Box<Begun<L::Ready>>>,
    running: JoinSet<Ended<L>>,
    order: Order<Done<L::Found>>,
    /// What was found and not given yet, where order does not matter.
    done: Vec<Done<L::Found>>,
}

impl<L: Look> Engine<L> {
    fn new(look: Arc<L>, settings: &Settings, asked: Receiver<Asked>) -> Self {
        Self {
            look,
            settings: *settings,
            asked,
            taken: 0,
            is_closed: false,
            is_interrupted: false,
            preparing: FuturesUnordered::new(),
            admission: Admission::new(settings.per_host, settings.host_pause),
            running: JoinSet::new(),
            order: Order::new(),
            done: Vec::new(),
        }
    }

    fn is_full(&self) -> bool {
        self.running.len() >= self.settings.concurrency.max(1)
    }

    /// Whether there is room for another beginning, and one that waits for it.
    fn may_begin(&self) -> bool {
        !self.is_interrupted && !self.is_full() && self.admission.waiting() > 0
    }

    /// Whether nothing is under way, nor will be.
    fn is_over(&self) -> bool {
        let none_left = self.is_closed && self.preparing.is_empty() && self.admission.waiting() == 0;
        self.running.is_empty() && (self.is_interrupted || none_left)
    }

    fn state(&self) -> State {
        State { running: self.running.len(), waiting: self.preparing.len() + self.admission.waiting() }
    }

    fn not_begun(&self) -> u64 {
        (self.preparing.len() + self.admission.waiting()) as u64
    }

    /// Whether there is room for another target.
    fn may_take(&self) -> bool {
        let ahead = self.settings.look_ahead.max(1);
        let window = 2 * self.settings.concurrency.max(1) as u64;
        let is_in_order = !self.settings.ordered || self.taken < self.order.next() + window;
        !self.is_closed
            && !self.is_interrupted
            && is_in_order
            && self.preparing.len() + self.admission.waiting() < ahead
    }

    fn take(&mut self, asked: Option<Asked>) {
        let Some(asked) = asked else {
            self.is_closed = true;
            return;
        };
        let (look, place) = (self.look.clone(), self.taken);
        self.taken += 1;
        let prepare = async move {
            let again = asked.clone();
            let prepared = AssertUnwindSafe(look.prepare(again)).catch_unwind().await.ok();
            Begun { place, asked, rest: prepared }
        };
        let mut prepare = prepare.boxed();
        // An address needs no look-up.
        match prepare.as_mut().now_or_never() {
            Some(prepared) => self.prepared(prepared),
            None => self.preparing.push(prepare),
        }
    }

    fn prepared(&mut self, prepared: PreparedTarget<L>) {
        let Begun { place, asked, rest } = prepared;
        match rest {
            Some(Prepared::Ready(host, ready)) => {
                self.admission.add(host, Box::new(Begun { place, asked, rest: ready }), Instant::now());
            }
            Some(Prepared::Done(found)) => self.settle(place, Done::Found(found)),
            Some(Prepared::Excluded) => self.settle(place, Done::Excluded(asked)),
            None => self.settle(place, Done::Fault(asked)),
        }
    }

    /// Takes what has ended and what is there to be taken, so that many of them cost no more than one.
    fn catch_up(&mut self) {
        while let Some(ended) = self.running.try_join_next() {
            self.ended(ended.ok());
        }
        while self.may_take() {
            match self.asked.try_recv() {
                Ok(asked) => self.take(Some(asked)),
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => self.is_closed = true,
            }
        }
    }

    /// Begins whatever may begin.
    fn begin(&mut self) {
        if !self.may_begin() {
            return;
        }
        let now = Instant::now();
        while !self.is_full()
            && let Some((host, begun)) = self.admission.next(now)
        {
            let Begun { place, asked, rest: ready } = *begun;
            let look = self.look.clone();
            self.running.spawn(async move {
                let found = AssertUnwindSafe(look.look(ready)).catch_unwind().await;
                (place, host, found.map_or(Done::Fault(asked), Done::Found))
            });
        }
    }

    fn ended(&mut self, ended: Option<Ended<L>>) {
        // Nothing else ends a task: a panic is caught in it, and none is aborted.
        let Some((place, host, done)) = ended else { return };
        self.admission.ended(host, Instant::now());
        self.settle(place, done);
    }

    fn settle(&mut self, place: u64, done: Done<L::Found>) {
        if self.settings.ordered {
            self.order.add(place, done);
        } else {
            self.done.push(done);
        }
    }

    fn next_done(&mut self) -> Option<Done<L::Found>> {
        if self.settings.ordered { self.order.pop() } else { self.done.pop() }
    }
}

#[cfg(test)]
mod tests;
