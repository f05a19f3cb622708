//! What a result was made with: without it nobody can tell later what it is worth.

use std::time::SystemTime;

use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// What results were made with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tool {
    /// Its name: `stews`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What tells the database that was compared with from others.
    pub database: String,
    /// What tells the set of probes from others: the hash that recordings name.
    pub probe_set: String,
    /// The options that say what was asked, other than the default; no value that is sent to a server is told.
    pub options: Vec<String>,
}

/// A time as RFC 3339 section 5.6 has it, in UTC and to the millisecond.
#[must_use]
pub(super) fn timestamp(time: SystemTime) -> String {
    let time = OffsetDateTime::from(time);
    let whole = time.replace_millisecond(time.millisecond()).unwrap_or(time);
    // Years beyond 9999 cannot be written so.
    whole.format(&Rfc3339).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_time_is_told_to_the_millisecond() {
        let time = SystemTime::UNIX_EPOCH + Duration::from_micros(1_796_100_000_123_456);
        assert_eq!(timestamp(time), "2026-12-01T04:40:00.123Z");
        assert_eq!(timestamp(SystemTime::UNIX_EPOCH), "1970-01-01T00:00:00Z");
    }
}
