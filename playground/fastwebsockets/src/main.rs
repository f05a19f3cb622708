//! The smallest server on fastwebsockets: its example echo server over hyper, and the playground's two other applications.
//!
//! Runs in a container, or on the host as a plain process where there is no container engine.

use std::convert::Infallible;
use std::env;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use fastwebsockets::upgrade::{self, UpgradeFut};
use fastwebsockets::{FragmentCollector, FragmentCollectorRead, Frame, OpCode, Payload, WebSocketError};
use http_body_util::Empty;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::signal::unix::{signal, SignalKind};
use tokio::sync::Mutex;
use tokio::time::sleep;

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
                let Ok((stream, _)) = accepted else { continue };
                let service = service_fn(move |request| answer(request, app));
                let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades();
                // An error has ended the connection already; there is nobody to tell.
                tokio::spawn(async move { drop(connection.await) });
            }
        }
    }
}

/// As in the example: a refused upgrade is the service's error, which ends the connection without an answer.
async fn answer(mut request: Request<Incoming>, app: App) -> Result<Response<Empty<Bytes>>, WebSocketError> {
    let (response, upgraded) = upgrade::upgrade(&mut request)?;
    tokio::spawn(async move {
        drop(match app {
            App::Echo => echo(upgraded).await,
            App::Sink => sink(upgraded).await,
            App::Push => push(upgraded).await,
        });
    });
    Ok(response)
}

async fn echo(upgraded: UpgradeFut) -> Result<(), WebSocketError> {
    let mut socket = FragmentCollector::new(upgraded.await?);
    loop {
        let frame = socket.read_frame().await?;
        match frame.opcode {
            OpCode::Close => return Ok(()),
            OpCode::Text | OpCode::Binary => socket.write_frame(frame).await?,
            _ => {}
        }
    }
}

async fn sink(upgraded: UpgradeFut) -> Result<(), WebSocketError> {
    let mut socket = FragmentCollector::new(upgraded.await?);
    while socket.read_frame().await?.opcode != OpCode::Close {}
    Ok(())
}

async fn push(upgraded: UpgradeFut) -> Result<(), WebSocketError> {
    let (read, write) = upgraded.await?.split(tokio::io::split);
    let mut read = FragmentCollectorRead::new(read);
    let write = Arc::new(Mutex::new(write));
    let writer = Arc::clone(&write);
    let ticks = tokio::spawn(async move {
        let mut message = String::from("hello");
        for tick in 1u64.. {
            let frame = Frame::text(Payload::Owned(message.into_bytes()));
            if writer.lock().await.write_frame(frame).await.is_err() {
                return;
            }
            sleep(Duration::from_millis(200)).await;
            message = format!("tick {tick}");
        }
    });
    // What the reading half owes: pongs and the answer to a Close.
    let mut owed = |frame| {
        let write = Arc::clone(&write);
        async move {
            drop(write.lock().await.write_frame(frame).await);
            Ok::<(), Infallible>(())
        }
    };
    while read.read_frame(&mut owed).await.is_ok_and(|frame| frame.opcode != OpCode::Close) {}
    ticks.abort();
    Ok(())
}
