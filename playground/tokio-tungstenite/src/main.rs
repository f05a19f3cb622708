//! The smallest server on tokio-tungstenite: `accept_async` with its defaults, and the playground's three applications.
//!
//! Runs in a container, or on the host as a plain process where there is no container engine.

use std::env;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{signal, SignalKind};
use tokio::time::{interval, MissedTickBehavior};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{accept_async, WebSocketStream};

type Socket = WebSocketStream<TcpStream>;

#[derive(Clone, Copy)]
enum App {
    Echo,
    Sink,
    Push,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let app = match env::var("APP").as_deref() {
        Ok("sink") => App::Sink,
        Ok("push") => App::Push,
        Ok("echo") | Err(_) => App::Echo,
        Ok(other) => panic!("APP is echo, sink or push, not {other:?}"),
    };
    let port: u16 = env::var("PORT").expect("PORT is set").parse().expect("PORT is a port number");
    let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("the port is free");
    // PID 1 of a container has no default action for SIGTERM.
    let mut stop = signal(SignalKind::terminate()).expect("SIGTERM can be handled");
    loop {
        tokio::select! {
            _ = stop.recv() => return,
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    tokio::spawn(serve(stream, app));
                }
            }
        }
    }
}

async fn serve(stream: TcpStream, app: App) {
    let Ok(mut socket) = accept_async(stream).await else { return };
    // An error has ended the connection already; there is nobody to tell.
    let _ended = match app {
        App::Echo => echo(&mut socket).await,
        App::Sink => sink(&mut socket).await,
        App::Push => push(&mut socket).await,
    };
}

async fn echo(socket: &mut Socket) -> Result<(), Error> {
    while let Some(message) = socket.next().await {
        let message = message?;
        if message.is_text() || message.is_binary() {
            socket.send(message).await?;
        }
    }
    Ok(())
}

async fn sink(socket: &mut Socket) -> Result<(), Error> {
    while let Some(message) = socket.next().await {
        message?;
    }
    Ok(())
}

async fn push(socket: &mut Socket) -> Result<(), Error> {
    socket.send(Message::text("hello")).await?;
    let mut ticks = interval(Duration::from_millis(200));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks.tick().await; // The first is immediate.
    let mut count = 0u64;
    let mut closing = false;
    loop {
        tokio::select! {
            message = socket.next() => match message {
                // After the peer's Close only reading on finishes the closing handshake.
                Some(message) => closing |= message?.is_close(),
                None => return Ok(()),
            },
            _ = ticks.tick(), if !closing => {
                count += 1;
                socket.send(Message::text(format!("tick {count}"))).await?;
            }
        }
    }
}
