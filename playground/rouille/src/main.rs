//! The smallest server on rouille's own WebSockets.

use std::thread;

use playground::App;
use rouille::websocket::{self, Message, Websocket};
use rouille::{start_server, try_or_400};

fn main() {
    playground::exit_on_sigterm();
    let app = playground::app();
    start_server(playground::address(), move |request| {
        let (response, socket) = try_or_400!(websocket::start::<&str>(request, None));
        thread::spawn(move || {
            // The socket comes once the response has been sent.
            if let Ok(socket) = socket.recv() {
                talk(socket, app);
            }
        });
        response
    });
}

fn talk(mut socket: Websocket, app: App) {
    while let Some(message) = socket.next() {
        let sent = match message {
            _ if app != App::Echo => Ok(()),
            Message::Text(text) => socket.send_text(&text),
            Message::Binary(data) => socket.send_binary(&data),
        };
        if sent.is_err() {
            return;
        }
    }
}
