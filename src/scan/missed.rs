//! Why a probe was not played to its end.

use super::budget::Limit;
use super::stop::Stop;
use crate::connection::DialError;
use crate::probe::ProbeId;

/// Why a probe was not played to its end.
pub(super) enum Missed {
    /// There was no connection.
    Undialled(DialError),
    /// The scan is over, whatever the target does.
    Over(Over),
}

/// Why a scan is over, whatever the target does.
#[derive(Clone, Copy, Debug)]
pub(super) enum Over {
    /// It was told to end.
    Interrupted,
    /// Its budget is spent.
    Spent(Limit),
}

impl Over {
    /// That as the reason why it stopped, with the probes of which nothing is kept for it.
    pub(super) const fn into_stop(self, discarded: Vec<ProbeId>) -> Stop {
        match self {
            Self::Interrupted => Stop::Interrupted { discarded },
            Self::Spent(limit) => Stop::Budget { limit, discarded },
        }
    }
}
