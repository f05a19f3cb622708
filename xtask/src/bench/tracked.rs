//! The kernel's table of tracked connections, where it has one: a machine with containers does. It keeps a connection for two minutes after its end,
//! and drops what it has no room for, which looks as if a target were gone.

use std::path::Path;
use std::time::{Duration, Instant};

/// Where Linux tells of it.
const FOLDER: &str = "/proc/sys/net/netfilter";

/// The share of the table that may be in use when something is measured.
const MOST_IN_USE: f64 = 0.4;

/// How long is waited for connections to be forgotten.
const PATIENCE: Duration = Duration::from_secs(150);

/// Waits until there is room for another measurement, and says so; without room in the end, that too.
pub fn wait_for_room() {
    let folder = Path::new(FOLDER);
    if share_in_use(folder) <= MOST_IN_USE {
        return;
    }
    eprintln!("waiting until the kernel has forgotten earlier connections (nf_conntrack) …");
    let begun = Instant::now();
    while share_in_use(folder) > MOST_IN_USE {
        if begun.elapsed() > PATIENCE {
            eprintln!(
                "note: its table is still full, so that connections may be dropped; raise net.netfilter.nf_conntrack_max"
            );
            return;
        }
        std::thread::sleep(Duration::from_secs(1));
    }
}

/// What share of the table is in use; 0 where there is none.
fn share_in_use(folder: &Path) -> f64 {
    let number = |name: &str| std::fs::read_to_string(folder.join(name)).ok()?.trim().parse::<f64>().ok();
    match (number("nf_conntrack_count"), number("nf_conntrack_max")) {
        (Some(count), Some(most)) if most > 0.0 => count / most,
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_in_use_is_of_the_most() {
        let folder = tempfile::tempdir().unwrap();
        assert!(share_in_use(folder.path()).abs() < 1e-12, "there is no table");
        std::fs::write(folder.path().join("nf_conntrack_count"), "50\n").unwrap();
        std::fs::write(folder.path().join("nf_conntrack_max"), "200\n").unwrap();
        assert!((share_in_use(folder.path()) - 0.25).abs() < 1e-12);
    }
}
