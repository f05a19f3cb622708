//! Servers of the playground as plain processes, for machines without containers.

use std::process::Stdio;

use anyhow::{Context as _, Result, ensure};
use tokio::process::{Child, Command};

use crate::playground::manifest::Server;
use crate::playground::{app_modes, reference};

/// A running server; killed when dropped.
pub struct Running {
    /// Where it serves.
    pub url: String,
    child: Child,
}

/// Builds a server that can run as a plain process, and starts it.
pub async fn start(server: &Server, app: &str) -> Result<Running> {
    let plain = server.manifest.plain_process.as_ref().context("it cannot run as a plain process")?;
    let manifest = server.manifest.folder.join(&plain.cargo_manifest);
    println!("build: {} as a plain process …", server.id());
    let target = server.manifest.folder.join("target");
    let built = Command::new("cargo")
        .args(["build", "--release", "--quiet", "--manifest-path"])
        .arg(&manifest)
        // The servers' programs have one name, so they cannot share a folder.
        .env("CARGO_TARGET_DIR", &target)
        .output()
        .await;
    let built = built.context("cannot run cargo")?;
    ensure!(built.status.success(), "cargo build failed: {}", String::from_utf8_lossy(&built.stderr).trim());
    let port = reference::free_port()?;
    let child = Command::new(target.join("release").join(&plain.binary))
        .env("PORT", port.to_string())
        .envs(app_modes::environment(app))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("cannot start {}", plain.binary))?;
    let url = format!("ws://127.0.0.1:{port}{}", server.manifest.path);
    let running = Running { url, child };
    reference::wait_until_ready(&running.url, app).await?;
    Ok(running)
}

impl Running {
    /// Stops it.
    pub async fn stop(mut self) -> Result<()> {
        self.child.kill().await.context("cannot stop a process")
    }
}
