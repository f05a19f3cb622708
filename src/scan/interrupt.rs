//! How a scan is told from outside to end.

use std::sync::Arc;

use tokio::sync::watch;

/// Tells scans to end at once. Clones are one: whoever keeps one of them can end all scans that were given another.
///
/// ```
/// use stews::scan::Interrupt;
///
/// let ours = Interrupt::default();
/// let theirs = ours.clone();
/// ours.trigger();
/// assert!(theirs.is_triggered());
/// ```
#[derive(Clone, Debug)]
pub struct Interrupt(Arc<watch::Sender<bool>>);

impl Default for Interrupt {
    /// One that nobody has triggered.
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }
}

impl Interrupt {
    /// Ends the scans: nothing more is sent, connections are closed, and what was confirmed is kept.
    pub fn trigger(&self) {
        self.0.send_replace(true);
    }

    /// Whether it was triggered.
    #[must_use]
    pub fn is_triggered(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is triggered.
    pub async fn triggered(&self) {
        // There is no error: the sender lives as long as `self`.
        let _ = self.0.subscribe().wait_for(|triggered| *triggered).await;
    }
}
