//! From observations to what is compared: stable facts, each of a kind, each kind of a layer.
//!
//! A [`Feature`] is (probe, kind, value). An observation gives several, so that a partial change costs only a part:
//! a proxy that rewrites a field leaves the close code alone. What holds for all facts of a kind is in one table,
//! [`Kind::properties`].

pub(crate) mod banner_text;
mod extract;
mod kind;
mod own_version;

pub use extract::{Fact, Feature, by_kind, facts, features, telling};
pub use kind::{Kind, Layer, Properties, RefusalStyle, layer};
