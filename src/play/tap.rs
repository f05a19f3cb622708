//! Who else sees the bytes that pass.

/// Sees every byte that passes.
pub trait Tap: Sync {
    /// `bytes` went in `direction`, in this order.
    fn traffic(&self, direction: Direction, bytes: &[u8]);
}

/// Lets all bytes pass unseen.
impl Tap for () {
    fn traffic(&self, _: Direction, _: &[u8]) {}
}

/// Which way bytes went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From us to the server.
    Sent,
    /// From the server to us.
    Received,
}
