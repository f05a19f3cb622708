//! A headless Chromium, driven over the Chrome DevTools Protocol: what a page does where it is looked at.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// How long the browser may take for anything.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the browser is called, by distribution.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// What precedes the address of the browser's WebSocket in what it says.
const LISTENING: &str = "DevTools listening on ";

/// The browser's program, if there is one.
pub fn find() -> Option<PathBuf> {
    NAMES.iter().find_map(|name| crate::support::program::find(name))
}

/// A page in a browser of its own; gone when dropped.
pub struct Page {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    session: Option<String>,
    last: u64,
    /// What the page complained of: console messages, exceptions, log entries.
    pub complaints: Vec<String>,
    _child: Child,
    _profile: tempfile::TempDir,
}

impl Page {
    /// Starts a browser with an empty page.
    pub async fn start(program: &Path) -> Result<Self> {
        let profile = tempfile::tempdir()?;
        let mut child = Command::new(program)
            // The page is our own, and the sandbox wants rights that containers do not give.
            .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"])
            .args(["--remote-debugging-port=0", "--disable-background-networking", "--window-size=1280,900"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot run `{}`", program.display()))?;
        let said = child.stderr.take().context("the browser has no standard error")?;
        let address = tokio::time::timeout(PATIENCE, address(said)).await.context("the browser does not start")??;
        let (socket, _) = tokio_tungstenite::connect_async(&address).await.context("the browser does not listen")?;
        let (session, complaints) = (None, Vec::new());
        let mut page = Self { socket, session, last: 0, complaints, _child: child, _profile: profile };
        page.attach().await?;
        Ok(page)
    }

    async fn attach(&mut self) -> Result<()> {
        let targets = self.ask("Target.getTargets", json!({})).await?;
        let targets = targets["targetInfos"].as_array().cloned().unwrap_or_default();
        let page = targets.iter().find(|target| target["type"] == "page").context("the browser has no page")?;
        let attach = json!({ "targetId": page["targetId"], "flatten": true });
        let attached = self.ask("Target.attachToTarget", attach).await?;
        self.session = attached["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log"] {
            self.ask(&format!("{domain}.enable"), json!({})).await?;
        }
        Ok(())
    }

    /// Shows pages as on a screen so many pixels wide, to somebody who likes it dark or light.
    pub async fn look_as(&mut self, width: u32, dark: bool) -> Result<()> {
        let screen = json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.ask("Emulation.setDeviceMetricsOverride", screen).await?;
        let scheme = if dark { "dark" } else { "light" };
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.ask("Emulation.setEmulatedMedia", media).await.map(drop)
    }

    /// Runs no script of any page.
    pub async fn without_scripts(&mut self) -> Result<()> {
        self.ask("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await.map(drop)
    }

    /// Opens a file, and waits until the expression holds.
    pub async fn open(&mut self, file: &Path, until: &str) -> Result<()> {
        self.ask("Page.navigate", json!({ "url": format!("file://{}", file.display()) })).await?;
        self.wait_for(until).await
    }

    /// Waits until the expression holds.
    pub async fn wait_for(&mut self, expression: &str) -> Result<()> {
        let begun = Instant::now();
        while self.evaluate(expression).await.ok() != Some(Value::Bool(true)) {
            if begun.elapsed() > PATIENCE {
                bail!("`{expression}` does not come to hold; the page said: {}", self.complaints.join("\n"));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// What an expression comes to on the page.
    pub async fn evaluate(&mut self, expression: &str) -> Result<Value> {
        let asked = json!({ "expression": expression, "returnByValue": true });
        let answer = self.ask("Runtime.evaluate", asked).await?;
        if let Some(exception) = answer.get("exceptionDetails") {
            bail!("`{expression}` fails: {exception}");
        }
        Ok(answer["result"]["value"].clone())
    }

    /// Clicks where an expression says, as `{x, y}`.
    pub async fn click(&mut self, place: &str) -> Result<()> {
        let place = self.evaluate(place).await?;
        for (kind, button) in [("mouseMoved", "none"), ("mousePressed", "left"), ("mouseReleased", "left")] {
            let event = json!({ "type": kind, "x": place["x"], "y": place["y"], "button": button, "clickCount": 1 });
            self.ask("Input.dispatchMouseEvent", event).await?;
        }
        Ok(())
    }

    /// Presses a key that writes nothing, such as `Escape`.
    pub async fn press(&mut self, key: &str) -> Result<()> {
        for kind in ["rawKeyDown", "keyUp"] {
            self.ask("Input.dispatchKeyEvent", json!({ "type": kind, "key": key, "code": key })).await?;
        }
        Ok(())
    }

    /// One command of the protocol, and its result.
    async fn ask(&mut self, method: &str, parameters: Value) -> Result<Value> {
        self.last += 1;
        let mut command = json!({ "id": self.last, "method": method, "params": parameters });
        if let Some(session) = &self.session {
            command["sessionId"] = session.as_str().into();
        }
        self.socket.send(Message::text(command.to_string())).await?;
        loop {
            let message = tokio::time::timeout(PATIENCE, self.socket.next()).await;
            let message = message.with_context(|| format!("no answer to {method}"))?.context("the browser ended")??;
            let Ok(answer) = serde_json::from_str::<Value>(message.to_text().unwrap_or_default()) else { continue };
            if answer["id"] == self.last {
                let error = &answer["error"];
                return if error.is_null() { Ok(answer["result"].clone()) } else { bail!("{method}: {error}") };
            }
            self.note(&answer);
        }
    }

    fn note(&mut self, event: &Value) {
        let method = event["method"].as_str().unwrap_or_default();
        if matches!(method, "Runtime.consoleAPICalled" | "Runtime.exceptionThrown" | "Log.entryAdded") {
            self.complaints.push(format!("{method} {}", event["params"]));
        }
    }
}

async fn address(said: impl tokio::io::AsyncRead + Unpin + Send + 'static) -> Result<String> {
    let mut lines = BufReader::new(said).lines();
    while let Some(line) = lines.next_line().await? {
        if let Some((_, address)) = line.split_once(LISTENING) {
            // Whoever stops reading stops the browser from speaking, and so from working.
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return Ok(address.to_owned());
        }
    }
    bail!("the browser ended before it listened")
}
