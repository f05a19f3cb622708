//! A process as the system accounts for it: its time, its processor time, and the most memory that it ever had.

use std::process::{Command, ExitStatus};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use wait4::Wait4 as _;

/// How often the memory of a process is looked at.
const LOOK: Duration = Duration::from_millis(10);

/// What a process took.
#[derive(Clone, Copy, Debug)]
pub struct Used {
    /// From its start to its end.
    pub elapsed: Duration,
    /// Of all its threads, in user and in kernel mode.
    pub processor: Duration,
    /// The most that was ever resident, in KiB.
    pub peak_kib: u64,
    /// How it ended.
    pub status: ExitStatus,
}

/// Runs a command to its end.
pub fn run(command: &mut Command) -> Result<Used> {
    let ours = high_water(std::process::id());
    let program = command.get_program().to_string_lossy().into_owned();
    let begun = Instant::now();
    let mut child = command.spawn().with_context(|| format!("cannot run `{program}`"))?;
    let (process, has_ended, seen) = (child.id(), AtomicBool::new(false), AtomicU64::new(0));
    let (ended, elapsed) = thread::scope(|scope| {
        scope.spawn(|| {
            while !has_ended.load(Ordering::Relaxed) {
                seen.fetch_max(high_water(process), Ordering::Relaxed);
                thread::sleep(LOOK);
            }
        });
        let ended = child.wait4();
        let elapsed = begun.elapsed();
        has_ended.store(true, Ordering::Relaxed);
        (ended, elapsed)
    });
    let ended = ended.with_context(|| format!("cannot wait for `{program}`"))?;
    let all = ended.rusage.maxrss / 1024;
    // The kernel counts what this process held when it started the child: up to there, what was seen is the measure.
    let peak_kib = if all > ours { all } else { seen.into_inner() };
    let processor = ended.rusage.utime + ended.rusage.stime;
    Ok(Used { elapsed, processor, peak_kib, status: ended.status })
}

/// The most resident memory of a process so far, in KiB: `VmHWM` of procfs. 0 once it has ended, and where there is no procfs.
fn high_water(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn what_a_process_takes_is_told() {
        let shell = |script: &str| run(Command::new("sh").args(["-c", script])).unwrap();
        assert_eq!(shell("exit 3").status.code(), Some(3));
        // Holds a buffer of 64 MiB, for as long as it takes to fill it some times.
        let used = shell("exec dd if=/dev/zero of=/dev/null bs=64M count=20 2>/dev/null");
        assert!(used.status.success() && used.peak_kib >= 64 * 1024, "{used:?}");
        assert!(!used.elapsed.is_zero() && !used.processor.is_zero(), "{used:?}");
        assert!(run(&mut Command::new("/nowhere/at/all")).is_err());
    }
}
