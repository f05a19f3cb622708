//! Servers in containers; the only user of testcontainers.

use anyhow::{Context as _, Result};
use testcontainers::core::WaitFor;
use testcontainers::runners::AsyncRunner as _;
use testcontainers::{ContainerAsync, GenericImage, ImageExt as _};

use crate::manifest::Server;
use crate::reference;

/// A running server; removed when dropped.
pub struct Running {
    /// Where it serves.
    pub url: String,
    container: ContainerAsync<GenericImage>,
}

/// Starts a server and waits until an ordinary client is served.
pub async fn start(server: &Server, app: &str) -> Result<Running> {
    let port = reference::free_port()?;
    let image = server.image();
    let (name, tag) = image.rsplit_once(':').context("an image has a tag")?;
    // The server itself is asked whether it is ready, so the engine need not be.
    let container = GenericImage::new(name, tag)
        .with_wait_for(WaitFor::Nothing)
        // Docker's port proxy rewrites resets, half-closes and timing.
        .with_network("host")
        .with_env_var("PORT", port.to_string())
        .with_env_var("APP", app)
        .start()
        .await
        .with_context(|| format!("cannot start {}", server.id()))?;
    let url = format!("ws://127.0.0.1:{port}{}", server.manifest.path);
    if let Err(error) = reference::wait_until_ready(&url, app).await {
        let log = container.stderr_to_vec().await.unwrap_or_default();
        let said = stews::wire::escape::for_terminal(&log[log.len().saturating_sub(2000)..]);
        return Err(error.context(format!("{} ({app}) did not get ready; it said: {said}", server.id())));
    }
    Ok(Running { url, container })
}

impl Running {
    /// The container's id.
    pub fn id(&self) -> &str {
        self.container.id()
    }

    /// Stops and removes it.
    pub async fn stop(self) -> Result<()> {
        self.end().await.map(|_| ())
    }

    /// The same, and its exit code: 137 where it had to be killed because it did not heed SIGTERM.
    pub async fn end(self) -> Result<Option<i64>> {
        self.container.stop_with_timeout(Some(2)).await.context("cannot stop a container")?;
        let code = self.container.exit_code().await.context("cannot inspect a container")?;
        self.container.rm().await.context("cannot remove a container")?;
        Ok(code)
    }
}
