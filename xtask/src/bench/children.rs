//! The farm and the floor as processes of their own: this program once more.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use crate::bench::farm::{self, Ports};
use crate::bench::floor::{self, Tally};
use crate::bench::measure::{self, Used};

/// A farm in a process of its own; it ends when this is dropped.
pub struct FarmProcess {
    /// Where it is.
    pub ports: Ports,
    child: Child,
    told: BufReader<ChildStdout>,
}

impl FarmProcess {
    /// Starts one whose answers take so long.
    pub fn start(delay: Duration) -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["bench", "farm", "--delay", &delay.as_millis().to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start the farm")?;
        let told = BufReader::new(child.stdout.take().context("the farm has no output")?);
        let mut farm = Self { ports: Ports::default(), child, told };
        farm.ports = farm::ports_of(&farm.line()?).context("the farm did not start")?;
        Ok(farm)
    }

    /// How many connections were made to it so far.
    pub fn connections(&mut self) -> Result<u64> {
        self.child.stdin.as_mut().context("the farm has no input")?.write_all(b"\n")?;
        self.line()?.trim_end().parse().context("the farm told no number")
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        self.told.read_line(&mut line)?;
        Ok(line)
    }
}

impl Drop for FarmProcess {
    fn drop(&mut self) {
        // The end of its input is its end.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// Runs the floor; what it took, and what it came to.
pub fn floor(plan: &floor::Plan) -> Result<(Used, Tally)> {
    let out = tempfile::NamedTempFile::new()?;
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["bench", "floor", "--list"]).arg(&plan.list);
    command.args(["--concurrency", &plan.concurrency.to_string(), "--connections", &plan.connections.to_string()]);
    command.args(["--timeout", &plan.timeout.to_string()]).stdout(out.reopen()?);
    let used = measure::run(&mut command)?;
    ensure!(used.status.success(), "the floor failed ({})", used.status);
    let tally = serde_json::from_reader(File::open(out.path())?).context("the floor printed no JSON")?;
    Ok((used, tally))
}
