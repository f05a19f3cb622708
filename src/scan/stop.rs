//! Why a scan ended early.

use std::fmt;
use std::sync::Arc;

use super::budget::Limit;
use crate::connection::DialError;
use crate::observation::{Observation, Reply};
use crate::probe::ProbeId;
use crate::wire::escape::printable;

/// Why a scan ended before all probes were played.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Stop {
    /// The target stopped answering.
    Died {
        /// The probes that were the last it heard, the most suspicious first: those under way, and those after which
        /// it was not heard of any more. With one connection at a time it is one, unless the target still takes
        /// connections. [`ProbeId::BASELINE`] alone if it died after a legal handshake. What was observed
        /// by these, and by others that were not confirmed, is discarded.
        after: Vec<ProbeId>,
        /// What the check met with.
        found: Silence,
    },
    /// The target answers its baseline otherwise than before: a ban, a rate limit, another back end.
    Changed {
        /// The probes whose observations were discarded for it, the most suspicious first.
        discarded: Vec<ProbeId>,
        /// The answer now.
        found: Observation,
    },
    /// The target asks to be left alone ([`crate::observation::Reply::turns_away`]), and did so again when it was looked at once more.
    TurnedAway {
        /// The probes whose observations were discarded for it, the most suspicious first.
        discarded: Vec<ProbeId>,
        /// The answer now.
        found: Observation,
    },
    /// What it may cost was spent ([`super::Options::budget`]).
    Budget {
        /// What of it.
        limit: Limit,
        /// The probes whose observations were discarded for it.
        discarded: Vec<ProbeId>,
    },
    /// This machine could make no connection for want of file descriptors or ports, not even one at a time; that says nothing of the target.
    LocalResources {
        /// What the system said.
        error: Arc<DialError>,
        /// The probes whose observations were discarded for it.
        discarded: Vec<ProbeId>,
    },
    /// It was told to end ([`super::Interrupt`]).
    Interrupted {
        /// The probes whose observations were discarded for it.
        discarded: Vec<ProbeId>,
    },
}

/// What is met with where a target has stopped answering.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Silence {
    /// It takes a connection and leaves the legal handshake without an answer.
    NoAnswer(Observation),
    /// It takes no connection.
    NoConnection(Arc<DialError>),
}

impl Stop {
    /// A word for it that stays, for files and programs.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Died { .. } => "died",
            Self::Changed { .. } => "changed",
            Self::TurnedAway { .. } => "turned_away",
            Self::Budget { limit: Limit::Connections(_), .. } => "out_of_connections",
            Self::Budget { limit: Limit::Received(_), .. } => "out_of_bytes",
            Self::Budget { limit: Limit::Time(_), .. } => "out_of_time",
            Self::LocalResources { .. } => "local_resources",
            Self::Interrupted { .. } => "interrupted",
        }
    }

    /// The probes that it may be of, where the target died, and otherwise those whose observations were discarded for it.
    #[must_use]
    pub fn concerned(&self) -> &[ProbeId] {
        match self {
            Self::Died { after: probes, .. }
            | Self::Changed { discarded: probes, .. }
            | Self::TurnedAway { discarded: probes, .. }
            | Self::Budget { discarded: probes, .. }
            | Self::LocalResources { discarded: probes, .. }
            | Self::Interrupted { discarded: probes } => probes,
        }
    }
}

impl fmt::Display for Silence {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAnswer(seen) => seen.fmt(out),
            Self::NoConnection(error) => error.fmt(out),
        }
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Died { after, found } => {
                let after = match after.as_slice() {
                    [] => String::new(),
                    [only] => format!(" after probe {only}"),
                    several => format!(" after one of the probes {} (the likeliest first)", list(several)),
                };
                write!(out, "the target stopped answering{after}: {found}")
            }
            Self::Changed { discarded, found } => write!(
                out,
                "the target now answers the legal handshake otherwise (a ban, a rate limit, another back end?): {found}{}",
                without(discarded)
            ),
            Self::TurnedAway { discarded, found } => {
                let later = later(&found.reply);
                write!(out, "the target asks to be left alone for now{later}: {found}{}", without(discarded))
            }
            Self::Budget { limit, discarded } => write!(out, "{limit}{}", without(discarded)),
            Self::LocalResources { error, discarded } => write!(out, "{error}{}", without(discarded)),
            Self::Interrupted { discarded } => write!(out, "the scan was interrupted{}", without(discarded)),
        }
    }
}

/// The most characters that are quoted of when to come back.
const MOST_QUOTED: usize = 48;

/// When to come back (RFC 9110 section 10.2.3), where that is said.
fn later(reply: &Reply) -> String {
    let Reply::Response { head, .. } = reply else { return String::new() };
    let Some(after) = head.header("Retry-After") else { return String::new() };
    let after: String = printable(&String::from_utf8_lossy(after)).chars().take(MOST_QUOTED).collect();
    let seconds = after.bytes().all(|byte| byte.is_ascii_digit());
    if seconds { format!(", for {after} s") } else { format!(", until {after}") }
}

/// What is lost, as a part of a sentence.
fn without(discarded: &[ProbeId]) -> String {
    match discarded {
        [] => String::new(),
        [only] => format!("; what probe {only} observed is discarded"),
        several => format!("; what the probes {} observed is discarded", list(several)),
    }
}

/// `203, 702 and 300`.
fn list(ids: &[ProbeId]) -> String {
    let words: Vec<String> = ids.iter().map(ToString::to_string).collect();
    match words.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        _ => words.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stop_reads_well_for_one_probe_and_for_several() {
        let ids = |numbers: &[u16]| numbers.iter().copied().map(ProbeId::new).collect::<Vec<_>>();
        let seen = |line: &str| line.parse::<Observation>().unwrap();
        let died =
            |after| Stop::Died { after: ids(after), found: Silence::NoAnswer(seen("nothing | fin")) }.to_string();
        assert_eq!(died(&[203]), "the target stopped answering after probe 203: nothing | fin");
        assert_eq!(
            died(&[203, 702, 300]),
            "the target stopped answering after one of the probes 203, 702 and 300 (the likeliest first): nothing | fin"
        );
        let changed = |discarded| {
            Stop::Changed { discarded: ids(discarded), found: seen("HTTP/1.1 403 No {} | fin") }.to_string()
        };
        assert!(changed(&[]).ends_with("another back end?): HTTP/1.1 403 No {} | fin"));
        assert!(changed(&[203]).ends_with("403 No {} | fin; what probe 203 observed is discarded"));
        let away = Stop::TurnedAway { discarded: ids(&[203]), found: seen("HTTP/1.1 429 No {} | fin") }.to_string();
        assert_eq!(
            away,
            "the target asks to be left alone for now: HTTP/1.1 429 No {} | fin; what probe 203 observed is discarded"
        );
        let busy = "HTTP/1.1 503 No {Retry-After: 60} | fin";
        let away = Stop::TurnedAway { discarded: Vec::new(), found: seen(busy) }.to_string();
        assert_eq!(away, format!("the target asks to be left alone for now, for 60 s: {busy}"));
        let spent = Stop::Budget { limit: Limit::Connections(56), discarded: ids(&[203]) }.to_string();
        assert_eq!(
            spent,
            "56 connections were made, the most that a target may take; what probe 203 observed is discarded"
        );
        assert!(changed(&[203, 702]).ends_with("403 No {} | fin; what the probes 203 and 702 observed is discarded"));
    }
}
