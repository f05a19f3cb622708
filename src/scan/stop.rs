//! Why a scan ended early.

use std::fmt;
use std::sync::Arc;

use crate::connection::DialError;
use crate::observation::Observation;
use crate::probe::ProbeId;

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
                write!(out, "the target asks to be left alone for now: {found}{}", without(discarded))
            }
            Self::Interrupted { discarded } => write!(out, "the scan was interrupted{}", without(discarded)),
        }
    }
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
        assert!(changed(&[203, 702]).ends_with("403 No {} | fin; what the probes 203 and 702 observed is discarded"));
    }
}
