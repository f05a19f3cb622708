//! A row before its values are written, and a value.

use crate::observation::Observation;
use crate::probe::{Probe, ProbeId};

/// A version of a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Server {
    pub(super) product: String,
    pub(super) engine: String,
    pub(super) framework: Option<String>,
    pub(super) version: String,
    /// The number of its behaviour, from 1.
    pub(super) behaviour: Option<u64>,
}

/// What one of them was observed to do about one probe.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'a> {
    pub(super) server: &'a Server,
    pub(super) run: Option<u64>,
    pub(super) share: f64,
    pub(super) id: ProbeId,
    /// Nothing where this version of stews has no such probe any more.
    pub(super) probe: Option<&'static Probe>,
    pub(super) line: &'a str,
    pub(super) seen: &'a Observation,
    pub(super) probe_set: &'a str,
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// There is none.
    Empty,
    /// A text.
    Text(String),
    /// A number.
    Number(u64),
    /// A share.
    Share(f64),
}

impl Cell {
    /// As it stands in a file of text.
    #[must_use]
    pub fn into_text(self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) => text,
            Self::Number(number) => number.to_string(),
            // Nine runs are the most there are: more digits are noise.
            Self::Share(share) => format!("{:.6}", share).trim_end_matches('0').trim_end_matches('.').to_owned(),
        }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<u64> for Cell {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}
