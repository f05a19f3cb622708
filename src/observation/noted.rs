//! An observation together with its line of text.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Observation;
use super::notation::NotationError;

/// An observation and the line of text that it was read from or is written as ([`super::notation`]). Ordered, compared and looked up by
/// its text, which two observations share only if they are equal; stored as that text.
#[derive(Clone, Debug)]
pub struct Noted {
    text: Box<str>,
    observation: Observation,
}

impl Noted {
    /// The line.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What it says.
    #[must_use]
    pub const fn observation(&self) -> &Observation {
        &self.observation
    }

    /// Whether the line is written as this crate writes it: there are other ways to write some observations.
    #[must_use]
    pub fn is_canonical(&self) -> bool {
        self.observation.to_string() == *self.text
    }
}

impl From<Observation> for Noted {
    fn from(observation: Observation) -> Self {
        Self { text: observation.to_string().into(), observation }
    }
}

impl FromStr for Noted {
    type Err = NotationError;

    fn from_str(text: &str) -> Result<Self, NotationError> {
        Ok(Self { text: text.into(), observation: text.parse()? })
    }
}

impl fmt::Display for Noted {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

impl PartialEq for Noted {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Noted {}

impl PartialOrd for Noted {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Noted {
    fn cmp(&self, other: &Self) -> Ordering {
        self.text.cmp(&other.text)
    }
}

/// An ordered map by lines is asked with a text.
impl Borrow<str> for Noted {
    fn borrow(&self) -> &str {
        &self.text
    }
}

impl Serialize for Noted {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Noted {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
        text.parse().map_err(|error| serde::de::Error::custom(format_args!("`{}`: {error}", text.escape_debug())))
    }
}

/// As its line of text.
impl Serialize for Observation {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Observation {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Noted::deserialize(from)?.observation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_keeps_its_text_and_is_looked_up_by_it() {
        let line: Noted = "close 1002 \"x\" | fin".parse().expect("it reads");
        assert!(line.is_canonical() && line.as_str() == line.observation().to_string());
        let all = std::collections::BTreeMap::from([(line.clone(), 3)]);
        assert_eq!(all.get("close 1002 \"x\" | fin"), Some(&3));
        assert_eq!(Noted::from(line.observation().clone()), line);
    }

    #[test]
    fn stored_it_is_its_text_and_what_does_not_read_is_named() {
        let line: Noted = serde_json::from_str(r#""| fin""#).expect("it reads");
        assert_eq!(serde_json::to_string(&line).expect("a text"), r#""| fin""#);
        let seen: Observation = serde_json::from_str(r#""| fin""#).expect("it reads");
        assert_eq!(serde_json::to_string(&seen).expect("a text"), r#""| fin""#);
        let error = serde_json::from_str::<Noted>(r#""nonsense""#).expect_err("it does not read").to_string();
        assert!(error.contains("`nonsense`"), "{error}");
    }
}
