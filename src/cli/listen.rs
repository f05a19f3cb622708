//! Listens for what ends a run early: signals, and that the reader of our output goes away.

#[cfg(unix)]
use rustix::event::{PollFd, PollFlags, poll};
#[cfg(unix)]
use tokio::signal::unix::{SignalKind, signal};

use super::ending::Ending;
use super::exit;

/// Listens for signals, on the runtime that this is called on.
#[cfg(unix)]
pub(super) fn to_signals(ending: &Ending) {
    let kinds = [
        (SignalKind::hangup(), exit::HANGUP),
        (SignalKind::interrupt(), exit::INTERRUPTED),
        (SignalKind::terminate(), exit::TERMINATED),
    ];
    for (kind, code) in kinds.into_iter().filter(|(kind, _)| !is_ignored(*kind)) {
        // Without a handler it ends the process, as it does everywhere.
        let Ok(mut signals) = signal(kind) else { continue };
        let ending = ending.clone();
        tokio::spawn(async move {
            while signals.recv().await.is_some() {
                ending.signalled(code);
            }
        });
    }
}

/// Listens for Ctrl-C, which is all there is, on the runtime that this is called on.
#[cfg(not(unix))]
pub(super) fn to_signals(ending: &Ending) {
    let ending = ending.clone();
    tokio::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() {
            ending.signalled(exit::INTERRUPTED);
        }
    });
}

/// Whether whoever started us wants us to outlive this signal, as `nohup` and shells without job control do.
#[cfg(unix)]
fn is_ignored(kind: SignalKind) -> bool {
    let bit = 1_u64.checked_shl(kind.as_raw_value().unsigned_abs().saturating_sub(1)).unwrap_or(0);
    // Where there is no such file there is no telling.
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & bit != 0)
}

/// Listens for the end of whoever reads standard output. Pipes and sockets tell it before they are written to; of others it is seen when
/// a result is printed.
#[cfg(unix)]
pub(super) fn to_reader(ending: &Ending) {
    let ending = ending.clone();
    // It ends with the process. Where there can be no other thread, the next result will tell.
    let _ = std::thread::Builder::new().spawn(move || {
        if reader_went() {
            ending.lose_reader();
        }
    });
}

/// It is seen when a result is printed.
#[cfg(not(unix))]
pub(super) fn to_reader(_: &Ending) {}

/// Waits for the reader of standard output to go; whether that is so.
#[cfg(unix)]
fn reader_went() -> bool {
    let out = std::io::stdout();
    loop {
        // Nothing is asked for: what is told is an end.
        let mut asked = [PollFd::new(&out, PollFlags::empty())];
        match poll(&mut asked, None) {
            Err(rustix::io::Errno::INTR) => {}
            told => return told.is_ok() && asked[0].revents().intersects(PollFlags::ERR | PollFlags::HUP),
        }
    }
}
