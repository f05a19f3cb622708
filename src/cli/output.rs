//! Standard output and standard error.

use std::io::{self, Write as _};

use crate::wire::escape::printable;

/// One line on standard error, whatever is in a file that the message quotes; gives the exit code back.
pub(super) fn complain(message: &str, code: u8) -> u8 {
    // Where standard error is gone the exit code has to do.
    let _ = writeln!(anstream::stderr(), "error: {}", printable(message));
    code
}

/// Writes to standard output; a reader that has gone away (`stews … | head`) is no failure.
pub(super) fn print(text: &[u8]) -> io::Result<()> {
    let mut out = anstream::stdout();
    match out.write_all(text).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}
