//! A farm of targets on the loopback interface: each port is a kind, and has it at each of the sixteen million addresses of 127/8. It is a
//! process of its own, so that its processor time is counted for nobody who is measured against it.

mod delayed;
mod not_websocket;
mod request;
mod scripted;
mod tungstenite;

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use enum_map::{Enum, EnumMap};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use crate::bench::descriptors;
use crate::playground::reference;
use delayed::Delayed;
use scripted::Violation;

/// Connections that wait to be taken; the system may allow fewer.
const BACKLOG: u32 = 4096;

/// How long a listener rests that has no file descriptor left for another connection.
const REST: Duration = Duration::from_millis(10);

/// How a target of the farm behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
pub enum Kind {
    /// The echo server of tokio-tungstenite.
    Tungstenite,
    /// The same, and frames without a mask are taken.
    Unmasked,
    /// An echo server of our own that takes whatever comes.
    Lenient,
    /// An echo server of our own that hangs up at what breaks a rule, without a word.
    Abrupt,
    /// Answers each request with 404.
    NotFound,
    /// Takes connections and says nothing.
    Silent,
    /// Takes connections and closes them at once.
    Closing,
    /// Nobody listens.
    Closed,
}

impl Kind {
    /// Those that are WebSockets.
    pub const WEBSOCKETS: [Self; 4] = [Self::Tungstenite, Self::Unmasked, Self::Lenient, Self::Abrupt];

    /// Whether it is a WebSocket.
    #[must_use]
    pub fn is_websocket(self) -> bool {
        Self::WEBSOCKETS.contains(&self)
    }
}

/// The port of each kind.
pub type Ports = EnumMap<Kind, u16>;

/// The line in which a farm tells its ports.
#[must_use]
pub fn line_of(ports: &Ports) -> String {
    let texts: Vec<String> = ports.values().map(u16::to_string).collect();
    texts.join(" ")
}

/// The ports of such a line.
pub fn ports_of(line: &str) -> Result<Ports> {
    let ports: Vec<u16> = line.split_whitespace().map(str::parse).collect::<Result<_, _>>().context("no port")?;
    ensure!(ports.len() == Kind::LENGTH, "the farm told {} ports, not {}", ports.len(), Kind::LENGTH);
    let mut all = Ports::default();
    all.as_mut_slice().copy_from_slice(&ports);
    Ok(all)
}

/// What a farm is told.
#[derive(Debug, Args)]
pub struct Plan {
    /// How many milliseconds each answer takes; connections take none
    #[arg(long, default_value_t = 0)]
    delay: u64,
}

/// Is a farm until standard input ends, which it does with whoever started it. The first line of standard output has the ports; each line of
/// standard input is answered with how many connections were made so far.
pub async fn run(plan: &Plan) -> Result<()> {
    descriptors::raise()?;
    let farm = Farm::start(Duration::from_millis(plan.delay))?;
    println!("{}", line_of(&farm.ports));
    let mut asked = BufReader::new(tokio::io::stdin()).lines();
    while asked.next_line().await?.is_some() {
        println!("{}", farm.connections());
    }
    Ok(())
}

/// A farm in this process; it ends with the runtime.
pub struct Farm {
    /// Where it is.
    pub ports: Ports,
    connections: Arc<AtomicU64>,
    /// Held, so that nobody else listens there.
    _closed: TcpSocket,
}

impl Farm {
    /// Starts one whose answers take so long.
    pub fn start(delay: Duration) -> Result<Self> {
        let (mut ports, mut closed, connections) = (Ports::default(), None, Arc::default());
        for (kind, place) in &mut ports {
            let port = reference::free_port()?;
            *place = port;
            let socket = loopback_socket(port).with_context(|| format!("cannot bind to port {port}"))?;
            if kind == Kind::Closed {
                closed = Some(socket);
            } else {
                tokio::spawn(serve(socket.listen(BACKLOG)?, kind, delay, Arc::clone(&connections)));
            }
        }
        Ok(Self { ports, connections, _closed: closed.context("no port is closed")? })
    }

    /// How many connections were made to it so far.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.connections.load(Ordering::Relaxed)
    }
}

/// A socket for all of 127/8 at once. Only the wildcard address has them all, so the socket is kept to the loopback interface as well.
fn loopback_socket(port: u16) -> Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    #[cfg(target_os = "linux")]
    socket.bind_device(Some(b"lo"))?;
    ensure!(cfg!(target_os = "linux"), "the farm is on all addresses of 127/8, which Linux alone has");
    socket.bind((Ipv4Addr::UNSPECIFIED, port).into())?;
    Ok(socket)
}

async fn serve(listener: TcpListener, kind: Kind, delay: Duration, connections: Arc<AtomicU64>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) if is_ours(&stream) => {
                connections.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(answer(stream, kind, delay));
            }
            Ok(_) => {}
            Err(_) => tokio::time::sleep(REST).await,
        }
    }
}

/// Whether both ends are on this machine.
fn is_ours(stream: &TcpStream) -> bool {
    let ends = [stream.local_addr(), stream.peer_addr()];
    ends.into_iter().all(|end| end.is_ok_and(|end| end.ip().is_loopback()))
}

/// Answers on one connection; how it ends is nobody's business here.
async fn answer(stream: TcpStream, kind: Kind, delay: Duration) {
    // Small pieces must not wait for each other.
    let _ = stream.set_nodelay(true);
    let stream = Delayed::new(stream, delay);
    match kind {
        Kind::Tungstenite => drop(tungstenite::echo(stream, false).await),
        Kind::Unmasked => drop(tungstenite::echo(stream, true).await),
        Kind::Lenient => drop(scripted::echo(stream, Violation::Ignored).await),
        Kind::Abrupt => drop(scripted::echo(stream, Violation::HungUp).await),
        Kind::NotFound => drop(not_websocket::refuse(stream).await),
        Kind::Silent => drop(not_websocket::say_nothing(stream).await),
        Kind::Closing | Kind::Closed => {}
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests;
