//! What came among the last so many, in memory that does not grow with what comes.

/// Remembers the keys that came last; the oldest is forgotten for the newest.
#[derive(Debug)]
pub struct Window {
    /// The keys, in the order in which they came; the next takes the place of the oldest.
    keys: Vec<u64>,
    most: usize,
    oldest: usize,
    /// The places of keys in `keys`, one higher, by open addressing with linear probing; 0 is none. The table is twice as large as there are keys at
    /// most, and is left to the system's empty pages until it is used.
    table: Vec<u32>,
}

impl Window {
    /// So many keys are remembered by default.
    pub const MOST: usize = 1 << 20;

    /// One that remembers so many keys, at least one and at most 2^30.
    #[must_use]
    pub fn new(most: usize) -> Self {
        let most = most.clamp(1, 1 << 30);
        Self { keys: Vec::new(), most, oldest: 0, table: vec![0; (2 * most).next_power_of_two()] }
    }

    /// Adds a key; whether it is not among those that are remembered.
    pub fn is_new(&mut self, key: u64) -> bool {
        let place = self.place(key);
        if self.table[place] != 0 {
            return false;
        }
        if self.keys.len() < self.most {
            self.keys.push(key);
            self.put(place, self.keys.len() - 1);
            return true;
        }
        let forgotten = std::mem::replace(&mut self.keys[self.oldest], key);
        self.remove(forgotten);
        // What was removed may have moved what stood behind it.
        let place = self.free_place(key);
        self.put(place, self.oldest);
        self.oldest = (self.oldest + 1) % self.most;
        true
    }

    fn put(&mut self, place: usize, key: usize) {
        self.table[place] = u32::try_from(key + 1).unwrap_or(0);
    }

    fn home(&self, key: u64) -> usize {
        // Keys are hashes already.
        usize::try_from(key & (self.table.len() as u64 - 1)).unwrap_or(0)
    }

    fn next(&self, place: usize) -> usize {
        (place + 1) & (self.table.len() - 1)
    }

    /// Where a key is, or the free place where it belongs.
    fn place(&self, key: u64) -> usize {
        let mut place = self.home(key);
        while let Some(index) = (self.table[place] as usize).checked_sub(1) {
            if self.keys[index] == key {
                break;
            }
            place = self.next(place);
        }
        place
    }

    /// The first free place for a key that is not there.
    fn free_place(&self, key: u64) -> usize {
        let mut place = self.home(key);
        while self.table[place] != 0 {
            place = self.next(place);
        }
        place
    }

    /// Takes out the oldest key, whose place in `keys` has been taken already, and closes the gap behind it.
    fn remove(&mut self, key: u64) {
        let oldest = u32::try_from(self.oldest + 1).unwrap_or(0);
        let mut gap = self.home(key);
        while self.table[gap] != oldest {
            gap = self.next(gap);
        }
        self.table[gap] = 0;
        let mut place = self.next(gap);
        while let Some(index) = (self.table[place] as usize).checked_sub(1) {
            let mask = self.table.len() - 1;
            let (from_home, from_gap) =
                (place.wrapping_sub(self.home(self.keys[index])) & mask, place.wrapping_sub(gap) & mask);
            if from_home >= from_gap {
                self.table[gap] = std::mem::take(&mut self.table[place]);
                gap = place;
            }
            place = self.next(place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::VecDeque;

    #[test]
    fn the_oldest_is_forgotten() {
        let mut window = Window::new(2);
        let new: Vec<bool> = [1, 1, 2, 1, 3, 2, 1].into_iter().map(|key| window.is_new(key)).collect();
        assert_eq!(new, [true, false, true, false, true, false, true]);
    }

    proptest! {
        #[test]
        fn it_remembers_the_last_keys_and_no_others(
            most in 1_usize..9,
            // Few keys, and many of one home: the low bits are those that count.
            keys in prop::collection::vec((0_u64..3, 0_u64..6).prop_map(|(low, high)| low | high << 32), 0..200),
        ) {
            let (mut window, mut last) = (Window::new(most), VecDeque::new());
            for key in keys {
                let new = !last.contains(&key);
                prop_assert_eq!(window.is_new(key), new);
                if new {
                    last.push_back(key);
                    if last.len() > most {
                        last.pop_front();
                    }
                }
            }
        }
    }
}
