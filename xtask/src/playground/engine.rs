//! The container engine, through its command line client. `DOCKER_HOST` is honoured.

use std::process::{Command, Output};

use anyhow::{Context as _, Result, ensure};

/// Set to make every verb behave as on a machine where no engine can be had.
pub const NO_ENGINE: &str = "STEWS_NO_ENGINE";

/// A client with the legacy builder, which needs no plugin.
pub fn docker() -> Command {
    let mut command = Command::new("docker");
    command.env("DOCKER_BUILDKIT", "0");
    command
}

/// Runs the client and gives back what it printed.
pub fn output(arguments: &[&str]) -> Result<String> {
    let Output { status, stdout, stderr } = docker().args(arguments).output().context("cannot run `docker`")?;
    let said = String::from_utf8_lossy(&stderr);
    ensure!(status.success(), "`docker {}` failed: {}", arguments.join(" "), said.trim());
    Ok(String::from_utf8_lossy(&stdout).trim().to_owned())
}

/// The version of the engine that answers, or why none does.
pub fn version() -> Result<String, String> {
    if std::env::var_os(NO_ENGINE).is_some_and(|value| !value.is_empty()) {
        return Err(format!("{NO_ENGINE} is set"));
    }
    match docker().args(["version", "--format", "{{.Server.Version}}"]).output() {
        Err(error) => Err(format!("there is no `docker` command ({error})")),
        Ok(output) if output.status.success() => Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned()),
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            Err(said.lines().next().unwrap_or("the engine does not answer").to_owned())
        }
    }
}

/// Whether a container with host networking shares our loopback interface; why not, where it does not.
///
/// Published ports are no way out: Docker's port proxy rewrites resets, half-closes and timing, and the servers
/// listen on the loopback interface alone.
pub fn shares_loopback() -> Result<(), String> {
    let system = output(&["info", "--format", "{{.OperatingSystem}}"]).unwrap_or_default();
    let remote = std::env::var("DOCKER_HOST").unwrap_or_default();
    loopback_of(&system, &remote, cfg!(target_os = "linux"))
}

/// Pure part of [`shares_loopback`]: the engine's system, `DOCKER_HOST`, and whether this is Linux.
fn loopback_of(system: &str, docker_host: &str, linux: bool) -> Result<(), String> {
    let no = |why: &str| Err(format!("{why}, so its containers do not share this machine's loopback interface"));
    let away = |host: &str| !["127.", "localhost", "[::1]"].iter().any(|here| host.starts_with(here));
    if !linux || system.contains("Docker Desktop") {
        return no("the engine runs in a virtual machine");
    }
    match docker_host.split_once("://") {
        Some(("tcp" | "ssh" | "http" | "https", host)) if away(host) => no("DOCKER_HOST names another machine"),
        _ => Ok(()),
    }
}

/// A label of an image, or its id, by a Go template; `None` if there is no such image.
pub fn inspect(image: &str, template: &str) -> Option<String> {
    output(&["image", "inspect", "--format", template, image]).ok().filter(|text| !text.is_empty())
}

/// Removes an image; one that is in use, or not there, is left alone.
pub fn remove_image(image: &str) {
    // What is left over costs disk and nothing else.
    let _ = output(&["image", "rm", image]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engines_elsewhere_are_told_from_those_here() {
        for host in ["", "unix:///run/podman/podman.sock", "tcp://127.0.0.1:2375", "ssh://localhost"] {
            assert_eq!(loopback_of("Debian GNU/Linux 13 (trixie)", host, true), Ok(()), "{host}");
        }
        for host in ["tcp://192.0.2.1:2375", "ssh://me@build.example"] {
            assert!(loopback_of("Debian GNU/Linux 13 (trixie)", host, true).unwrap_err().contains("another machine"));
        }
        assert!(loopback_of("Docker Desktop", "", true).unwrap_err().contains("virtual machine"));
        assert!(loopback_of("Fedora Linux", "", false).unwrap_err().contains("virtual machine"));
    }
}
