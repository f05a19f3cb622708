//! What `-d` and `-v` show while a scan runs, and the progress bar when neither is given.

use std::io::{IsTerminal as _, Write as _};

use indicatif::{ProgressBar, ProgressStyle};
use tokio::task::block_in_place;

use super::plan::Plan;
use crate::identify::Policy;
use crate::observation::Observation;
use crate::play::Direction;
use crate::probe::ProbeId;
use crate::scan::{ScanEvent, ScanObserver};
use crate::wire::escape::{escape, shorten};

/// The most of an observation that `-d` prints, in characters.
const OBSERVATION: usize = 4096;

/// The least length, in bytes, at which a chunk of four bytes over and over is traced as such: the long payloads.
const REPETITIVE: usize = 1024;

/// Shows a scan on standard error.
pub(super) struct Progress {
    debug: bool,
    verbose: bool,
    bar: Option<ProgressBar>,
}

impl Progress {
    pub(super) fn new(plan: &Plan, title: &str) -> Self {
        let quiet = plan.is_alone && !plan.debug && !plan.verbose && std::io::stderr().is_terminal();
        let bar = quiet.then(|| {
            // How many it will take step by step is not known; few take more than that.
            let probes = if plan.step_by_step { Policy::default().most } else { plan.probes.len() };
            let bar = ProgressBar::new(probes as u64).with_message(title.to_owned());
            let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}");
            bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        Self { debug: plan.debug, verbose: plan.verbose, bar }
    }

    pub(super) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl ScanObserver for Progress {
    fn event(&self, event: ScanEvent<'_>) {
        let line = match event {
            ScanEvent::Started(probe) if self.debug => format!("test {}: {}", probe.id, probe.summary),
            ScanEvent::Finished(probe, observation) if self.debug => {
                format!("test {} -> {}", probe.id, told(observation))
            }
            ScanEvent::Checked(observation) if self.debug => {
                format!("test {} -> {} (checked again)", ProbeId::BASELINE, told(observation))
            }
            ScanEvent::Traffic(probe, direction, bytes) if self.verbose => {
                let arrow = if direction == Direction::Sent { '>' } else { '<' };
                format!("{probe} {arrow} {}", traced(bytes))
            }
            ScanEvent::Finished(..) => {
                self.bar.iter().for_each(|bar| bar.inc(1));
                return;
            }
            _ => return,
        };
        // Whoever does not take the trace off our hands holds up this scan, and nothing else: signals are listened to all the while. A trace that
        // cannot be written must not stop the measurement.
        let _ = block_in_place(|| writeln!(anstream::stderr(), "{line}"));
    }
}

/// An observation as far as a line has room for it.
fn told(observation: &Observation) -> String {
    shorten(&observation.to_string(), OBSERVATION)
}

/// All of `bytes`, escaped. A masked run of one byte repeats its four masked bytes, and is written once.
fn traced(bytes: &[u8]) -> String {
    let repeats = bytes.len() >= REPETITIVE && bytes.iter().zip(&bytes[4..]).all(|(one, next)| one == next);
    if repeats {
        format!("\"{}\" over and over, {} bytes in all", escape(&bytes[..4]), bytes.len())
    } else {
        format!("\"{}\"", escape(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_byte_is_left_out_of_a_trace() {
        let all: Vec<u8> = (0..=255).cycle().take(20_000).collect();
        assert_eq!(traced(&all), format!("\"{}\"", escape(&all)));
        assert_eq!(traced(&b"abcd".repeat(512)), "\"abcd\" over and over, 2048 bytes in all");
        assert_eq!(traced(b""), "\"\"");
    }
}
