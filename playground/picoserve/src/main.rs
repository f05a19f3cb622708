//! The smallest server on picoserve: its WebSocket example, and the playground's two other applications.

use std::rc::Rc;

use picoserve::futures::Either;
use picoserve::io::{Read, Write};
use picoserve::response::ws::{Message, SocketRx, SocketTx, WebSocketCallback};
use picoserve::response::WebSocketUpgrade;
use picoserve::routing::get;
use picoserve::{Config, Router, Server, Timeouts};
use playground::tokio::task::{spawn_local, LocalSet};
use playground::tokio::time::{sleep_until, Instant};
use playground::App;

struct Connection(App);

fn main() {
    let app = playground::app();
    let answer = move |upgrade: WebSocketUpgrade| async move { upgrade.on_upgrade(Connection(app)) };
    // Its futures stay on their thread.
    playground::run(LocalSet::new().run_until(async move {
        let router = Rc::new(Router::new().route("/", get(answer)));
        let listener = playground::listen().await;
        loop {
            let Ok((stream, _)) = listener.accept().await else { continue };
            let router = Rc::clone(&router);
            spawn_local(async move {
                let timeouts = Timeouts {
                    start_read_request: None,
                    persistent_start_read_request: None,
                    read_request: None,
                    write: None,
                };
                // An error has ended the connection already; there is nobody to tell.
                drop(Server::new(&router, &Config::new(timeouts), &mut [0; 8192]).serve(stream).await);
            });
        }
    }));
}

impl WebSocketCallback for Connection {
    /// As in the example: pings are the application's to answer, and a Close or an error is answered with a Close.
    async fn run<R: Read, W: Write<Error = R::Error>>(
        self,
        mut rx: SocketRx<R>,
        mut tx: SocketTx<W>,
    ) -> Result<(), W::Error> {
        let mut buffer = vec![0; 1 << 16];
        let mut next = Instant::now();
        let mut count = 0;
        loop {
            let tick = async {
                if self.0 != App::Push {
                    std::future::pending::<()>().await;
                }
                sleep_until(next).await;
            };
            match rx.next_message(&mut buffer, Box::pin(tick)).await? {
                Either::First(Ok(Message::Text(text))) if self.0 == App::Echo => tx.send_text(text).await?,
                Either::First(Ok(Message::Binary(data))) if self.0 == App::Echo => tx.send_binary(data).await?,
                Either::First(Ok(Message::Ping(data))) => tx.send_pong(data).await?,
                Either::First(Ok(Message::Close(_))) => return tx.close(None).await,
                Either::First(Ok(_)) => continue,
                Either::First(Err(error)) => return tx.close((error.code(), "Websocket Error")).await,
                Either::Second(()) => {
                    tx.send_text(&playground::message(count)).await?;
                    count += 1;
                    next = Instant::now() + playground::TICK;
                }
            }
        }
    }
}
