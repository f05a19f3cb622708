//! Work that is independent, on two threads.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::support::progress::Progress;

/// More would take memory for databases of their own, and machines that measure have two processors.
const THREADS: usize = 2;

/// What `work` makes of each item, in the order of the items, whichever thread was the first; tells how far it is with `what`.
pub fn map<'i, I: Sync, T: Send>(what: &'static str, items: &'i [I], work: impl Fn(&'i I) -> T + Sync) -> Vec<T> {
    let progress = Progress::new(what, items.len());
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, T)>> = Mutex::new(Vec::with_capacity(items.len()));
    let worker = || {
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(place) else { break };
            let made = work(item);
            done.lock().unwrap_or_else(PoisonError::into_inner).push((place, made));
            progress.step();
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..THREADS {
            scope.spawn(worker);
        }
        worker();
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, made)| made).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_stand_in_the_order_of_the_items() {
        let items: Vec<u64> = (0..200).collect();
        let slow = |item: &u64| {
            std::thread::sleep(std::time::Duration::from_micros(200 * (item % 3)));
            item * item
        };
        assert_eq!(map("items", &items, slow), items.iter().map(|item| item * item).collect::<Vec<u64>>());
        assert!(map("nothing", &[0_u8; 0], |item| *item).is_empty());
    }
}
