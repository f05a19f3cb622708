//! The smallest server on warp: its `ws` filter with the defaults.

use playground::Kind;
use warp::ws::{Message, Ws};
use warp::Filter;

fn main() {
    let app = playground::app();
    let answer = warp::path::end()
        .and(warp::ws())
        .map(move |upgrade: Ws| upgrade.on_upgrade(move |socket| playground::talk(socket, app, kind, Message::text)));
    playground::run(async { warp::serve(answer).run(playground::address()).await });
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
