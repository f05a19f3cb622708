//! The smallest server on hyper-tungstenite: its example's upgrade, with the defaults of tungstenite.

use http_body_util::Full;
use hyper_tungstenite::tungstenite::error::ProtocolError;
use hyper_tungstenite::tungstenite::Message;
use hyper_tungstenite::{is_upgrade_request, upgrade};
use playground::hyper::body::{Bytes, Incoming};
use playground::hyper::{Request, Response};
use playground::{tokio, App, Kind};

fn main() {
    playground::serve_http(answer);
}

/// As in the example: what asks for no upgrade is plain HTTP, and a refused upgrade ends the connection.
async fn answer(mut request: Request<Incoming>, app: App) -> Result<Response<Full<Bytes>>, ProtocolError> {
    if !is_upgrade_request(&request) {
        return Ok(Response::new(Full::from("Hello HTTP!")));
    }
    let (response, socket) = upgrade(&mut request, None)?;
    tokio::spawn(async move {
        let Ok(socket) = socket.await else { return };
        playground::talk(socket, app, kind, |text| Message::Text(text.into())).await;
    });
    Ok(response)
}

fn kind(message: &Message) -> Kind {
    match message {
        Message::Text(_) | Message::Binary(_) => Kind::Data,
        Message::Close(_) => Kind::Close,
        _ => Kind::Other,
    }
}
