//! Findings in words and in JSON: one file a format. The only room that words a judgement.

pub mod human;
pub mod json;

use crate::identify::Answer;
use crate::scan::Scan;
use crate::target::Target;

/// All there is to say about one target.
#[derive(Debug)]
pub struct TargetReport {
    /// The URL.
    pub target: String,
    /// What came of it.
    pub finding: Finding,
}

/// What came of looking at a target.
#[derive(Debug)]
pub enum Finding {
    /// It could not be reached; in words.
    Unreachable(String),
    /// It was reached, but opened no WebSocket when asked legally.
    NotWebSocket(Box<Scan>),
    /// It speaks WebSocket.
    WebSocket(Box<Scan>, Box<Answer>),
}

impl TargetReport {
    /// A report on `target`.
    #[must_use]
    pub fn new(target: &Target, finding: Finding) -> Self {
        Self { target: target.to_string(), finding }
    }
}
