//! From observations and a database to an answer. Pure: no I/O, no clock, no order of arrival.
//!
//! Each observed feature has a likelihood under each behaviour of the database: it depends on how rare its value is among products,
//! and on how often its kind changes for reasons other than the server, which is measured ([`Calibration`]). Duplicates (seven patterns
//! of reserved bits, one answer) together weigh less than as many independent features. Whether the server is known at all is judged
//! apart, by how much of what tells servers apart does not match the best of the known.

mod answer;
mod banner;
mod calibration;
mod columns;
mod contradiction;
mod encode;
mod explain;
mod feature;
mod hypotheses;
mod ids;
mod index;
mod information;
mod likelihood;
mod matcher;
mod memo;
mod part;
mod protocols;
mod proxy;
mod ranges;
mod refusal;
mod score;
mod select;

pub use answer::{Answer, Candidate, EngineEvidence, EngineShare, Evidence, Mask, Observations, ProxyCandidate};
pub use banner::{Banner, Verdict};
pub use calibration::{Calibration, Spread, Temper};
pub use contradiction::Contradiction;
pub use explain::{Deciding, Explanation, Named, ProbeEvidence};
pub use information::entropy;
pub use matcher::{Bits, Matcher, identify};
pub use part::{ByRate, Part, RATES, part_of};
pub use proxy::model::{LocalResponse, ReverseProxy, Rewrite, RewriteDistribution, refusal_signature};
pub use ranges::VersionRange;
pub use select::Policy;

#[cfg(test)]
mod tests;
