//! `-o`: what is sent as Origin.

use super::error::PlanError;
use crate::probe::RequestContext;

/// What is sent as Origin (RFC 6454 section 6.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// That of a page of the target's own.
    Own,
    /// None at all.
    Absent,
    /// What the user gave.
    Given(String),
}

impl Origin {
    /// What `-o` asks for.
    pub(super) fn parse(given: Option<&str>) -> Result<Self, PlanError> {
        match given {
            None => Ok(Self::Own),
            Some("none") => Ok(Self::Absent),
            Some(text) if text == "null" || is_origin(text) => Ok(Self::Given(text.to_owned())),
            Some(text) if text.contains(char::is_control) => Err(PlanError::Control("origin")),
            Some(text) => Err(PlanError::Origin(text.escape_debug().to_string())),
        }
    }

    /// Puts it into what is said to a server.
    pub(super) fn apply(&self, context: &mut RequestContext) {
        match self {
            Self::Own => {}
            Self::Absent => context.origin = None,
            Self::Given(text) => context.origin = Some(text.clone()),
        }
    }
}

/// A scheme and what belongs to it, without a path: nobody means a file.
fn is_origin(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let good = |letter: char| letter.is_ascii_alphanumeric() || "+-.".contains(letter);
    scheme.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && scheme.chars().all(good)
        && !rest.contains(|letter: char| letter.is_control() || " /?#\\".contains(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_told_from_files() {
        for text in ["null", "https://example.org", "http://127.0.0.1:8080", "chrome-extension://abc", "file://"] {
            assert_eq!(Origin::parse(Some(text)).unwrap(), Origin::Given(text.to_owned()));
        }
        assert_eq!(Origin::parse(Some("none")).unwrap(), Origin::Absent);
        assert_eq!(Origin::parse(None).unwrap(), Origin::Own);
        for text in
            ["", "result.json", "/tmp/out", "out", "example.org", "https://h/", "https://h/x", "://h", "a b://h"]
        {
            let error = Origin::parse(Some(text)).unwrap_err().to_string();
            assert!(error.starts_with(&format!("`{text}` is no origin")) && error.contains("--output"), "{error}");
        }
    }
}
