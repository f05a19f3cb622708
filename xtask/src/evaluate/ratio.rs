//! Shares of what was judged: by each, and with what belongs together counted once.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::evaluate::statistics::{rounded, wilson};

/// How often something holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ratio {
    /// How often.
    pub count: usize,
    /// Of how many times.
    pub of: usize,
}

impl Ratio {
    /// How often something holds of some things.
    pub fn of<T>(all: &[T], holds: impl Fn(&T) -> bool) -> Self {
        Self { count: all.iter().filter(|one| holds(one)).count(), of: all.len() }
    }

    /// Counts one time more.
    pub fn add(&mut self, holds: bool) {
        self.count += usize::from(holds);
        self.of += 1;
    }

    /// The share in percent.
    pub fn percent(self) -> f64 {
        if self.of == 0 { 0.0 } else { 100.0 * self.count as f64 / self.of as f64 }
    }

    /// How often it does not hold.
    #[must_use]
    pub const fn rest(self) -> Self {
        Self { count: self.of - self.count, of: self.of }
    }

    /// Both together.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self { count: self.count + other.count, of: self.of + other.of }
    }
}

impl std::fmt::Display for Ratio {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.of == 0 {
            return out.write_str("not measured");
        }
        let (low, high) = wilson(self.count as f64, self.of as f64);
        let (low, high) = (100.0 * low, 100.0 * high);
        write!(out, "{:.1} % ({low:.1} - {high:.1}, {} of {})", self.percent(), self.count, self.of)
    }
}

/// A share where what belongs together counts once: the mean over the groups of the share within each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Balanced {
    /// The sum of the groups' shares.
    pub count: f64,
    /// How many groups.
    pub of: usize,
}

impl Balanced {
    /// The share over groups whose members have shares of their own, each member of a group with the same weight.
    pub fn over<'a>(members: impl Iterator<Item = (&'a str, f64)>) -> Self {
        let mut groups: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
        for (group, share) in members {
            let sum = groups.entry(group).or_default();
            *sum = (sum.0 + share, sum.1 + 1.0);
        }
        let count = groups.values().map(|(sum, of)| sum / of).sum();
        Self { count: rounded(count, 4), of: groups.len() }
    }

    /// The share in percent.
    pub fn percent(self) -> f64 {
        if self.of == 0 { 0.0 } else { 100.0 * self.count / self.of as f64 }
    }

    /// How often it does not hold.
    #[must_use]
    pub fn rest(self) -> Self {
        Self { count: rounded(self.of as f64 - self.count, 4), of: self.of }
    }
}

impl std::fmt::Display for Balanced {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.of == 0 {
            return out.write_str("not measured");
        }
        let (low, high) = wilson(self.count, self.of as f64);
        let (low, high) = (100.0 * low, 100.0 * high);
        let count = format!("{:.1}", self.count);
        let count = count.strip_suffix(".0").unwrap_or(&count);
        write!(out, "{:.1} % ({low:.1} - {high:.1}, {count} of {})", self.percent(), self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_told_with_what_chance_leaves_open() {
        assert_eq!(Ratio { count: 251, of: 258 }.to_string(), "97.3 % (94.5 - 98.7, 251 of 258)");
        assert_eq!(Ratio { count: 251, of: 258 }.rest(), Ratio { count: 7, of: 258 });
        assert_eq!(Ratio::default().to_string(), "not measured");
    }

    #[test]
    fn what_belongs_together_counts_once() {
        let variants = (0..7).map(|_| ("echo", 0.0));
        let share = Balanced::over(variants.chain([("chat", 1.0), ("board", 1.0), ("board", 0.0)]));
        assert_eq!(share, Balanced { count: 1.5, of: 3 });
        assert!(share.to_string().starts_with("50.0 % (") && share.to_string().ends_with(", 1.5 of 3)"), "{share}");
        assert_eq!(share.rest(), Balanced { count: 1.5, of: 3 });
    }
}
