//! What others see of a scan while it runs.

use crate::observation::Observation;
use crate::play::Direction;
use crate::probe::{Probe, ProbeId};

/// What happens during a scan, for whoever wants to show it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum ScanEvent<'a> {
    /// A probe is about to be played, for the second time if the first was cut short to look at the target.
    Started(&'static Probe),
    /// A probe has been played, and the target has been seen to live since. Once more where it was asked again because the target had
    /// turned others away meanwhile.
    Finished(&'static Probe, &'a Observation),
    /// The baseline has been played again, to see whether the target still is what it was.
    Checked(&'a Observation),
    /// Bytes passed on the connection of a probe.
    Traffic(ProbeId, Direction, &'a [u8]),
}

/// Sees what happens during a scan.
pub trait ScanObserver: Sync {
    /// Something happened.
    fn event(&self, event: ScanEvent<'_>);
}

/// Looks away.
impl ScanObserver for () {
    fn event(&self, _: ScanEvent<'_>) {}
}
