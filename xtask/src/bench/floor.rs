//! The floor: the least that any tool needs that asks a list of targets for a WebSocket. It connects, sends what `stews` sends first, reads
//! the head of the answer, and closes. A process of its own, measured as `stews` is.

use std::net::SocketAddrV4;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::Args;
use futures_util::StreamExt as _;
use futures_util::stream;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::bench::{descriptors, handshake};

/// Bytes that are read at a time.
const READ: usize = 1024;

/// The longest head that is read.
const LONGEST: usize = 64 * 1024;

/// What the floor is told.
#[derive(Clone, Debug, Args)]
pub struct Plan {
    /// A file of targets, one a line: an address and port, and how many connections are made to it
    #[arg(long)]
    pub list: PathBuf,
    /// Targets at a time
    #[arg(long)]
    pub concurrency: usize,
    /// Connections to one target at a time
    #[arg(long)]
    pub connections: usize,
    /// The most milliseconds for one connection
    #[arg(long)]
    pub timeout: u64,
}

/// What it came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Targets that were asked.
    pub targets: u64,
    /// Connections that were made.
    pub connections: u64,
    /// Targets that opened a WebSocket.
    pub found: u64,
}

/// A target, and how many connections are made to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Job {
    /// Where it is.
    pub address: SocketAddrV4,
    /// So many.
    pub connections: u64,
}

impl Job {
    /// The line of a list that says it.
    #[must_use]
    pub fn line(&self) -> String {
        format!("{} {}\n", self.address, self.connections)
    }

    fn parse(line: &str) -> Result<Self> {
        let (address, connections) = line.split_once(' ').context("a line has an address and a number")?;
        Ok(Self { address: address.parse()?, connections: connections.parse()? })
    }
}

/// How one connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// There was none.
    Unreachable,
    /// Whatever was answered, it was no 101.
    Refused,
    /// A WebSocket was opened.
    Opened,
}

/// Asks a list, and prints what it came to as JSON.
pub async fn run(plan: &Plan) -> Result<()> {
    descriptors::raise()?;
    let tally = ask_all(read(&plan.list)?, plan).await;
    println!("{}", serde_json::to_string(&tally)?);
    Ok(())
}

fn read(list: &Path) -> Result<Vec<Job>> {
    let text = std::fs::read_to_string(list).with_context(|| format!("cannot read `{}`", list.display()))?;
    text.lines().map(Job::parse).collect()
}

/// Asks all targets, so many at a time.
pub async fn ask_all(jobs: Vec<Job>, plan: &Plan) -> Tally {
    let (jobs, next) = (Arc::new(jobs), Arc::new(AtomicUsize::new(0)));
    let timeout = Duration::from_millis(plan.timeout);
    let connections = plan.connections.max(1);
    let worker = || {
        let (jobs, next) = (Arc::clone(&jobs), Arc::clone(&next));
        tokio::spawn(async move {
            let mut tally = Tally::default();
            while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                tally.add(&ask(*job, connections, timeout).await);
            }
            tally
        })
    };
    let workers: Vec<_> = (0..plan.concurrency.clamp(1, jobs.len().max(1))).map(|_| worker()).collect();
    let mut all = Tally::default();
    for worker in workers {
        // What a worker did not come to is missing in the tally, which shows.
        all.add(&worker.await.unwrap_or_default());
    }
    all
}

async fn ask(job: Job, connections: usize, timeout: Duration) -> Tally {
    let asked = stream::iter(0..job.connections).map(|_| ask_once(job.address, timeout));
    let endings: Vec<Ending> = asked.buffer_unordered(connections).collect().await;
    let made = endings.iter().filter(|ending| **ending != Ending::Unreachable).count();
    Tally { targets: 1, connections: made as u64, found: u64::from(endings.contains(&Ending::Opened)) }
}

async fn ask_once(address: SocketAddrV4, timeout: Duration) -> Ending {
    let connected = tokio::time::timeout(timeout, TcpStream::connect(address)).await;
    let Ok(Ok(stream)) = connected else { return Ending::Unreachable };
    let head = tokio::time::timeout(timeout, head(stream, address)).await;
    match head {
        Ok(Ok(head)) if head.starts_with(b"HTTP/1.1 101 ") => Ending::Opened,
        _ => Ending::Refused,
    }
}

/// The head of the answer, as far as it comes.
async fn head(mut stream: TcpStream, address: SocketAddrV4) -> std::io::Result<Vec<u8>> {
    stream.set_nodelay(true)?;
    stream.write_all(&handshake::request(address)).await?;
    let mut head = Vec::with_capacity(READ);
    while !head.windows(4).any(|four| four == b"\r\n\r\n") && head.len() < LONGEST {
        if stream.read_buf(&mut head).await? == 0 {
            break;
        }
    }
    Ok(head)
}

impl Tally {
    fn add(&mut self, other: &Self) {
        self.targets += other.targets;
        self.connections += other.connections;
        self.found += other.found;
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;
    use crate::bench::farm::{Farm, Kind};

    #[tokio::test]
    async fn what_is_asked_found_and_connected_is_counted() {
        let farm = Farm::start(Duration::from_millis(1)).unwrap();
        let job = |(last, (kind, connections)): (u8, (Kind, u64))| {
            let address = SocketAddrV4::new(Ipv4Addr::new(127, 1, 0, last), farm.ports[kind]);
            Job { address, connections }
        };
        let kinds = [
            (Kind::Tungstenite, 12),
            (Kind::NotFound, 3),
            (Kind::Closed, 2),
            (Kind::Closing, 1),
            (Kind::Silent, 1),
            (Kind::Abrupt, 1),
        ];
        let jobs = (1..).zip(kinds).map(job).collect();
        let plan = Plan { list: PathBuf::new(), concurrency: 4, connections: 8, timeout: 300 };
        assert_eq!(ask_all(jobs, &plan).await, Tally { targets: 6, connections: 18, found: 2 });
        assert_eq!(ask_all(Vec::new(), &plan).await, Tally::default());
    }

    #[test]
    fn jobs_are_lines() {
        let job = Job { address: "127.1.0.1:2".parse().unwrap(), connections: 3 };
        assert_eq!(job.line(), "127.1.0.1:2 3\n");
        assert_eq!(Job::parse(job.line().trim_end()).unwrap(), job);
        assert!(Job::parse("127.1.0.1:2").is_err());
    }
}
