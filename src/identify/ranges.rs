//! Versions as ranges: recordings are samples, and what holds for two in a row is taken to hold between them.

/// Versions from the first to the last, both included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionRange {
    /// The oldest recorded version.
    pub first: String,
    /// The newest recorded version.
    pub last: String,
}

impl std::fmt::Display for VersionRange {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.first == self.last {
            out.write_str(&self.first)
        } else {
            write!(out, "{} – {}", self.first, self.last)
        }
    }
}

/// Some versions as ranges of all that are known; both oldest first.
pub(super) fn ranges(some: &[&str], all: &[&str]) -> Vec<VersionRange> {
    let mut ranges: Vec<VersionRange> = Vec::new();
    let mut open = false;
    for version in all {
        let wanted = some.contains(version);
        match ranges.last_mut().filter(|_| open && wanted) {
            Some(range) => (*version).clone_into(&mut range.last),
            None if wanted => ranges.push(VersionRange { first: (*version).to_owned(), last: (*version).to_owned() }),
            None => {}
        }
        open = wanted;
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_together_is_a_range() {
        let all = ["1", "2", "3", "4", "5"];
        let told = |some: &[&str]| ranges(some, &all).iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        assert_eq!(told(&["2", "3", "5"]), "2 – 3, 5");
        assert_eq!(told(&["1", "2", "3", "4", "5"]), "1 – 5");
        assert_eq!(told(&["4"]), "4");
        assert_eq!(told(&[]), "");
    }
}
