//! Servers in containers.

use std::fmt;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use crate::playground::container::Container;
use crate::playground::manifest::{Dress, Server};
use crate::playground::{app_modes, reference};

/// How long a server may answer nobody before it counts as dead though its process runs.
const RECOVERY: Duration = Duration::from_secs(90);

/// A running server; removed when dropped.
pub struct Running {
    /// Where it serves.
    pub url: String,
    container: Container,
}

/// What a client expects to find.
#[derive(Clone, Copy, Debug)]
pub enum Expected<'a> {
    /// One of the playground's applications, or a changed setting.
    App(&'a str),
    /// A variant of real software (the only one has no name), and what a client has to bring to it.
    Variant(&'a str, &'a Dress),
}

/// Starts a server with an application, or a changed setting, and waits until an ordinary client is served.
pub async fn start(server: &Server, app: &str) -> Result<Running> {
    start_as(server, Expected::App(app)).await
}

/// Starts a server or an application, and waits until an ordinary client is served.
pub async fn start_as(server: &Server, expected: Expected<'_>) -> Result<Running> {
    launch(server, expected, None, &server.manifest.path).await
}

/// Starts a proxy in front of what serves `app` at `backend`, and waits until an ordinary client is served through it.
pub async fn start_behind(proxy: &Server, backend: &str, app: &str) -> Result<Running> {
    start_behind_as(proxy, backend, Expected::App(app)).await
}

/// Starts a proxy in front of what serves at `backend`, and waits until an ordinary client is served through it.
pub async fn start_behind_as(proxy: &Server, backend: &str, expected: Expected<'_>) -> Result<Running> {
    let (authority, path) = authority_and_path(backend)?;
    launch(proxy, expected, Some(authority), path).await
}

async fn launch(server: &Server, expected: Expected<'_>, backend: Option<&str>, path: &str) -> Result<Running> {
    let port = reference::free_port()?;
    let mut environment = vec![("PORT".to_owned(), port.to_string())];
    match expected {
        Expected::App(app) => {
            let settings = app_modes::environment(app).into_iter();
            environment.extend(settings.map(|(name, value)| (name.to_string(), value.to_string())));
        }
        Expected::Variant(name, _) => environment.push(("VARIANT".to_owned(), name.to_owned())),
    }
    environment.extend(backend.map(|backend| ("BACKEND".to_owned(), backend.to_owned())));
    let started = Container::start(&server.image(), &environment).await;
    let container = started.with_context(|| format!("cannot start {}", server.id()))?;
    let url = format!("ws://127.0.0.1:{port}{path}");
    let ready = match expected {
        Expected::App(app) => reference::wait_until_ready(&url, app).await,
        Expected::Variant(_, dress) => reference::wait_until_open(&url, dress).await,
    };
    if let Err(error) = ready {
        let log = container.errors().await;
        let said = stews::wire::escape::for_terminal(&log[log.len().saturating_sub(2000)..]);
        return Err(error.context(format!("{} ({expected}) did not get ready; it said: {said}", server.id())));
    }
    Ok(Running { url, container })
}

impl fmt::Display for Expected<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::App(name) => write!(out, "{name}"),
            Self::Variant("", _) => write!(out, "as it is"),
            Self::Variant(name, _) => write!(out, "variant {name}"),
        }
    }
}

/// What a proxy connects to, `host:port`, and the path at which the server behind it serves: a proxy passes paths on.
pub fn authority_and_path(url: &str) -> Result<(&str, &str)> {
    let rest = url.strip_prefix("ws://").with_context(|| format!("`{url}` is no ws:// URL"))?;
    Ok(rest.find('/').map_or((rest, "/"), |slash| rest.split_at(slash)))
}

impl Running {
    /// The container's id.
    pub fn id(&self) -> &str {
        self.container.id()
    }

    /// Whether its process lives.
    pub async fn is_running(&self) -> bool {
        self.container.is_running().await
    }

    /// Whether its process lives and serves an ordinary client, within a time that is long enough for the slowest server to
    /// chew on the largest payload.
    pub async fn recovers(&self, app: &str) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < RECOVERY && self.is_running().await {
            if matches!(tokio::time::timeout(RECOVERY, reference::check(&self.url, app)).await, Ok(Ok(()))) {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        false
    }

    /// Stops and removes it.
    pub async fn stop(self) -> Result<()> {
        self.end().await.map(|_| ())
    }

    /// Stops and removes it, and gives its exit code: 137 where it had to be killed because it did not heed SIGTERM.
    pub async fn end(self) -> Result<Option<i64>> {
        self.container.end().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_told_an_address_and_keeps_the_path() {
        assert_eq!(authority_and_path("ws://127.0.0.1:8080/a/b?c").unwrap(), ("127.0.0.1:8080", "/a/b?c"));
        assert_eq!(authority_and_path("ws://127.0.0.1:8080").unwrap(), ("127.0.0.1:8080", "/"));
        assert!(authority_and_path("wss://127.0.0.1:8080/").is_err());
    }
}
