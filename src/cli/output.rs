//! Standard output and standard error.

use std::io::{self, Write as _};

use crate::database::Database;
use crate::wire::escape::printable;

/// One line on standard error, whatever is in a file that the message quotes; gives the exit code back.
pub(super) fn complain(message: &str, code: u8) -> u8 {
    // Where standard error is gone the exit code has to do.
    let _ = writeln!(anstream::stderr(), "error: {}", printable(message));
    code
}

/// What the user is told of a database that is used in part, on one line of standard error.
pub(super) fn tell_dropped(database: &Database) {
    let dropped: Vec<String> = database.dropped().iter().map(ToString::to_string).collect();
    if !dropped.is_empty() {
        // Where standard error is gone nobody is there to read it.
        let _ = writeln!(
            anstream::stderr(),
            "note: what the database says of probe {} is left out: this version of stews sends something else there",
            dropped.join(", ")
        );
    }
}

/// Writes to standard output; a reader that has gone away (`stews … | head`) is no failure.
pub(super) fn print(text: &[u8]) -> io::Result<()> {
    let mut out = anstream::stdout();
    match out.write_all(text).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}
