//! The smallest server on axum: its WebSocket extractor with the defaults.

use std::env;

use axum::extract::ws::{Message, WebSocketUpgrade};
use axum::http::{header, StatusCode};
use axum::response::IntoResponse;
use axum::routing::any;
use axum::Router;
use playground::Kind;

fn main() {
    let app = playground::app();
    let setting = env::var("SETTING").unwrap_or_default();
    let answer = move |upgrade: WebSocketUpgrade| async move {
        let upgrade = match setting.as_str() {
            "payload-limit" => upgrade.max_message_size(4096),
            "subprotocol" => upgrade.protocols(["chat"]),
            _ => upgrade,
        };
        let response =
            upgrade.on_upgrade(move |socket| playground::talk(socket, app, kind, |text| Message::Text(text.into())));
        // A client without the protocol would be served without. In 0.7 only the answer shows what was selected.
        if setting == "subprotocol" && !response.headers().contains_key(header::SEC_WEBSOCKET_PROTOCOL) {
            return StatusCode::BAD_REQUEST.into_response();
        }
        response
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
