//! Lists of ports, as in `80,443,8000-8010`.

use crate::target::shown::{SHOWN, escaped_start};

/// Ports, each once, in the order in which they were named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ports(Vec<u16>);

/// Why a text is no list of ports; holds the text, escaped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no list of ports from 1 to 65535; write 80,443,8000-8010")]
pub struct PortsError(String);

impl Ports {
    /// Reads ports and ranges of them, with commas between.
    ///
    /// # Errors
    /// When one of them is none.
    pub fn parse(text: &str) -> Result<Self, PortsError> {
        let mut ports = Self::default();
        let mut seen = vec![false; usize::from(u16::MAX) + 1];
        for part in text.split(',') {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let range = port(first).zip(port(last)).filter(|(first, last)| first <= last);
            let (first, last) = range.ok_or_else(|| PortsError(shown(text)))?;
            let new = |port: &u16| !std::mem::replace(&mut seen[usize::from(*port)], true);
            ports.0.extend((first..=last).filter(new));
        }
        Ok(ports)
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[u16] {
        &self.0
    }
}

fn port(text: &str) -> Option<u16> {
    let text = text.trim();
    text.parse().ok().filter(|port| *port > 0 && text.bytes().all(|digit| digit.is_ascii_digit()))
}

fn shown(text: &str) -> String {
    escaped_start(text, SHOWN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ports_and_ranges_are_read() {
        let all = |text: &str| Ports::parse(text).map(|ports| ports.all().to_vec()).ok();
        assert_eq!(all("443,80"), Some(vec![443, 80]));
        assert_eq!(all("8000-8002, 8001,80"), Some(vec![8000, 8001, 8002, 80]));
        assert_eq!(all("1-65535").map(|all| all.len()), Some(65535));
        for text in ["", "0", "80,", "a", "9-8", "65536", "+80", "80-", "-80", "80-90-100"] {
            assert_eq!(all(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn each_port_comes_once(ranges in prop::collection::vec((1_u16..200, 0_u16..20), 1..8)) {
            let text: Vec<String> = ranges.iter().map(|(first, more)| format!("{first}-{}", first + more)).collect();
            let ports = Ports::parse(&text.join(",")).unwrap();
            let mut sorted = ports.all().to_vec();
            sorted.sort_unstable();
            let mut all: Vec<u16> = ranges.iter().flat_map(|(first, more)| *first..=first + more).collect();
            all.sort_unstable();
            all.dedup();
            prop_assert_eq!(sorted, all);
        }
    }
}
