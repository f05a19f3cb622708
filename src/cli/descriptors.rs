//! How many files this process may have open: each connection is one.

use super::output::tell;

/// What is open beside connections: standard streams, lists, outputs, the runtime's own, look-ups.
const OTHERS: u64 = 128;

/// How many targets can be looked at at a time with so many connections each, at most as many as wanted: the limit is raised as far as it goes, and what it
/// does not do for is told.
pub(super) fn room_for(wanted: usize, connections: usize) -> usize {
    let needed = (wanted as u64).saturating_mul(connections as u64).saturating_add(OTHERS);
    let limit = raised(needed);
    if limit >= needed {
        return wanted;
    }
    let room = targets(limit, connections).clamp(1, wanted);
    tell(
        "note",
        &format!(
            "{room} targets are looked at at a time, and not {wanted}: {limit} files may be open; raise `ulimit -n`"
        ),
    );
    room
}

/// How many targets there is room for.
fn targets(limit: u64, connections: usize) -> usize {
    // Half of a limit that is lower than what is open anyhow.
    let left = limit.saturating_sub(OTHERS).max(limit / 2);
    usize::try_from(left / (connections as u64).max(1)).unwrap_or(usize::MAX)
}

/// The limit of open files, raised to what is needed, or to where it cannot be raised any more.
#[cfg(unix)]
fn raised(needed: u64) -> u64 {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let current = limit.current.unwrap_or(u64::MAX);
    if current >= needed {
        return current;
    }
    let most = limit.maximum.map_or(needed, |most| most.min(needed));
    match setrlimit(Resource::Nofile, Rlimit { current: Some(most), maximum: limit.maximum }) {
        Ok(()) => most,
        Err(_) => current,
    }
}

/// Nothing is known of a limit.
#[cfg(not(unix))]
fn raised(_: u64) -> u64 {
    u64::MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_files_are_few_targets_and_never_none() {
        assert_eq!(targets(1128, 4), 250);
        assert_eq!(targets(64, 8), 4);
        assert_eq!(targets(4, 8).clamp(1, 256), 1);
    }
}
