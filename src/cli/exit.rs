//! Exit codes: part of the interface. With several targets, the worst. A signal that ends a run early is told as shells do, by 128
//! and its number, whatever was found before.

/// Every target was identified (or help, a listing or a complete recording was printed).
pub const IDENTIFIED: u8 = 0;
/// A target speaks WebSocket but was not identified, or contradicts itself.
pub const NOT_IDENTIFIED: u8 = 1;
/// The command line or a file it names is wrong; nothing was sent.
pub const USAGE: u8 = 2;
/// A target was reached and is no WebSocket, or was lost while it was recorded.
pub const NO_WEBSOCKET: u8 = 3;
/// A fault in stews itself, or its output could not be written.
pub const INTERNAL: u8 = 4;
/// Targets of a job have no result: it is not whole, or some of it was set aside (`stews fleet collect`).
#[cfg(feature = "nats")]
pub const INCOMPLETE: u8 = 5;
/// A target could not be reached.
pub const UNREACHABLE: u8 = 6;
/// The terminal is gone (SIGHUP).
#[cfg(unix)]
pub const HANGUP: u8 = 128 + 1;
/// Interrupted from the keyboard (SIGINT, Ctrl-C).
pub const INTERRUPTED: u8 = 128 + 2;
/// Asked to end (SIGTERM).
#[cfg(unix)]
pub const TERMINATED: u8 = 128 + 15;

/// The worse of two: where something of ours failed, then what was asked wrongly, then what could not be reached, is none, is not identified.
#[must_use]
pub fn worse(one: u8, other: u8) -> u8 {
    const ORDER: [u8; 6] = [IDENTIFIED, NOT_IDENTIFIED, NO_WEBSOCKET, UNREACHABLE, USAGE, INTERNAL];
    let place = |code| ORDER.iter().position(|known| *known == code).unwrap_or(ORDER.len());
    if place(other) > place(one) { other } else { one }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worse_of_two_does_not_go_by_number() {
        assert_eq!(worse(UNREACHABLE, INTERNAL), INTERNAL);
        assert_eq!(worse(USAGE, UNREACHABLE), USAGE);
        assert_eq!(worse(NO_WEBSOCKET, UNREACHABLE), UNREACHABLE);
        assert_eq!(worse(NOT_IDENTIFIED, IDENTIFIED), NOT_IDENTIFIED);
    }
}
