//! The smallest server on axum: its WebSocket extractor with the defaults.

use axum::extract::ws::{Message, WebSocketUpgrade};
use axum::routing::any;
use axum::Router;
use playground::Kind;

fn main() {
    let app = playground::app();
    let answer = move |upgrade: WebSocketUpgrade| async move {
        upgrade.on_upgrade(move |socket| playground::talk(socket, app, kind, |text| Message::Text(text.into())))
    };
    let router = Router::new().route("/", any(answer));
    playground::run(async { axum::serve(playground::listen().await, router).await });
}

fn kind(message: &Message) -> Kind {
    match message {
        Message::Text(_) | Message::Binary(_) => Kind::Data,
        Message::Close(_) => Kind::Close,
        _ => Kind::Other,
    }
}
