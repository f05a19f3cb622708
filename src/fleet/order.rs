//! Results in the order in which their targets were named, within a bounded distance of each other.

use std::collections::VecDeque;

/// What was found of targets, given out in the order of their places.
#[derive(Debug)]
pub(super) struct Order<T> {
    /// The place of the first of `found`.
    next: u64,
    /// What was found from there on, as far as it is known.
    found: VecDeque<Option<T>>,
}

impl<T> Order<T> {
    pub(super) const fn new() -> Self {
        Self { next: 0, found: VecDeque::new() }
    }

    /// The place of which nothing is known that comes first.
    pub(super) const fn next(&self) -> u64 {
        self.next
    }

    /// What was found at a place.
    pub(super) fn add(&mut self, place: u64, found: T) {
        let Some(index) = place.checked_sub(self.next).and_then(|index| usize::try_from(index).ok()) else { return };
        while self.found.len() <= index {
            self.found.push_back(None);
        }
        self.found[index] = Some(found);
    }

    /// What comes next in order, if it is known.
    pub(super) fn pop(&mut self) -> Option<T> {
        let found = self.found.front_mut()?.take()?;
        self.found.pop_front();
        self.next += 1;
        Some(found)
    }

    /// What is left where no more will be known, in order.
    pub(super) fn rest(self) -> impl Iterator<Item = T> {
        self.found.into_iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn whatever_order_they_come_in_they_leave_in_order(keys in prop::collection::vec(any::<u32>(), 0..40)) {
            let mut shuffled: Vec<u64> = (0..keys.len() as u64).collect();
            shuffled.sort_by_key(|place| keys[usize::try_from(*place).unwrap()]);
            let (mut order, mut out) = (Order::new(), Vec::new());
            for place in shuffled {
                order.add(place, place);
                out.extend(std::iter::from_fn(|| order.pop()));
                prop_assert_eq!(order.next(), out.len() as u64);
            }
            prop_assert_eq!(out, (0..keys.len() as u64).collect::<Vec<_>>());
        }
    }

    #[test]
    fn what_stands_behind_a_gap_is_the_rest() {
        let mut order = Order::new();
        order.add(1, 'b');
        order.add(3, 'd');
        assert_eq!(order.pop(), None);
        assert_eq!(order.rest().collect::<String>(), "bd");
    }
}
