//! The smallest server on fastwebsockets: its example echo server over hyper, and the playground's two other applications.
//!
//! Runs in a container, or on the host as a plain process where there is no container engine.

use std::convert::Infallible;
use std::sync::Arc;

use fastwebsockets::upgrade::{self, UpgradeFut};
use fastwebsockets::{FragmentCollector, FragmentCollectorRead, Frame, OpCode, Payload, WebSocketError};
use http_body_util::Empty;
use playground::hyper::body::{Bytes, Incoming};
use playground::hyper::{Request, Response};
use playground::tokio::sync::Mutex;
use playground::tokio::time::sleep;
use playground::{tokio, App};

fn main() {
    playground::serve_http(answer);
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
        for tick in 0.. {
            let frame = Frame::text(Payload::Owned(playground::message(tick).into_bytes()));
            if writer.lock().await.write_frame(frame).await.is_err() {
                return;
            }
            sleep(playground::TICK).await;
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
