//! The smallest server on tokio-tungstenite: `accept_async` with its defaults.
//!
//! Runs in a container, or on the host as a plain process where there is no container engine.

use playground::{App, Kind, TcpStream};
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::Message;

fn main() {
    playground::serve(connection);
}

async fn connection(stream: TcpStream, app: App) {
    let Ok(socket) = accept_async(stream).await else { return };
    playground::talk(socket, app, kind, |text| Message::Text(text.into())).await;
}

fn kind(message: &Message) -> Kind {
    match message {
        Message::Text(_) | Message::Binary(_) => Kind::Data,
        Message::Close(_) => Kind::Close,
        _ => Kind::Other,
    }
}
