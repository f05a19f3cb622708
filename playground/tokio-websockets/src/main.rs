//! The smallest server on tokio-websockets: `ServerBuilder` with its defaults.

use playground::{App, Kind, TcpStream};
use tokio_websockets::{Message, ServerBuilder};

fn main() {
    playground::serve(connection);
}

async fn connection(stream: TcpStream, app: App) {
    let Ok(accepted) = ServerBuilder::new().accept(stream).await else { return };
    #[cfg(not(feature = "alone"))]
    let (_request, accepted) = accepted;
    playground::talk(accepted, app, kind, Message::text).await;
}

fn kind(message: &Message) -> Kind {
    if message.is_text() || message.is_binary() {
        Kind::Data
    } else if message.is_close() {
        Kind::Close
    } else {
        Kind::Other
    }
}
