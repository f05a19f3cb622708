//! Which probes a scan asked, as a text of one line.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use anyhow::{Context as _, Error, Result, ensure};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use stews::probe::ProbeId;

/// Probes as their numbers, neighbours as the first and the last of them: `100-105 110 309`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProbeList(pub BTreeSet<ProbeId>);

impl fmt::Display for ProbeList {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: Vec<ProbeId> = self.0.iter().copied().collect();
        let neighbours = all.chunk_by(|one, other| one.number() + 1 == other.number());
        for (place, same) in neighbours.enumerate() {
            let space = if place > 0 { " " } else { "" };
            match same {
                [first, .., last] => write!(out, "{space}{first}-{last}")?,
                _ => write!(out, "{space}{}", same[0])?,
            }
        }
        Ok(())
    }
}

impl FromStr for ProbeList {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let mut probes = BTreeSet::new();
        for word in text.split_whitespace() {
            let (first, last) = word.split_once('-').unwrap_or((word, word));
            let number = |text: &str| text.parse::<u16>().with_context(|| format!("`{word}` is no probe"));
            let (first, last) = (number(first)?, number(last)?);
            ensure!(first <= last, "`{word}` ends before it begins");
            probes.extend((first..=last).map(ProbeId::new));
        }
        Ok(Self(probes))
    }
}

impl FromIterator<ProbeId> for ProbeList {
    fn from_iter<I: IntoIterator<Item = ProbeId>>(probes: I) -> Self {
        Self(probes.into_iter().collect())
    }
}

impl Serialize for ProbeList {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ProbeList {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn neighbours_are_told_by_their_first_and_last() {
        let list: ProbeList = [100, 101, 102, 110, 309, 310].map(ProbeId::new).into_iter().collect();
        assert_eq!(list.to_string(), "100-102 110 309-310");
        assert_eq!(ProbeList::default().to_string(), "");
        for wrong in ["1o0", "105-100", "100-", "70000"] {
            assert!(wrong.parse::<ProbeList>().is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn lists_come_back(numbers in proptest::collection::btree_set(100u16..1000, 0..60)) {
            let list: ProbeList = numbers.into_iter().map(ProbeId::new).collect();
            prop_assert_eq!(list.to_string().parse::<ProbeList>().expect("it was written"), list);
        }
    }
}
