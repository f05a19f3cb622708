//! A server on loopback that plays a script on each connection.

use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::script::{Stage, Step, play};
use super::wire::{Bytes, Counted, Wire};

/// What is so when a connection is accepted.
#[derive(Clone, Copy)]
pub struct Moment {
    /// How many came before.
    pub before: usize,
    /// How many are open, this one included.
    pub open: usize,
}

type Choice = Arc<dyn Fn(Moment) -> Vec<Step> + Send + Sync>;

/// How a peer behaves.
#[derive(Clone)]
pub struct Manner {
    choose: Choice,
    tls: Option<Arc<ServerConfig>>,
    /// The pause before each accept; `None` where it never accepts.
    accepts: Option<Duration>,
}

impl Manner {
    /// Chooses a script for each connection.
    pub fn by(choose: impl Fn(Moment) -> Vec<Step> + Send + Sync + 'static) -> Self {
        Self { choose: Arc::new(choose), tls: None, accepts: Some(Duration::ZERO) }
    }

    /// The same script on each connection.
    pub fn always(script: Vec<Step>) -> Self {
        Self::by(move |_| script.clone())
    }

    /// One script after the other.
    pub fn turns(scripts: Vec<Vec<Step>>) -> Self {
        Self::by(move |moment| scripts[moment.before % scripts.len()].clone())
    }

    /// One script on the first connections, another on all others.
    pub fn after(first: usize, one: Vec<Step>, other: Vec<Step>) -> Self {
        Self::by(move |moment| if moment.before < first { one.clone() } else { other.clone() })
    }

    /// One script for as many connections at a time, another for those beyond.
    pub fn at_most(most: usize, one: Vec<Step>, other: Vec<Step>) -> Self {
        Self::by(move |moment| if moment.open <= most { one.clone() } else { other.clone() })
    }

    /// One script where so much time has passed since it was played last, another where not.
    pub fn one_each(pause: Duration, one: Vec<Step>, other: Vec<Step>) -> Self {
        let last: Mutex<Option<Instant>> = Mutex::new(None);
        Self::by(move |_| {
            let mut last = last.lock().unwrap();
            if last.is_some_and(|last| last.elapsed() < pause) {
                return other.clone();
            }
            *last = Some(Instant::now());
            one.clone()
        })
    }

    /// Within TLS.
    pub fn tls(mut self, config: Arc<ServerConfig>) -> Self {
        self.tls = Some(config);
        self
    }

    /// Accepts no more often than this.
    pub const fn accepts_each(mut self, pause: Duration) -> Self {
        self.accepts = Some(pause);
        self
    }

    /// Never accepts.
    pub const fn accepts_nobody(mut self) -> Self {
        self.accepts = None;
        self
    }
}

/// A peer that was started; it ends when it is dropped.
pub struct Peer {
    pub port: u16,
    shared: Arc<Shared>,
    task: tokio::task::JoinHandle<()>,
}

#[derive(Default)]
struct Shared {
    accepted: AtomicUsize,
    open: AtomicUsize,
    dead: AtomicBool,
    bytes: Arc<Bytes>,
}

/// What a peer counted.
#[derive(Clone, Copy, Default)]
pub struct Counts {
    pub accepted: usize,
    pub heard: u64,
    pub said: u64,
}

impl Peer {
    pub fn start(manner: &Manner) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        // What waits in a buffer of ours would count as received.
        socket.set_send_buffer_size(32 * 1024).unwrap();
        let listener = socket.listen(if manner.accepts.is_some() { 1024 } else { 0 }).unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared::default());
        let task = tokio::spawn(listen(listener, manner.clone(), shared.clone()));
        Self { port, shared, task }
    }

    pub fn counts(&self) -> Counts {
        Counts {
            accepted: self.shared.accepted.load(Ordering::SeqCst),
            heard: self.shared.bytes.heard.load(Ordering::SeqCst),
            said: self.shared.bytes.said.load(Ordering::SeqCst),
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn listen(listener: TcpListener, manner: Manner, shared: Arc<Shared>) {
    let Some(pause) = manner.accepts else { return std::future::pending().await };
    // Whatever still plays when the listener is dropped is ended with it.
    let mut playing = tokio::task::JoinSet::new();
    loop {
        tokio::time::sleep(pause).await;
        let Ok((stream, _)) = listener.accept().await else { continue };
        while playing.try_join_next().is_some() {}
        if shared.dead.load(Ordering::SeqCst) {
            return;
        }
        let before = shared.accepted.fetch_add(1, Ordering::SeqCst);
        let open = shared.open.fetch_add(1, Ordering::SeqCst) + 1;
        let script = (manner.choose)(Moment { before, open });
        let (shared, tls) = (shared.clone(), manner.tls.clone());
        playing.spawn(async move {
            serve(stream, script, Served { tls, number: before, shared: &shared }).await;
            shared.open.fetch_sub(1, Ordering::SeqCst);
        });
    }
}

struct Served<'a> {
    tls: Option<Arc<ServerConfig>>,
    number: usize,
    shared: &'a Shared,
}

async fn serve(stream: TcpStream, script: Vec<Step>, served: Served<'_>) {
    let counted = Counted::new(stream, served.shared.bytes.clone());
    let mut wire = match served.tls {
        None => Wire::plain(counted),
        Some(config) => match TlsAcceptor::from(config).accept(counted).await {
            Ok(stream) => Wire::tls(stream),
            Err(_) => return,
        },
    };
    let stage = Stage { number: served.number, dead: &served.shared.dead };
    // The other side hangs up early in many of the probes.
    let _ = play(&mut wire, &script, &stage).await;
}
