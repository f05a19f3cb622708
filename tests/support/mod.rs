//! What the tests of the whole tool share: peers on loopback, and the binary under watch.

use std::net::Ipv4Addr;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::net::{TcpListener, TcpStream};

/// No run may take longer.
const BOUND: Duration = Duration::from_secs(20);

/// A server on loopback.
pub struct Peer {
    pub port: u16,
    accepted: Arc<AtomicUsize>,
}

impl Peer {
    /// Serves each connection by `handler`, which is told how many came before; stops accepting after `most`.
    pub async fn mortal<F, T>(most: usize, handler: F) -> Self
    where
        F: Fn(TcpStream, usize) -> T + Send + 'static,
        T: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let accepted = Arc::new(AtomicUsize::new(0));
        let counter = accepted.clone();
        tokio::spawn(async move {
            while counter.load(Ordering::SeqCst) < most {
                let Ok((stream, _)) = listener.accept().await else { return };
                tokio::spawn(handler(stream, counter.fetch_add(1, Ordering::SeqCst)));
            }
        });
        Self { port, accepted }
    }

    pub async fn new<F, T>(handler: F) -> Self
    where
        F: Fn(TcpStream, usize) -> T + Send + 'static,
        T: Future<Output = ()> + Send + 'static,
    {
        Self::mortal(usize::MAX, handler).await
    }

    /// Connections so far.
    pub fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }
}

/// What a finished run left behind.
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
    /// The most memory that was ever resident, where the system tells it.
    pub peak_kib: u64,
}

impl Ran {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }

    /// The `run` of the only target.
    pub fn facts(&self) -> serde_json::Value {
        self.json()["targets"][0]["run"].clone()
    }

    /// No panic, and not one character that would do something to a terminal.
    pub fn assert_clean(&self) {
        assert!(!self.err.contains("panicked"), "{}", self.err);
        for text in [&self.out, &self.err] {
            let harmful = |letter: &char| {
                (letter.is_control() && *letter != '\n')
                    || matches!(letter, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            };
            if let Some(at) = text.chars().position(|letter| harmful(&letter)) {
                let near: String = text.chars().skip(at.saturating_sub(60)).take(120).collect();
                panic!("a control character: {near:?}");
            }
        }
    }
}

/// Runs the binary without blocking the peers; kills it and fails where it takes too long.
pub async fn stews(arguments: &[&str]) -> Ran {
    let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
    tokio::task::spawn_blocking(move || watch(&arguments)).await.unwrap()
}

fn watch(arguments: &[String]) -> Ran {
    // Files, not pipes: a full pipe would stop the tool.
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| std::fs::File::create(folder.path().join(name)).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_stews"))
        .args(arguments)
        .env_remove("NO_COLOR")
        .stdin(Stdio::null())
        .stdout(file("out"))
        .stderr(file("err"))
        .spawn()
        .unwrap();
    let start = Instant::now();
    let mut peak_kib = 0;
    let status = loop {
        peak_kib = peak_kib.max(high_water(child.id()).unwrap_or_default());
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if start.elapsed() > BOUND {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("still running after {BOUND:?}: {arguments:?}");
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    let text = |name: &str| String::from_utf8(std::fs::read(folder.path().join(name)).unwrap()).unwrap();
    let ran =
        Ran { code: status.code().expect("it was killed by a signal"), out: text("out"), err: text("err"), peak_kib };
    ran.assert_clean();
    ran
}

/// The most resident memory of a process so far, from procfs.
fn high_water(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
