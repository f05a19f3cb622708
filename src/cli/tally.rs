//! What came of the targets of a run, counted.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

/// What came of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// It was identified.
    Identified,
    /// It speaks WebSocket.
    WebSocket,
    /// It was reached, and is none.
    NoWebSocket,
    /// It was not reached; the kind of the error.
    Unreached(&'static str),
    /// It was under way when the run was ended.
    Interrupted,
}

/// What came of the targets of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    /// Those of which something was found, or that they cannot be reached.
    pub(super) done: u64,
    pub(super) identified: u64,
    /// Those that speak WebSocket, identified or not.
    pub(super) found: u64,
    refused: u64,
    interrupted: u64,
    unreached: BTreeMap<&'static str, u64>,
    /// Those to which only excluded addresses lead.
    pub(super) excluded: u64,
    /// Those whose scan a fault of ours ended.
    pub(super) faults: u64,
}

/// What else is told of a run.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Around {
    pub(super) elapsed: Duration,
    pub(super) duplicates: u64,
    pub(super) held: u64,
    /// Those that are to be left alone, as their names say.
    pub(super) excluded: u64,
    pub(super) skipped_lines: u64,
    /// How many targets there are, if that is known.
    pub(super) count: Option<u64>,
}

impl Tally {
    /// Another target is done.
    pub(super) fn add(&mut self, class: Class) {
        self.done += 1;
        match class {
            Class::Identified => (self.identified, self.found) = (self.identified + 1, self.found + 1),
            Class::WebSocket => self.found += 1,
            Class::NoWebSocket => self.refused += 1,
            Class::Interrupted => self.interrupted += 1,
            Class::Unreached(kind) => *self.unreached.entry(kind).or_default() += 1,
        }
    }

    /// How far a run is, on one line.
    pub(super) fn progress(&self, around: &Around, running: usize) -> String {
        let past = self.done + self.excluded + self.faults + around.duplicates + around.held + around.excluded;
        let of = around.count.map(|count| format!(" of {count}")).unwrap_or_default();
        let rate = self.rate(around.elapsed);
        let mut line = format!("{past}{of}, {rate:.1}/s, {running} under way, {}", self.results());
        if let Some(left) = around.count.map(|count| count.saturating_sub(past)).filter(|_| rate > 0.0) {
            let _ = write!(line, ", {} left", clock(Duration::from_secs_f64((left as f64 / rate).min(1e9))));
        }
        line
    }

    /// What a run came to, on one line.
    pub(super) fn summary(&self, around: &Around) -> String {
        let seconds = around.elapsed.as_secs_f64();
        let targets = if self.done == 1 { "target" } else { "targets" };
        let rate = self.rate(around.elapsed);
        let mut line = format!("{} {targets} in {seconds:.1} s ({rate:.1}/s): {}", self.done, self.results());
        for (count, what) in [
            (self.interrupted, "interrupted"),
            (around.held, "held by the output already"),
            (around.duplicates, "named before"),
            (around.excluded + self.excluded, "to be left alone"),
            (around.skipped_lines, "lines that are no targets"),
            (self.faults, "ended by a fault in stews"),
        ] {
            if count > 0 {
                let _ = write!(line, "; {count} {what}");
            }
        }
        line
    }

    fn rate(&self, elapsed: Duration) -> f64 {
        self.done as f64 / elapsed.as_secs_f64().max(0.001)
    }

    fn results(&self) -> String {
        let unreached: u64 = self.unreached.values().sum();
        let kinds: Vec<String> = self.unreached.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        let kinds = if kinds.is_empty() { String::new() } else { format!(" ({})", kinds.join(", ")) };
        format!(
            "{} WebSockets, {} identified, {} no WebSocket, {unreached} not reached{kinds}",
            self.found, self.identified, self.refused
        )
    }
}

/// A time as `1:02:03` or `2:03`.
pub(super) fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_told_on_one_line() {
        let mut tally = Tally { excluded: 1, ..Tally::default() };
        for class in [
            Class::Identified,
            Class::WebSocket,
            Class::NoWebSocket,
            Class::Unreached("refused"),
            Class::Unreached("timeout"),
            Class::Unreached("refused"),
        ] {
            tally.add(class);
        }
        let around = Around { elapsed: Duration::from_secs(2), duplicates: 3, count: Some(100), ..Around::default() };
        let results = "2 WebSockets, 1 identified, 1 no WebSocket, 3 not reached (2 refused, 1 timeout)";
        assert_eq!(tally.progress(&around, 7), format!("10 of 100, 3.0/s, 7 under way, {results}, 0:30 left"));
        assert_eq!(
            tally.summary(&around),
            format!("6 targets in 2.0 s (3.0/s): {results}; 3 named before; 1 to be left alone")
        );
        assert_eq!(clock(Duration::from_secs(3723)), "1:02:03");
    }
}
