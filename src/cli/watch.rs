//! What `-d` and `-v` show while a scan runs, and the progress bar when neither is given.

use std::io::{IsTerminal as _, Write as _};

use indicatif::{ProgressBar, ProgressStyle};

use super::plan::Plan;
use crate::play::Direction;
use crate::scan::{ScanEvent, Watch};
use crate::wire::escape::escape;

/// The most bytes of one read or write that a trace shows; long payloads are told by their length.
const TRACED: usize = 2048;

/// Shows a scan on standard error.
pub(super) struct Show {
    debug: bool,
    verbose: bool,
    bar: Option<ProgressBar>,
}

impl Show {
    pub(super) fn new(plan: &Plan, title: &str) -> Self {
        let quiet = !plan.debug && !plan.verbose && std::io::stderr().is_terminal();
        let bar = quiet.then(|| {
            let bar = ProgressBar::new(plan.probes.len() as u64).with_message(title.to_owned());
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

impl Watch for Show {
    fn event(&self, event: ScanEvent<'_>) {
        let line = match event {
            ScanEvent::Started(probe) if self.debug => format!("test {}: {}", probe.id, probe.summary),
            ScanEvent::Finished(probe, observation) if self.debug => format!("test {} -> {observation}", probe.id),
            ScanEvent::Traffic(probe, direction, bytes) if self.verbose => {
                let arrow = if direction == Direction::Sent { '>' } else { '<' };
                let shown = &bytes[..bytes.len().min(TRACED)];
                let more = bytes.len() - shown.len();
                let rest = if more > 0 { format!(" and {more} bytes more") } else { String::new() };
                format!("{probe} {arrow} \"{}\"{rest}", escape(shown))
            }
            ScanEvent::Finished(..) => {
                self.bar.iter().for_each(|bar| bar.inc(1));
                return;
            }
            _ => return,
        };
        // A trace that cannot be written must not stop the measurement.
        let _ = writeln!(anstream::stderr(), "{line}");
    }
}
