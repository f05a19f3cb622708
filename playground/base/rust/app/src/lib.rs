//! What the playground's Rust servers share: their settings, the accept loop, the end on SIGTERM, and the three applications
//! for a socket that is a stream and a sink of messages.

use std::env;
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::exit;
use std::thread;
use std::time::Duration;

use futures_util::{Sink, SinkExt, Stream, StreamExt};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{signal, SignalKind};
use tokio::time::{interval, MissedTickBehavior};

pub use futures_util;
#[cfg(feature = "http")]
pub use hyper;
#[cfg(feature = "http")]
pub use hyper_util;
pub use tokio;
pub use tokio::net::TcpStream;

/// How long the push application waits between two messages.
pub const TICK: Duration = Duration::from_millis(200);

/// What the server does with its clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum App {
    /// Every message back as it came.
    Echo,
    /// Reads, and never answers.
    Sink,
    /// Greets, sends a message every tick, and reads on.
    Push,
}

/// What a message is to an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text or binary.
    Data,
    /// The peer's Close.
    Close,
    /// Ping, pong, and whatever else the implementation shows.
    Other,
}

/// The application that `APP` asks for.
pub fn app() -> App {
    match env::var("APP").as_deref() {
        Ok("sink") => App::Sink,
        Ok("push") => App::Push,
        Ok("echo") | Err(_) => App::Echo,
        Ok(other) => panic!("APP is echo, sink or push, not {other:?}"),
    }
}

/// Where `PORT` asks to listen.
pub fn address() -> SocketAddr {
    let port: u16 = env::var("PORT").expect("PORT is set").parse().expect("PORT is a port number");
    (Ipv4Addr::LOCALHOST, port).into()
}

/// The listener that `PORT` asks for.
pub async fn listen() -> TcpListener {
    TcpListener::bind(address()).await.expect("the port is free")
}

/// What the push application says: first `hello`, then `tick 1` and so on.
pub fn message(tick: u64) -> String {
    if tick == 0 {
        "hello".to_owned()
    } else {
        format!("tick {tick}")
    }
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime can be made")
}

/// PID 1 of a container has no default action for SIGTERM.
async fn stopped() {
    signal(SignalKind::terminate()).expect("SIGTERM can be handled").recv().await;
}

/// Runs a server on one thread until it ends or SIGTERM comes.
pub fn run<T>(server: impl Future<Output = T>) {
    let runtime = runtime();
    runtime.block_on(async {
        tokio::select! {
            () = stopped() => {}
            _ = server => {}
        }
    });
    runtime.shutdown_background();
}

/// For servers that block or bring a runtime of their own: ends the process at SIGTERM.
pub fn exit_on_sigterm() {
    thread::spawn(|| {
        runtime().block_on(stopped());
        exit(0)
    });
}

/// Accepts connections, and serves each in a task.
pub fn serve<F, R>(connection: F)
where
    F: Fn(TcpStream, App) -> R,
    R: Future<Output = ()> + Send + 'static,
{
    let app = app();
    run(async {
        let listener = listen().await;
        loop {
            if let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(connection(stream, app));
            }
        }
    });
}

/// Serves HTTP/1.1 with hyper, and has each request answered.
#[cfg(feature = "http")]
pub fn serve_http<F, R, B, E>(answer: F)
where
    F: Fn(hyper::Request<hyper::body::Incoming>, App) -> R + Copy + Send + 'static,
    R: Future<Output = Result<hyper::Response<B>, E>> + Send,
    B: hyper::body::Body<Data: Send, Error: Into<Box<dyn std::error::Error + Send + Sync>>> + Send + 'static,
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    serve(move |stream, app| async move {
        let service = hyper::service::service_fn(move |request| answer(request, app));
        let stream = hyper_util::rt::TokioIo::new(stream);
        // An error has ended the connection already; there is nobody to tell.
        drop(hyper::server::conn::http1::Builder::new().serve_connection(stream, service).with_upgrades().await);
    });
}

/// Runs an application on a socket to the end, which an error has brought about already: there is nobody to tell.
pub async fn talk<S, M, E>(socket: S, app: App, kind: impl Fn(&M) -> Kind, text: impl Fn(String) -> M)
where
    S: Stream<Item = Result<M, E>> + Sink<M> + Unpin,
{
    let _ended = match app {
        App::Echo => echo(socket, kind).await,
        App::Sink => sink(socket).await,
        App::Push => push(socket, kind, text).await,
    };
}

async fn echo<S, M, E>(mut socket: S, kind: impl Fn(&M) -> Kind) -> Option<()>
where
    S: Stream<Item = Result<M, E>> + Sink<M> + Unpin,
{
    while let Some(message) = socket.next().await {
        let message = message.ok()?;
        if kind(&message) == Kind::Data {
            socket.send(message).await.ok()?;
        }
    }
    Some(())
}

async fn sink<M, E>(mut socket: impl Stream<Item = Result<M, E>> + Unpin) -> Option<()> {
    while let Some(message) = socket.next().await {
        message.ok()?;
    }
    Some(())
}

async fn push<S, M, E>(mut socket: S, kind: impl Fn(&M) -> Kind, text: impl Fn(String) -> M) -> Option<()>
where
    S: Stream<Item = Result<M, E>> + Sink<M> + Unpin,
{
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks.tick().await; // The first is immediate.
    socket.send(text(message(0))).await.ok()?;
    let mut count = 0u64;
    let mut closing = false;
    loop {
        tokio::select! {
            message = socket.next() => match message {
                // After the peer's Close only reading on finishes the closing handshake.
                Some(message) => closing |= kind(&message.ok()?) == Kind::Close,
                None => return Some(()),
            },
            _ = ticks.tick(), if !closing => {
                count += 1;
                socket.send(text(message(count))).await.ok()?;
            }
        }
    }
}
