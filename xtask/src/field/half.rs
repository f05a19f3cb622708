//! The two halves of the field set. The open half may be looked at while the matcher is changed; of the held half only the score is
//! told, so that it says how well servers are named that nothing was tuned on.

use sha2::{Digest as _, Sha256};

/// What decides which application belongs to which half, together with its name. Another seed would be another split: what was open
/// once cannot be held again, so it stays as it is.
const SEED: &str = "stews field 6455";

/// One half of the field set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Half {
    /// Its misses may be looked into.
    Open,
    /// Its score is told, and nothing else.
    Held,
}

/// The half that an application belongs to, with all its versions and variants, and behind any proxy: the lowest bit of the first byte
/// of SHA-256 over the seed, a colon and the application's name.
pub fn half(application: &str) -> Half {
    let hash = Sha256::digest(format!("{SEED}:{application}"));
    if hash[0] & 1 == 0 { Half::Open } else { Half::Held }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_halves_are_about_even() {
        let held = (0..60).filter(|number| half(&format!("application-{number}")) == Half::Held).count();
        assert!((20..=40).contains(&held), "{held} of 60 are held");
    }

    /// A change of the seed or of the hash would let out what is held.
    #[test]
    fn the_split_stays_as_it_is() {
        let halves = ["mosquitto", "hugo", "jupyter-server", "aria2"].map(half);
        assert_eq!(halves, [Half::Open, Half::Open, Half::Held, Half::Held]);
    }
}
