//! Standard output and standard error.

use std::io::{self, Write as _};

use super::exit;
use crate::database::Database;
use crate::wire::escape::printable;

/// What came of a text for standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Printed {
    /// It is written.
    Whole,
    /// Whoever read our output has gone away (`stews … | head`).
    ReaderGone,
}

/// One line on standard error, whatever is in a file that the message quotes; gives the exit code back.
pub(super) fn complain(message: &str, code: u8) -> u8 {
    tell("error", message);
    code
}

/// One line on standard error of something that ends nothing.
pub(super) fn warn(message: &str) {
    tell("warning", message);
}

/// One line on standard error.
pub(super) fn tell(what: &str, message: &str) {
    // Where standard error is gone the exit code has to do.
    let _ = writeln!(anstream::stderr(), "{what}: {}", printable(message));
}

/// What the user is told of a database that is used in part, on one line of standard error.
pub(super) fn tell_dropped(database: &Database) {
    let dropped: Vec<String> = database.dropped().iter().map(ToString::to_string).collect();
    if !dropped.is_empty() {
        let list = dropped.join(", ");
        let why = "this version of stews sends something else there";
        tell("note", &format!("what the database says of probe {list} is left out: {why}"));
    }
}

/// Writes to standard output.
pub(super) fn print(text: &[u8]) -> io::Result<Printed> {
    let mut out = anstream::stdout();
    match out.write_all(text).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Printed::ReaderGone),
        result => result.map(|()| Printed::Whole),
    }
}

/// Prints all that a command has to say; the exit code. A reader that has gone away did not want the rest, which is no failure.
pub(super) fn print_all(text: &[u8]) -> u8 {
    print(text).map_or_else(|error| cannot_write(&error), |_| exit::IDENTIFIED)
}

/// Tells that standard output cannot be written, and why; the exit code.
pub(super) fn cannot_write(error: &io::Error) -> u8 {
    complain(&format!("cannot write to standard output: {error}"), exit::INTERNAL)
}

/// Why nothing that is written to standard output will get anywhere, where that can be seen beforehand: writing there succeeds all the same.
#[cfg(unix)]
pub(super) fn lost() -> Option<&'static str> {
    use rustix::fs::{OFlags, fcntl_getfl};
    let mode = fcntl_getfl(io::stdout()).ok()? & OFlags::RWMODE;
    if mode == OFlags::RDONLY {
        return Some("standard output is opened for reading alone");
    }
    // The standard library opens the null device for reading and writing in place of what is closed when a process starts; `> /dev/null`
    // opens it for writing alone. A daemon that has no standard error either has nobody to tell.
    let closed = mode == OFlags::RDWR && is_null(io::stdout()) && !is_null(io::stderr());
    // That of a caller who opened the null device for both looks the same, so that what to do is told as well.
    closed.then_some(
        "standard output is closed; where no result is wanted, open /dev/null for writing alone (> /dev/null)",
    )
}

#[cfg(unix)]
fn is_null(stream: impl std::os::fd::AsFd) -> bool {
    use rustix::fs::{fstat, stat};
    matches!((fstat(stream), stat("/dev/null")), (Ok(stream), Ok(null)) if stream.st_rdev == null.st_rdev)
}

/// There is no telling.
#[cfg(not(unix))]
pub(super) fn lost() -> Option<&'static str> {
    None
}
