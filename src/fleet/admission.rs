//! Whose turn it is: no more targets of one host at a time than it is to bear, and a pause between their beginnings. Pure: told what time it is.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::hash::Hash;
use std::time::Duration;

use tokio::time::Instant;

/// Targets that wait, by host. Those of a host that is full let those of others pass.
#[derive(Debug)]
pub(super) struct Admission<K, T> {
    per_host: usize,
    pause: Duration,
    hosts: HashMap<K, HostState<T>>,
    /// Hosts of which a target may begin now.
    ready: VecDeque<K>,
    /// Hosts whose pause ends then.
    pauses: BinaryHeap<Reverse<(Instant, K)>>,
    waiting: usize,
}

#[derive(Debug)]
struct HostState<T> {
    running: usize,
    /// When the next may begin.
    next: Instant,
    waiting: VecDeque<T>,
    /// Whether it stands among those that are ready, or whose pause ends.
    is_listed: bool,
}

impl<K: Clone + Eq + Hash + Ord, T> Admission<K, T> {
    /// One that lets so many of a host run at a time, at least one, and begin no sooner after each other than this.
    pub(super) fn new(per_host: usize, pause: Duration) -> Self {
        let (hosts, ready, pauses) = (HashMap::new(), VecDeque::new(), BinaryHeap::new());
        Self { per_host: per_host.max(1), pause, hosts, ready, pauses, waiting: 0 }
    }

    /// How many wait.
    pub(super) const fn waiting(&self) -> usize {
        self.waiting
    }

    /// Another of a host waits for its turn.
    pub(super) fn add(&mut self, host: K, target: T, now: Instant) {
        let new = || HostState { running: 0, next: now, waiting: VecDeque::new(), is_listed: false };
        self.hosts.entry(host.clone()).or_insert_with(new).waiting.push_back(target);
        self.waiting += 1;
        self.list(host, now);
    }

    /// One that may begin now, and its host; it runs from now on.
    pub(super) fn next(&mut self, now: Instant) -> Option<(K, T)> {
        self.end_pauses(now);
        let host = self.ready.pop_front()?;
        let state = self.hosts.get_mut(&host)?;
        state.is_listed = false;
        let target = state.waiting.pop_front()?;
        (state.running, state.next) = (state.running + 1, now + self.pause);
        self.waiting -= 1;
        self.list(host.clone(), now);
        Some((host, target))
    }

    /// One of a host has ended.
    pub(super) fn ended(&mut self, host: K, now: Instant) {
        if let Some(state) = self.hosts.get_mut(&host) {
            state.running = state.running.saturating_sub(1);
            self.list(host, now);
        }
    }

    /// When the next pause ends.
    pub(super) fn next_pause(&self) -> Option<Instant> {
        self.pauses.peek().map(|Reverse((when, _))| *when)
    }

    fn end_pauses(&mut self, now: Instant) {
        while self.next_pause().is_some_and(|when| when <= now) {
            let Some(Reverse((_, host))) = self.pauses.pop() else { return };
            if let Some(state) = self.hosts.get_mut(&host) {
                state.is_listed = false;
                self.list(host, now);
            }
        }
    }

    /// Puts a host where it belongs: among those that are ready, those that pause, or, where it runs as many as it may, nowhere. One of which
    /// nothing is left to remember is forgotten.
    fn list(&mut self, host: K, now: Instant) {
        let Some(state) = self.hosts.get_mut(&host).filter(|state| !state.is_listed) else { return };
        let is_idle = state.waiting.is_empty() && state.running == 0;
        if is_idle && state.next <= now {
            self.hosts.remove(&host);
        } else if is_idle || !state.waiting.is_empty() && state.running < self.per_host {
            state.is_listed = true;
            // A pause is also what one waits for that has nothing left, to be forgotten.
            if state.next <= now {
                self.ready.push_back(host);
            } else {
                self.pauses.push(Reverse((state.next, host)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_full_host_lets_others_pass() {
        let (mut admission, now) = (Admission::new(2, Duration::ZERO), Instant::now());
        for (host, target) in [('a', 1), ('a', 2), ('a', 3), ('b', 4)] {
            admission.add(host, target, now);
        }
        let mut begun = Vec::new();
        while let Some(next) = admission.next(now) {
            begun.push(next);
        }
        begun.sort_unstable();
        assert_eq!(begun, [('a', 1), ('a', 2), ('b', 4)]);
        admission.ended('b', now);
        assert_eq!(admission.next(now), None);
        admission.ended('a', now);
        assert_eq!(admission.next(now), Some(('a', 3)));
    }

    #[test]
    fn there_is_a_pause_between_beginnings() {
        let (mut admission, now) = (Admission::new(9, Duration::from_millis(100)), Instant::now());
        admission.add('a', 1, now);
        admission.add('a', 2, now);
        assert_eq!(admission.next(now), Some(('a', 1)));
        assert_eq!((admission.next(now), admission.next_pause()), (None, Some(now + Duration::from_millis(100))));
        let later = now + Duration::from_millis(100);
        assert_eq!(admission.next(later), Some(('a', 2)));
        admission.ended('a', later);
        admission.ended('a', later);
        assert_eq!(admission.next(later + Duration::from_secs(1)), None);
        assert!(admission.hosts.is_empty() && admission.pauses.is_empty(), "{admission:?}");
    }

    proptest! {
        /// Time goes on by a step; one of five hosts gets another target; one that runs ends; what may begin does.
        #[test]
        fn nothing_is_lost_and_no_host_bears_more_than_it_may(
            per_host in 1_usize..4,
            pause in 0_u64..30,
            steps in prop::collection::vec((0_u8..5, 0_u64..20, any::<prop::sample::Index>(), any::<bool>()), 1..120),
        ) {
            let pause = Duration::from_millis(pause);
            let mut admission = Admission::new(per_host, pause);
            let (mut now, mut added, mut begun) = (Instant::now(), 0_usize, Vec::new());
            let (mut running, mut last) = (Vec::<u8>::new(), HashMap::<u8, Instant>::new());
            for (host, step, which, ends) in steps {
                now += Duration::from_millis(step);
                admission.add(host, added, now);
                added += 1;
                if ends && !running.is_empty() {
                    admission.ended(running.swap_remove(which.index(running.len())), now);
                }
                while let Some((host, target)) = admission.next(now) {
                    running.push(host);
                    begun.push(target);
                    prop_assert!(running.iter().filter(|other| **other == host).count() <= per_host);
                    let before = last.insert(host, now);
                    prop_assert!(before.is_none_or(|before| now - before >= pause));
                }
                prop_assert_eq!(begun.len() + admission.waiting(), added);
            }
            // Once all have ended and every pause is over, all begin.
            for _ in 0..2 * added {
                running.drain(..).for_each(|host| admission.ended(host, now));
                now += Duration::from_millis(30);
                while let Some((host, target)) = admission.next(now) {
                    running.push(host);
                    begun.push(target);
                }
            }
            begun.sort_unstable();
            prop_assert_eq!(begun, (0..added).collect::<Vec<_>>());
            prop_assert_eq!(admission.hosts.len(), 0);
        }
    }
}
