//! Which published flaws a target may have, as far as its version is known.

use super::answer::Candidate;
use super::ranges::VersionRange;
use crate::database::{Advisory, Affected};

/// How a flaw bears on the versions that a target may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bearing {
    /// All of them have it.
    Certain,
    /// Some of them have it.
    Possible,
    /// None has it: it was mended before.
    Fixed,
}

impl Bearing {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Certain => "certain",
            Self::Possible => "possible",
            Self::Fixed => "fixed",
        }
    }
}

/// An advisory and how it bears on a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advised {
    /// The advisory.
    pub advisory: &'static Advisory,
    /// How it bears on the target, if the target is the product that it concerns, in one of the versions that are named.
    pub bearing: Bearing,
}

impl Candidate {
    /// The advisories of the embedded list that concern this product in one of its [`Candidate::ranges`], those first that bear most, and
    /// those that none of them has any more. By version numbers: what a distribution mends without another number is told all the same.
    #[must_use]
    pub fn advisories(&self) -> Vec<Advised> {
        let known = Advisory::of_product(&self.product);
        let bears = |advisory| Some(Advised { advisory, bearing: bearing(advisory, &self.ranges)? });
        let mut found: Vec<Advised> = known.filter_map(bears).collect();
        found.sort_by_key(|one| one.bearing);
        found
    }
}

/// How an advisory bears on ranges; nothing where all of them come before the flaw.
fn bearing(advisory: &Advisory, ranges: &[VersionRange]) -> Option<Bearing> {
    if ranges.iter().any(|range| meets(advisory, range)) {
        let is_certain = ranges.iter().all(|range| covers(advisory, range));
        return Some(if is_certain { Bearing::Certain } else { Bearing::Possible });
    }
    let is_behind = |release: &str| advisory.affected.iter().any(|affected| affected.is_behind(release));
    ranges.iter().flat_map(VersionRange::releases).any(is_behind).then_some(Bearing::Fixed)
}

/// Whether any release of a range may have the flaw; where there is no list of them, also one that is not known.
fn meets(advisory: &Advisory, range: &VersionRange) -> bool {
    if range.line().is_listed() {
        return range.releases().any(|release| advisory.affects(release));
    }
    advisory.affected.iter().any(|affected| affected.meets(range.after(), range.before()))
}

/// Whether all releases of a range have the flaw.
fn covers(advisory: &Advisory, range: &VersionRange) -> bool {
    if range.line().is_listed() {
        return range.releases().all(|release| advisory.affects(release));
    }
    advisory.affected.iter().any(|affected: &Affected| affected.covers(range.after(), range.before()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::{Recording, derive};
    use crate::identify::{Calibration, Mask, Matcher, Observations};
    use crate::probe::ProbeId;

    /// The candidate for a product of which these versions are recorded, those that answer as the target marked with a plus.
    fn candidate(product: &str, versions: &str) -> Candidate {
        let seen = |line: &str| -> Observations { [(ProbeId::new(203), line.parse().unwrap())].into() };
        let recordings: Vec<Recording> = versions
            .split(' ')
            .map(|version| {
                let line = if version.ends_with('+') { "close 1002 | fin" } else { "| alive" };
                Recording::of_runs(product, version.trim_end_matches('+'), &[seen(line)])
            })
            .collect();
        let database = derive(&recordings, &[]);
        let matcher = Matcher::calibrated(&database, Calibration::cautious());
        matcher.identify(&seen("close 1002 | fin"), Mask::default()).first()[0].clone()
    }

    fn told(candidate: &Candidate, id: &str) -> Option<Bearing> {
        let all = candidate.advisories();
        all.iter().find(|one| one.advisory.ids.iter().any(|own| own == id)).map(|one| one.bearing)
    }

    /// CVE-2024-37890 is in 8.0.0 to 8.17.0, among others.
    #[test]
    fn an_advisory_bears_as_far_as_versions_are_known() {
        let id = "CVE-2024-37890";
        assert_eq!(
            told(&candidate("ws", "8.0.0+ 8.7.0+ 8.17.1"), id),
            Some(Bearing::Possible),
            "before, none is known"
        );
        assert_eq!(
            told(&candidate("ws", "7.9.0 8.0.0+ 8.7.0+ 8.17.1"), id),
            Some(Bearing::Possible),
            "7.9.1 may be mended"
        );
        assert_eq!(
            told(&candidate("ws", "8.7.0 8.17.1+ 8.18.3+"), id),
            Some(Bearing::Possible),
            "8.7.1 to 8.17.0 may be like it"
        );
        assert_eq!(told(&candidate("ws", "8.17.1 8.18.3+"), id), Some(Bearing::Fixed));
        assert_eq!(told(&candidate("ws", "8.0.0 8.7.0+ 8.17.1"), id), Some(Bearing::Certain), "8.0.1 to 8.17.0");
        assert_eq!(told(&candidate("aiohttp", "3.14.2 3.15.0+"), id), None);
    }
}
