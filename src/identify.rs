//! From observations and a database to an answer. Pure: no I/O, no clock, no order of arrival.
//!
//! A target is composed of parts that are swapped independently of each other ([`Part`]): the engine, its settings, the HTTP front around it,
//! and what it calls itself. Each observed feature belongs to one of them and has a likelihood under each behaviour of the database: it
//! depends on how rare its value is among products, and on how often the facts of its part are other than recorded, a rate that is not
//! known and is averaged over ([`RATES`]). How likely each rate is has been measured for targets whose product is recorded, for those
//! of which only the engine is, and for those of which nothing is ([`Calibration`]); these are the hypotheses of which an [`Answer`] gives the
//! probabilities. Duplicates (seven patterns of reserved bits, one answer) together weigh less than as many independent features.

mod advised;
mod answer;
mod banner;
mod calibration;
mod cells;
mod columns;
mod contradiction;
mod encode;
mod explain;
mod feature;
mod hypotheses;
mod ids;
mod index;
mod information;
mod known_versions;
mod likelihood;
mod matcher;
mod memo;
mod part;
mod policy;
mod protocols;
mod proxy;
mod ranges;
mod refusal;
mod score;
mod select;

pub use advised::{Advised, Bearing};
pub use answer::{Answer, Candidate, EngineEvidence, EngineShare, Evidence, Mask, Observations, ProxyCandidate};
pub use banner::{Banner, Verdict};
pub use calibration::{Calibration, Spread, Temper};
pub use contradiction::Contradiction;
pub use explain::{Comparison, Deciding, Explanation, Named, ProbeEvidence};
pub use information::entropy;
pub use matcher::{Bits, Matcher, identify};
pub use memo::Judgement;
pub use part::{ByRate, Part, RATES, part_of};
pub use policy::Policy;
pub use proxy::model::{LocalResponse, ReverseProxy, Rewrite, RewriteDistribution, refusal_signature};
pub use ranges::VersionRange;

#[cfg(test)]
mod tests;
