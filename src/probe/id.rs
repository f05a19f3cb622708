//! Probe numbers.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The number of a probe: three digits, the first of which is its series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProbeId(u16);

impl ProbeId {
    /// The legal handshake with nothing after it (the original's "banner" test).
    pub const BASELINE: Self = Self(309);

    /// The legal handshake, and the plainest messages: what follows them is the application's to decide.
    pub const PLAIN: [Self; 3] = [Self::BASELINE, Self(100), Self(101)];

    /// A number as it is; whether such a probe exists is [`super::find`]'s to say.
    #[must_use]
    pub const fn new(number: u16) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> u16 {
        self.0
    }
}

impl fmt::Display for ProbeId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

/// A number that no probe has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no probe `{0}`; `stews probes` lists them all")]
pub struct UnknownProbe(String);

impl UnknownProbe {
    pub(super) fn new(text: &str) -> Self {
        Self(text.escape_debug().to_string())
    }
}

impl FromStr for ProbeId {
    type Err = UnknownProbe;

    fn from_str(text: &str) -> Result<Self, UnknownProbe> {
        text.parse().map(Self).map_err(|_| UnknownProbe::new(text))
    }
}

/// As text, so that it may name a field of a JSON object.
impl Serialize for ProbeId {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ProbeId {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
