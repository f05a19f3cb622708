//! `cargo xtask setup`: finds a container engine, or installs and starts one where that is ours to do.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail, ensure};

use crate::playground::engine;
use crate::support::browser;
use crate::support::program::find;

/// What Debian and Ubuntu call what is needed.
const PACKAGES: &[&str] = &["docker.io", "mmdebstrap", "iptables"];

/// The NATS server: the program, and its package.
const NATS: &str = "nats-server";

/// Where the engine notes its process.
const PID_FILE: &str = "/var/run/docker.pid";

/// How long an engine may take to start.
const START: Duration = Duration::from_secs(60);

/// Whether containers that serve on our loopback interface can be had.
#[derive(Debug)]
pub enum Availability {
    /// An engine answers.
    Engine,
    /// None can be had, and why.
    None(String),
}

/// The verb for a NATS server: an error where none can be had.
pub fn run_nats() -> Result<()> {
    ensure_nats().map_err(|why| anyhow!("no NATS server: {why}"))
}

/// The verb: an error where no engine can be had.
pub fn run() -> Result<()> {
    match ensure_engine()? {
        Availability::Engine => Ok(()),
        Availability::None(why) => bail!("no container engine: {why}"),
    }
}

/// Finds, or installs and starts, an engine; says what it does.
pub fn ensure_engine() -> Result<Availability> {
    let why = match engine::version() {
        Ok(version) => {
            println!("container engine: {version}");
            return Ok(match engine::shares_loopback() {
                Ok(()) => Availability::Engine,
                Err(why) => Availability::None(why),
            });
        }
        Err(why) => why,
    };
    if std::env::var_os(engine::NO_ENGINE).is_some() {
        return Ok(Availability::None(why));
    }
    if !is_root() || !is_debian() {
        return Ok(Availability::None(format!(
            "{why}. Install and start Docker or Podman yourself (on Debian or Ubuntu: `sudo apt-get install {}`), \
             or set DOCKER_HOST to the socket of one",
            PACKAGES.join(" ")
        )));
    }
    match install_and_start() {
        Ok(()) => Ok(Availability::Engine),
        Err(error) => Ok(Availability::None(format!("{error:#}"))),
    }
}

/// Finds, or installs, a NATS server for the tests of `stews fleet`, which start it themselves; why there is none.
pub fn ensure_nats() -> Result<(), String> {
    if let Some(program) = find(NATS) {
        println!("NATS server: {}", program.display());
        return Ok(());
    }
    if !is_root() || !is_debian() {
        return Err(format!("there is no {NATS}; install it (on Debian: `sudo apt-get install {NATS}`)"));
    }
    install(&[NATS]).map_err(|error| format!("{error:#}"))
}

/// Finds, or installs, a browser for the pages that we generate; why there is none.
pub fn ensure_browser() -> Result<(), String> {
    if browser::find().is_some() {
        return Ok(());
    }
    if !is_root() || !is_debian() {
        return Err("there is no Chromium; install it (on Debian: `sudo apt-get install chromium`)".to_owned());
    }
    install(&["chromium"]).map_err(|error| format!("{error:#}"))
}

fn is_root() -> bool {
    let uid = Command::new("id").arg("-u").output();
    uid.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

fn is_debian() -> bool {
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    is_debian_release(&release)
}

fn is_debian_release(text: &str) -> bool {
    let ids = text.lines().filter_map(|line| line.strip_prefix("ID=").or_else(|| line.strip_prefix("ID_LIKE=")));
    ids.flat_map(|ids| ids.trim_matches('"').split(' ')).any(|id| matches!(id, "debian" | "ubuntu"))
}

fn install_and_start() -> Result<()> {
    let missing = ["dockerd", "mmdebstrap", "iptables", "containerd"].iter().any(|program| find(program).is_none());
    if missing {
        install(PACKAGES)?;
    }
    remove_stale_pid(Path::new(PID_FILE))?;
    start()
}

fn install(packages: &[&str]) -> Result<()> {
    println!("setup: installing {} (apt-get)", packages.join(", "));
    apt(&["update"])?;
    apt(&[&["install", "--yes", "--no-install-recommends"], packages].concat())
}

fn apt(arguments: &[&str]) -> Result<()> {
    let output = Command::new("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive").output();
    let output = output.context("cannot run apt-get")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "`apt-get {}` failed: {}", arguments.join(" "), said.trim());
    Ok(())
}

/// An engine that was killed leaves its process number behind, and the next one then refuses to start.
fn remove_stale_pid(file: &Path) -> Result<()> {
    let Ok(text) = std::fs::read_to_string(file) else { return Ok(()) };
    let running = Path::new("/proc").join(text.trim()).join("comm");
    if std::fs::read_to_string(running).is_ok_and(|name| name.trim() == "dockerd") {
        return Ok(());
    }
    println!("setup: removing the stale {}", file.display());
    std::fs::remove_file(file).with_context(|| format!("cannot remove `{}`", file.display()))
}

fn start() -> Result<()> {
    let program = find("dockerd").context("there is no dockerd though docker.io is installed")?;
    let log = std::env::temp_dir().join("stews-dockerd.log");
    println!("setup: starting {} (log: {})", program.display(), log.display());
    let file = std::fs::File::create(&log).with_context(|| format!("cannot write `{}`", log.display()))?;
    // setsid, so that the engine outlives this command and its terminal.
    Command::new("setsid")
        .arg(&program)
        .stdin(Stdio::null())
        .stdout(file.try_clone()?)
        .stderr(file)
        .spawn()
        .context("cannot start dockerd")?;
    let begun = Instant::now();
    while begun.elapsed() < START {
        if let Ok(version) = engine::version() {
            println!("container engine: {version}");
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(250));
    }
    let said = std::fs::read_to_string(&log).unwrap_or_default();
    let last: Vec<&str> = said.lines().rev().take(3).collect();
    bail!("dockerd did not answer within {} s: {}", START.as_secs(), last.join(" / "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debian_and_its_children_are_known() {
        assert!(is_debian_release("ID=debian\n"));
        assert!(is_debian_release("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n"));
        assert!(!is_debian_release("ID=fedora\nNAME=debianish\n"));
    }

    #[test]
    fn only_a_stale_pid_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("docker.pid");
        remove_stale_pid(&file).unwrap();
        // This process lives, but is no dockerd.
        std::fs::write(&file, std::process::id().to_string()).unwrap();
        remove_stale_pid(&file).unwrap();
        assert!(!file.exists());
    }
}
