//! The smallest server on rust-websocket: its synchronous half, a thread a connection, and the playground's three applications.

use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{channel, RecvTimeoutError};
use std::thread;
use std::time::Instant;

use playground::App;
use websocket::server::upgrade::sync::IntoWs;
use websocket::{OwnedMessage, WebSocketError};

fn main() {
    playground::exit_on_sigterm();
    let app = playground::app();
    let listener = TcpListener::bind(playground::address()).expect("the port is free");
    // As its `Server` does, but in a thread: that one reads each request before it accepts the next connection.
    for stream in listener.incoming().flatten() {
        // An error has ended the connection already; there is nobody to tell.
        thread::spawn(move || drop(connection(stream, app)));
    }
}

fn connection(stream: TcpStream, app: App) -> Result<(), WebSocketError> {
    let Ok(request) = stream.into_ws() else { return Ok(()) };
    let Ok(client) = request.accept() else { return Ok(()) };
    let (mut receiver, mut sender) = client.split()?;
    let (say, said) = channel::<OwnedMessage>();
    // Writes what the reader asks for, and the ticks between.
    let writer = thread::spawn(move || {
        for tick in 0.. {
            if app == App::Push {
                sender.send_message(&OwnedMessage::Text(playground::message(tick)))?;
            }
            let next = Instant::now() + playground::TICK;
            loop {
                match said.recv_timeout(next.saturating_duration_since(Instant::now())) {
                    Ok(message) => {
                        sender.send_message(&message)?;
                        if message.is_close() {
                            return Ok(());
                        }
                    }
                    Err(RecvTimeoutError::Timeout) => break,
                    Err(RecvTimeoutError::Disconnected) => return Ok(()),
                }
            }
        }
        Ok::<(), WebSocketError>(())
    });
    for message in receiver.incoming_messages() {
        let answer = match message {
            Ok(OwnedMessage::Close(_)) => OwnedMessage::Close(None),
            Ok(OwnedMessage::Ping(data)) => OwnedMessage::Pong(data),
            Ok(data @ (OwnedMessage::Text(_) | OwnedMessage::Binary(_))) if app == App::Echo => data,
            Ok(_) => continue,
            Err(_) => break,
        };
        let last = answer.is_close();
        if say.send(answer).is_err() || last {
            break;
        }
    }
    drop(say);
    drop(writer.join());
    Ok(())
}
