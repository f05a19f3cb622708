//! File descriptors, of which each connection takes one.

use anyhow::Result;

/// Lets this process have as many as the system allows it.
#[cfg(unix)]
pub fn raise() -> Result<()> {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, rustix::process::Rlimit { current: limit.maximum, ..limit })?;
    Ok(())
}

/// Elsewhere there is no such limit.
#[cfg(not(unix))]
pub fn raise() -> Result<()> {
    Ok(())
}
