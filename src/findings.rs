//! What a server does wrong, read from observations already made: where it departs from RFC 6455, 7692, 9110 or 9112, and where it is less
//! strict than those who depend on it may think.
//!
//! A finding is an observation, and no exploit: nothing is attacked to make one. Nothing is found where the probe that would show it was
//! not sent, where what was observed says nothing (it was cut off, or the server kept silent), or where it may mean something else. A
//! server is said to take what it should refuse only where it went on after it: by the pong of a fence behind it, or by an echo of it. What ends
//! a connection proves nothing here, since an application may hang up on whatever it likes.
//!
//! ```
//! use std::collections::BTreeMap;
//!
//! use stews::findings::{Seen, findings};
//! use stews::probe::{ProbeId, RequestContext};
//!
//! let observations = BTreeMap::from([
//!     (ProbeId::new(122), "pong 1 echo | alive".parse()?),
//!     (ProbeId::new(807), "close 1002 | fin".parse()?),
//! ]);
//! let context = RequestContext::new(false, "example.org", "/");
//! let findings = findings(&Seen { observations: &observations, context: &context, died_of: &[] });
//! assert_eq!(findings.found.len(), 1);
//! assert_eq!(findings.found[0].rule.id, "takes-unmasked-frames");
//! # Ok::<(), stews::observation::notation::NotationError>(())
//! ```

mod disclosure;
mod evidence;
mod handshake;
mod outcome;
mod reaction;
mod rule;
mod rules_disclosure;
mod rules_frames;
mod rules_handshake;
mod rules_http;
mod table;

pub use evidence::{Evidence, Seen};
pub use outcome::{Finding, Findings, findings};
pub use rule::{Nature, Rule, Severity, Shows, Sign};
pub use table::{ALL, findings_set};

/// What holds for all findings.
pub const NOTE: &str = "Each is an observation: no exploit was tried, and none is claimed.";

#[cfg(test)]
mod tests;
