//! The smallest server on yawc: `WebSocket::upgrade` with its defaults, over hyper.

use std::convert::Infallible;

use http_body_util::Empty;
use playground::futures_util::StreamExt;
use playground::hyper::body::{Bytes, Incoming};
use playground::hyper::{Request, Response};
use playground::{tokio, App, Kind};
use yawc::frame::{Frame, OpCode};
use yawc::{WebSocket, WebSocketError};

fn main() {
    playground::serve_http(answer);
}

/// As in its documentation: a refused upgrade is the service's error, which ends the connection without an answer.
async fn answer(mut request: Request<Incoming>, app: App) -> Result<Response<Empty<Bytes>>, WebSocketError> {
    let (response, upgraded) = WebSocket::upgrade(&mut request)?;
    tokio::spawn(async move {
        let Ok(socket) = upgraded.await else { return };
        // Its stream ends at an error, and tells of none.
        playground::talk(socket.map(Ok::<Frame, Infallible>), app, kind, Frame::text).await;
    });
    Ok(response)
}

fn kind(frame: &Frame) -> Kind {
    match frame.opcode() {
        OpCode::Text | OpCode::Binary => Kind::Data,
        OpCode::Close => Kind::Close,
        _ => Kind::Other,
    }
}
