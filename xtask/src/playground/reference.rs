//! The reference client: a server is ready when it does with an ordinary client what its application promises.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::playground::app_modes::{OFFERED, SETTINGS, SUBPROTOCOL};
use crate::playground::manifest::Dress;

/// How long a server may take to start; a JVM on a loaded core needs most of it.
const START: Duration = Duration::from_secs(60);

/// How long an application may take to start: it is more than a server.
const APPLICATION_START: Duration = Duration::from_secs(180);

/// Waits until `url` serves `app`, which may be a changed setting.
pub async fn wait_until_ready(url: &str, app: &str) -> Result<()> {
    wait_until(url, START, || check(url, app)).await
}

/// Waits until an application opens its WebSocket at `url` to a client that brings what it wants.
pub async fn wait_until_open(url: &str, dress: &Dress) -> Result<()> {
    wait_until(url, APPLICATION_START, || open(url, dress)).await
}

async fn wait_until<F: Future<Output = Result<()>>>(url: &str, most: Duration, check: impl Fn() -> F) -> Result<()> {
    let begun = Instant::now();
    loop {
        let tried = tokio::time::timeout(Duration::from_secs(5), check()).await;
        match tried.unwrap_or_else(|_| bail!("no answer within 5 s")) {
            Ok(()) => return Ok(()),
            Err(error) if begun.elapsed() > most => {
                return Err(error.context(format!("{url} was not ready within {} s", most.as_secs())));
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
}

/// A handshake as an application wants it; what it says in its WebSocket is its own.
pub async fn open(url: &str, dress: &Dress) -> Result<()> {
    let mut request = url.into_client_request()?;
    let own = format!("http://{}", request.uri().authority().context("a URL has an authority")?);
    let fields = request.headers_mut();
    fields.insert("Origin", dress.origin.as_deref().unwrap_or(&own).parse()?);
    if let Some(subprotocol) = &dress.subprotocol {
        fields.insert("Sec-WebSocket-Protocol", subprotocol.parse()?);
    }
    for (name, value) in &dress.headers {
        fields.insert(tokio_tungstenite::tungstenite::http::HeaderName::from_bytes(name.as_bytes())?, value.parse()?);
    }
    match tokio_tungstenite::connect_async(request).await {
        Ok((mut socket, _)) => {
            let _ = socket.close(None).await;
            Ok(())
        }
        // It opened: that many applications take a subprotocol without saying so is theirs.
        Err(Error::Protocol(ProtocolError::SecWebSocketSubProtocolError(_))) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// A handshake, and what the application owes: an echo, silence, or a greeting.
pub async fn check(url: &str, app: &str) -> Result<()> {
    let mut request = url.into_client_request()?;
    let origin = format!("http://{}", request.uri().authority().context("a URL has an authority")?);
    request.headers_mut().insert("Origin", origin.parse()?);
    if app == SUBPROTOCOL {
        request.headers_mut().insert("Sec-WebSocket-Protocol", OFFERED.parse()?);
    }
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await?;
    match app {
        _ if app == "echo" || SETTINGS.contains(&app) => {
            for message in [Message::text("stews"), Message::binary(vec![0, 255])] {
                socket.send(message.clone()).await?;
                let answer = socket.next().await.context("it hung up instead of echoing")??;
                ensure!(answer == message, "it answered {answer:?} to {message:?}");
            }
        }
        "push" => {
            let greeting = socket.next().await.context("it hung up instead of greeting")??;
            ensure!(greeting.is_text(), "it greeted with {greeting:?}");
        }
        _ => {
            socket.send(Message::text("stews")).await?;
            let answer = tokio::time::timeout(Duration::from_millis(300), socket.next()).await;
            ensure!(answer.is_err(), "a sink answered {answer:?}");
        }
    }
    let _ = socket.close(None).await;
    Ok(())
}

/// A port of the loopback interface that was free a moment ago, and that this process has not given out lately.
///
/// Below the range from which the system takes ports for outgoing connections, of which a scan makes hundreds: one of
/// those could have it before the server that it is meant for.
pub fn free_port() -> Result<u16> {
    const FIRST: u16 = 20_000;
    const COUNT: u16 = 12_000;
    static NEXT: LazyLock<AtomicU16> = LazyLock::new(|| AtomicU16::new(fastrand::u16(..COUNT)));
    let mut last = None;
    for _ in 0..100 {
        let port = FIRST + NEXT.fetch_add(1, Ordering::Relaxed) % COUNT;
        match std::net::TcpListener::bind(("127.0.0.1", port)) {
            Ok(_) => return Ok(port),
            Err(error) => last = Some(error),
        }
    }
    Err(last.context("no ports")?).context("cannot bind to 127.0.0.1")
}
