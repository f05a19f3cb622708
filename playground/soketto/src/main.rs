//! The smallest server on soketto: the handshake of its documentation, and the playground's three applications.

use playground::tokio::time::sleep;
use playground::{tokio, App, TcpStream};
use soketto::connection::Error;
use soketto::handshake::server::Response;
use soketto::handshake::Server;
use soketto::{Data, Receiver, Sender};
use tokio_util::compat::{Compat, TokioAsyncReadCompatExt};

type Stream = Compat<TcpStream>;

fn main() {
    playground::serve(|stream, app| async move {
        let mut server = Server::new(stream.compat());
        let Ok(key) = server.receive_request().await.map(|request| request.key()) else { return };
        if server.send_response(&Response::Accept { key, protocol: None }).await.is_err() {
            return;
        }
        let (sender, receiver) = server.into_builder().finish();
        // An error has ended the connection already; there is nobody to tell.
        let _ended = match app {
            App::Echo => echo(sender, receiver).await,
            App::Sink => sink(receiver).await,
            App::Push => {
                let ticks = tokio::spawn(push(sender));
                let ended = sink(receiver).await;
                ticks.abort();
                ended
            }
        };
    });
}

async fn echo(mut sender: Sender<Stream>, mut receiver: Receiver<Stream>) -> Result<(), Error> {
    let mut message = Vec::new();
    loop {
        message.clear();
        match receiver.receive_data(&mut message).await? {
            // As in its example: whether text is UTF-8 is for the application to see.
            Data::Text(_) => match std::str::from_utf8(&message) {
                Ok(text) => sender.send_text(text).await?,
                Err(_) => return Ok(()),
            },
            Data::Binary(_) => sender.send_binary(&message).await?,
        }
        sender.flush().await?;
    }
}

async fn sink(mut receiver: Receiver<Stream>) -> Result<(), Error> {
    let mut message = Vec::new();
    loop {
        message.clear();
        receiver.receive_data(&mut message).await?;
    }
}

async fn push(mut sender: Sender<Stream>) -> Result<(), Error> {
    for tick in 0.. {
        sender.send_text(playground::message(tick)).await?;
        sender.flush().await?;
        sleep(playground::TICK).await;
    }
    Ok(())
}
