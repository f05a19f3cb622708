//! A NATS server of our own, on loopback, with a store that goes when it goes.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// Nothing here takes that long, on the slowest of machines.
pub const LONG: Duration = Duration::from_secs(100);

/// A NATS server.
pub struct Nats {
    child: Child,
    folder: TempDir,
    /// Its URL.
    pub url: String,
}

/// Where the program is.
fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/bin".into()]);
    folders.map(|folder| folder.join("nats-server")).find(|program| program.is_file())
}

impl Nats {
    /// Starts one with JetStream; nothing where there is none to start, which is said.
    pub fn start() -> Option<Self> {
        Self::start_with(&["-js"])
    }

    /// Starts one with these arguments.
    pub fn start_with(arguments: &[&str]) -> Option<Self> {
        let Some(program) = program() else {
            println!("skipped: there is no nats-server; `cargo xtask setup --nats` installs it");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let child = Command::new(program)
            .args(arguments)
            .args(["-a", "127.0.0.1", "-p", "-1", "-sd"])
            .arg(folder.path().join("store"))
            .arg("--ports_file_dir")
            .arg(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let ports = folder.path().join(format!("nats-server_{}.ports", child.id()));
        let mut nats = Self { child, folder, url: String::new() };
        nats.url = until("the NATS server is there", || {
            let ports: Value = serde_json::from_slice(&std::fs::read(&ports).ok()?).ok()?;
            ports["nats"][0].as_str().map(str::to_owned)
        });
        Some(nats)
    }

    /// Ends it, and starts it anew where it was, with what it had stored.
    pub fn restart(&mut self, away: Duration) {
        // One that is killed may forget what it has said is stored.
        assert!(Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap().success());
        self.child.wait().unwrap();
        std::thread::sleep(away);
        let port = self.url.rsplit(':').next().unwrap();
        self.child = Command::new(program().unwrap())
            .args(["-js", "-a", "127.0.0.1", "-p", port, "-sd"])
            .arg(self.folder.path().join("store"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
    }

    /// A place for files.
    pub fn folder(&self) -> &TempDir {
        &self.folder
    }

    /// Publishes a message, as anybody can.
    pub fn publish(&self, subject: &str, payload: &str) {
        let mut stream = TcpStream::connect(self.url.trim_start_matches("nats://")).unwrap();
        let text = format!("CONNECT {{\"verbose\":false}}\r\nPUB {subject} {}\r\n{payload}\r\nPING\r\n", payload.len());
        stream.write_all(text.as_bytes()).unwrap();
        let mut said = Vec::new();
        while !said.ends_with(b"PONG\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            said.push(byte[0]);
        }
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits for something.
pub fn until<T>(what: &str, mut is_so: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = is_so() {
            return found;
        }
        assert!(start.elapsed() < LONG, "it never came to pass that {what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}
