//! Exit codes: part of the interface. With several targets, the highest. A signal that ends a run early is told as shells do, by 128
//! and its number, whatever was found before.

/// Every target was identified (or help, a listing or a complete recording was printed).
pub const IDENTIFIED: u8 = 0;
/// A target speaks WebSocket but was not identified, or contradicts itself.
pub const NOT_IDENTIFIED: u8 = 1;
/// The command line or a file it names is wrong; nothing was sent.
pub const USAGE: u8 = 2;
/// A target could not be reached, is not a WebSocket, or was lost while it was recorded.
pub const NO_WEBSOCKET: u8 = 3;
/// A fault in stews itself, or its output could not be written.
pub const INTERNAL: u8 = 4;
/// Targets of a job have no result: it is not whole, or some of it was set aside (`stews fleet collect`).
#[cfg(feature = "nats")]
pub const INCOMPLETE: u8 = 5;
/// The terminal is gone (SIGHUP).
#[cfg(unix)]
pub const HANGUP: u8 = 128 + 1;
/// Interrupted from the keyboard (SIGINT, Ctrl-C).
pub const INTERRUPTED: u8 = 128 + 2;
/// Asked to end (SIGTERM).
#[cfg(unix)]
pub const TERMINATED: u8 = 128 + 15;
