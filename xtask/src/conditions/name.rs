//! What the conditions are, and what they are called on the command line and in stored files.

use std::fmt;
use std::str::FromStr;

use anyhow::{Context as _, Error};
use serde::{Deserialize, Serialize};

/// What the name of a condition begins with where a proxy stands in front.
const BEHIND: &str = "behind-";

/// How a server is scanned otherwise than for its recording.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Condition {
    /// An application that answers nothing.
    Sink,
    /// An application that speaks first.
    Push,
    /// A server that takes messages of at most 4096 bytes.
    PayloadLimit,
    /// A server with permessage-deflate the other way than by default.
    Compression,
    /// A server that serves only clients with a subprotocol, asked with it.
    Subprotocol,
    /// A server that serves only clients with a subprotocol, asked without it: what can be told from refusals alone.
    Refused,
    /// Probes whose bytes are written otherwise.
    Varied,
    /// TLS in front, which ends inside this process.
    Tls,
    /// A link on which bytes are 50 ms ± 20 ms under way, in either direction.
    Delayed,
    /// A client that reads 64 bytes each 5 ms.
    SlowReader,
    /// One core busy with something else.
    Loaded,
    /// Two servers of different engines behind one address, which take turns: what is asked is whether that is noticed.
    TwoBackEnds,
    /// A reverse proxy in front: this product.
    Behind(String),
}

impl Condition {
    /// All but those behind proxies, in the order in which servers are scanned under them.
    pub const WITHOUT_PROXY: [Self; 12] = [
        Self::Sink,
        Self::Push,
        Self::PayloadLimit,
        Self::Compression,
        Self::Subprotocol,
        Self::Refused,
        Self::Varied,
        Self::Tls,
        Self::Delayed,
        Self::SlowReader,
        Self::Loaded,
        Self::TwoBackEnds,
    ];

    /// The proxy that stands in front.
    pub fn proxy(&self) -> Option<&str> {
        match self {
            Self::Behind(product) => Some(product),
            _ => None,
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Sink => "sink",
            Self::Push => "push",
            Self::PayloadLimit => "payload-limit",
            Self::Compression => "compression",
            Self::Subprotocol => "subprotocol",
            Self::Refused => "refused",
            Self::Varied => "varied",
            Self::Tls => "tls",
            Self::Delayed => "delayed",
            Self::SlowReader => "slow-reader",
            Self::Loaded => "loaded",
            Self::TwoBackEnds => "two-back-ends",
            Self::Behind(product) => return write!(out, "{BEHIND}{product}"),
        })
    }
}

impl FromStr for Condition {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        if let Some(product) = name.strip_prefix(BEHIND) {
            return Ok(Self::Behind(product.to_owned()));
        }
        let found = Self::WITHOUT_PROXY.into_iter().find(|condition| condition.to_string() == name);
        found.with_context(|| format!("there is no condition `{}`", name.escape_debug()))
    }
}

impl From<Condition> for String {
    fn from(condition: Condition) -> Self {
        condition.to_string()
    }
}

impl TryFrom<String> for Condition {
    type Error = Error;

    fn try_from(name: String) -> Result<Self, Error> {
        name.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_condition_is_read_from_its_name_and_no_other_is() {
        for condition in Condition::WITHOUT_PROXY.into_iter().chain([Condition::Behind("nginx".to_owned())]) {
            assert_eq!(condition.to_string().parse::<Condition>().unwrap(), condition);
        }
        assert_eq!("behind-nginx".parse::<Condition>().unwrap().proxy(), Some("nginx"));
        for name in ["", "echo", "Sink", "behind", "banners masked"] {
            assert!(name.parse::<Condition>().is_err(), "{name}");
        }
    }
}
