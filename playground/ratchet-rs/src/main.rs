//! The smallest server on ratchet_rs: `accept` with its defaults, and the playground's three applications.

use bytes::BytesMut;
use playground::tokio::time::sleep;
use playground::{tokio, App, TcpStream};
use ratchet_rs::{Error, Message, NoExtDecoder, PayloadType, Receiver, WebSocketConfig};

fn main() {
    playground::serve(|stream, app| async move {
        // An error has ended the connection already; there is nobody to tell.
        drop(connection(stream, app).await);
    });
}

async fn connection(stream: TcpStream, app: App) -> Result<(), Error> {
    #[cfg(not(feature = "unbuffered"))]
    let upgrader = ratchet_rs::accept(stream, WebSocketConfig::default()).await?;
    // Until 1.0 it had a type parameter without a meaning.
    #[cfg(feature = "unbuffered")]
    let upgrader = ratchet_rs::accept::<_, ()>(stream, WebSocketConfig::default()).await?;
    let mut socket = upgrader.upgrade().await?.websocket;
    if app == App::Push {
        let (mut sender, receiver) = socket.split()?;
        let ticks = tokio::spawn(async move {
            for tick in 0.. {
                sender.write(playground::message(tick), PayloadType::Text).await?;
                #[cfg(not(feature = "unbuffered"))]
                sender.flush().await?;
                sleep(playground::TICK).await;
            }
            Ok::<(), Error>(())
        });
        let ended = sink(receiver).await;
        ticks.abort();
        return ended;
    }
    let mut buffer = BytesMut::new();
    loop {
        let kind = match socket.read(&mut buffer).await? {
            Message::Text => PayloadType::Text,
            Message::Binary => PayloadType::Binary,
            Message::Close(_) => return Ok(()),
            _ => continue,
        };
        if app == App::Echo {
            socket.write(&mut buffer, kind).await?;
            #[cfg(not(feature = "unbuffered"))]
            socket.flush().await?;
        }
        buffer.clear();
    }
}

async fn sink(mut receiver: Receiver<TcpStream, NoExtDecoder>) -> Result<(), Error> {
    let mut buffer = BytesMut::new();
    while !matches!(receiver.read(&mut buffer).await?, Message::Close(_)) {
        buffer.clear();
    }
    Ok(())
}
