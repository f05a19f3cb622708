//! One container, by the engine's own client: started with the host's network, stopped, and removed whatever happens.

use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::playground::engine::{docker, output};

/// How long a container has between SIGTERM and SIGKILL.
const GRACE: Duration = Duration::from_secs(2);

/// A container that runs; removed when it is dropped, or by [`remove_own`].
pub struct Container {
    /// Its id; none once it is removed.
    id: Option<String>,
}

impl Container {
    /// Starts an image with these variables in its environment.
    pub async fn start(image: &str, environment: &[(String, String)]) -> Result<Self> {
        let mut arguments = ["run", "--detach", "--label", &own_label()].map(str::to_owned).to_vec();
        // Docker's port proxy rewrites resets, half-closes and timing.
        arguments.push("--network=host".to_owned());
        arguments.extend(environment.iter().map(|(name, value)| format!("--env={name}={value}")));
        arguments.push(image.to_owned());
        Ok(Self { id: Some(client(arguments).await?) })
    }

    /// The container's id.
    pub fn id(&self) -> &str {
        self.id.as_deref().unwrap_or_default()
    }

    /// Whether its process lives.
    pub async fn is_running(&self) -> bool {
        self.ask("inspect", &["--format={{.State.Running}}"]).await.is_ok_and(|said| said == "true")
    }

    /// What it wrote to standard error.
    pub async fn errors(&self) -> Vec<u8> {
        let id = self.id().to_owned();
        let logs = tokio::task::spawn_blocking(move || docker().args(["logs", &id]).output()).await;
        logs.ok().and_then(Result::ok).map(|logs| logs.stderr).unwrap_or_default()
    }

    /// Stops and removes it, and gives its exit code: 137 where it had to be killed because it did not heed SIGTERM.
    pub async fn end(mut self) -> Result<Option<i64>> {
        self.ask("stop", &[&format!("--time={}", GRACE.as_secs())]).await.context("cannot stop a container")?;
        let code =
            self.ask("inspect", &["--format={{.State.ExitCode}}"]).await.context("cannot inspect a container")?;
        self.ask("rm", &["--force"]).await.context("cannot remove a container")?;
        self.id = None;
        Ok(code.parse().ok())
    }

    /// A command of the client about this container.
    async fn ask(&self, command: &str, options: &[&str]) -> Result<String> {
        client([&[command], options, &[self.id()]].concat().into_iter().map(str::to_owned).collect()).await
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        if let Some(id) = self.id.take() {
            // What cannot be removed is told by `playground down`.
            let _ = output(&["rm", "--force", &id]);
        }
    }
}

/// What the client says, which it may take its time for.
async fn client(arguments: Vec<String>) -> Result<String> {
    let run = move || output(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    tokio::task::spawn_blocking(run).await.context("the engine's client was given up")?
}

/// What marks containers as those of this process.
fn own_label() -> String {
    format!("stews.process={}", std::process::id())
}

/// Removes all containers that this process started, when it is told to end.
pub fn remove_own() {
    let filter = format!("--filter=label={}", own_label());
    let ids = output(&["ps", "--all", "--quiet", &filter]).unwrap_or_default();
    let ids: Vec<&str> = ids.split_whitespace().collect();
    if !ids.is_empty() {
        // There is nobody left to tell.
        let _ = output(&[&["rm", "--force"], &ids[..]].concat());
    }
}
