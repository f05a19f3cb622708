//! Published flaws of servers, the releases that have them, and whether behaviour tells those from the releases that do not.
//!
//! The list is reference data, committed as `fingerprints/advisories.json` and read only when it is asked for. It goes by version numbers:
//! what a distribution mends without another number is affected all the same.

use std::cmp::Ordering;
use std::fmt;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::difference::Comparison;
use super::model::{Behaviour, Database};
use super::version::version_order;
use crate::features::Layer;
use crate::probe::{self, ProbeId};

/// A flaw that was made public.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Advisory {
    /// Its names, the one that it is listed under first.
    pub ids: Vec<String>,
    /// The product that it concerns; the ranges count in its versions.
    pub product: String,
    /// What is wrong, in a few words.
    pub title: String,
    /// The releases that have it, in their order.
    pub affected: Vec<Affected>,
    /// How bad it is, as a CVSS vector, where that was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<String>,
    /// The day on which it was published, where that is known: `2026-08-18`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<String>,
    /// Where that was read.
    pub source: String,
}

/// The embedded list. It is checked when the tool is tested; one that cannot be read is as none.
static ALL: LazyLock<Vec<Advisory>> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../fingerprints/advisories.json")).unwrap_or_default());

/// A range of releases that have a flaw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Affected {
    /// The first of them; `0` is all up to the end.
    pub introduced: String,
    /// The first that has it no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixed: Option<String>,
    /// The last of them, where no release is known to have mended it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_affected: Option<String>,
}

impl Affected {
    /// Whether a version is in the range.
    #[must_use]
    pub fn holds(&self, version: &str) -> bool {
        order(version, &self.introduced).is_ge() && !self.is_behind(version)
    }

    /// Whether all releases behind one and before another are in the range, whichever there are; without a first or a last, all up to there.
    #[must_use]
    pub fn covers(&self, after: Option<&str>, before: Option<&str>) -> bool {
        let begins = match after {
            Some(after) => order(&self.introduced, after).is_le(),
            None => self.introduced == "0",
        };
        let ends = match (before, &self.fixed, &self.last_affected) {
            (_, None, None) => true,
            (Some(before), Some(fixed), _) => order(before, fixed).is_le(),
            _ => false,
        };
        begins && ends
    }

    /// Whether a release behind one and before another may be in the range, whichever there are.
    #[must_use]
    pub fn meets(&self, after: Option<&str>, before: Option<&str>) -> bool {
        before.is_none_or(|before| order(&self.introduced, before).is_lt())
            && after.is_none_or(|after| !self.is_behind(after))
    }

    /// Whether a version comes after all of the range.
    #[must_use]
    pub fn is_behind(&self, version: &str) -> bool {
        match (&self.fixed, &self.last_affected) {
            (Some(fixed), _) => order(version, fixed).is_ge(),
            // `9.4.59.v20251118` is 9.4.59.
            (None, Some(last)) => {
                let rest = version.strip_prefix(last.as_str());
                !rest.is_some_and(|rest| rest.starts_with('.')) && order(version, last).is_gt()
            }
            (None, None) => false,
        }
    }
}

/// A range in words.
impl fmt::Display for Affected {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let from = (self.introduced != "0").then_some(self.introduced.as_str());
        match (from, &self.fixed, &self.last_affected) {
            (None, Some(fixed), _) => write!(out, "before {fixed}"),
            (Some(from), Some(fixed), _) => write!(out, "{from} to before {fixed}"),
            (None, None, Some(last)) => write!(out, "up to {last}"),
            (Some(from), None, Some(last)) => write!(out, "{from} up to {last}"),
            (None, None, None) => out.write_str("all releases"),
            (Some(from), None, None) => write!(out, "{from} and later"),
        }
    }
}

/// Probes in another order: those first that are there for the sake of telling releases apart.
#[must_use]
pub fn releases_first(probes: &[ProbeId]) -> Vec<ProbeId> {
    let is_for_releases = |id: &ProbeId| probe::find(*id).is_ok_and(|probe| probe.for_releases);
    let mut ordered = probes.to_vec();
    ordered.sort_by_key(|id| !is_for_releases(id));
    ordered
}

/// The order of versions where 6.5 is 6.5.0 and v1.4 is 1.4, as those who write advisories take it.
fn order(one: &str, other: &str) -> Ordering {
    let plain = |version: &'_ str| -> String {
        let mut plain = version.trim_start_matches('v');
        while !plain.contains('-')
            && let Some(shorter) = plain.strip_suffix(".0")
        {
            plain = shorter;
        }
        plain.to_owned()
    };
    version_order(&plain(one), &plain(other))
}

/// Whether a range of releases is told from what came after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told<'a> {
    /// No recorded version is in the range, or none behind it before the next range begins.
    NotRecorded,
    /// The last recorded version in the range and the first behind it, and the probes that they answer differently; where there is none they
    /// answer alike.
    Compared {
        /// The last recorded version in the range.
        affected: &'a str,
        /// The first recorded one behind it.
        mended: &'a str,
        /// What they answer differently, banners aside.
        probes: Vec<ProbeId>,
    },
}

impl Advisory {
    /// The advisories of the embedded list, a snapshot, that concern a product.
    pub fn of_product(product: &str) -> impl Iterator<Item = &'static Self> {
        ALL.iter().filter(move |advisory| advisory.product == product)
    }

    /// The day of the newest advisory of the embedded list: nothing that was published later is in it.
    #[must_use]
    pub fn snapshot() -> Option<&'static str> {
        ALL.iter().filter_map(|advisory| advisory.published.as_deref()).max()
    }

    /// Whether a version has the flaw, by its number.
    #[must_use]
    pub fn affects(&self, version: &str) -> bool {
        self.affected.iter().any(|range| range.holds(version))
    }

    /// Whether the recorded versions on both sides of the end of a range differ.
    #[must_use]
    pub fn told<'a>(&self, range: &Affected, database: &'a Database) -> Told<'a> {
        let recorded = database.behaviours.iter().filter(|known| known.product == self.product);
        let recorded =
            || recorded.clone().flat_map(|known| known.versions.iter().map(move |version| (version.as_str(), known)));
        let by_version = |one: &(&str, &Behaviour), other: &(&str, &Behaviour)| version_order(one.0, other.0);
        let begins_behind = |version: &str| {
            let next = self.affected.iter().find(|next| order(&next.introduced, &range.introduced).is_gt());
            next.is_none_or(|next| order(version, &next.introduced).is_lt())
        };
        let affected = recorded().filter(|(version, _)| range.holds(version)).max_by(by_version);
        let mended = recorded()
            .filter(|(version, _)| range.is_behind(version) && begins_behind(version) && !self.affects(version));
        match (affected, mended.min_by(by_version)) {
            (Some(affected), Some(mended)) => Told::Compared {
                affected: affected.0,
                mended: mended.0,
                probes: database.everything_that_differs(affected.1, mended.1),
            },
            _ => Told::NotRecorded,
        }
    }
}

impl Database {
    /// All probes that two behaviours answer differently, also those that are not in the default set; banners aside.
    fn everything_that_differs(&self, one: &Behaviour, other: &Behaviour) -> Vec<ProbeId> {
        let wanted = |id, kind| probe::find(id).is_ok_and(|probe| crate::features::layer(probe, kind) != Layer::Banner);
        Comparison { one, other, lines: &self.lines, wanted }.differences()
    }
}
