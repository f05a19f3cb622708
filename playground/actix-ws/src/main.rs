//! The smallest server on actix-ws: its example, and the playground's two other applications.

use actix_web::rt::{self, System};
use actix_web::{web, Error, HttpRequest, HttpResponse, HttpServer};
use actix_ws::{AggregatedMessage, AggregatedMessageStream, Closed, Session};
use playground::futures_util::StreamExt;
use playground::tokio::time::sleep;
use playground::App;

fn main() {
    playground::exit_on_sigterm();
    let app = playground::app();
    let server =
        HttpServer::new(move || actix_web::App::new().app_data(web::Data::new(app)).route("/", web::get().to(answer)))
            .workers(1)
            .disable_signals()
            .bind(playground::address())
            .expect("the port is free");
    System::new().block_on(server.run()).expect("the server runs");
}

async fn answer(request: HttpRequest, body: web::Payload, app: web::Data<App>) -> Result<HttpResponse, Error> {
    let (response, session, stream) = actix_ws::handle(&request, body)?;
    rt::spawn(async move {
        let stream = stream.aggregate_continuations();
        let ticks = (*app.get_ref() == App::Push).then(|| rt::spawn(push(session.clone())));
        // An error has ended the connection already; there is nobody to tell.
        drop(read(session, stream, *app.get_ref()).await);
        if let Some(ticks) = ticks {
            ticks.abort();
        }
    });
    Ok(response)
}

/// As in the example, pings are the application's to answer, and the end of reading closes the session.
async fn read(mut session: Session, mut stream: AggregatedMessageStream, app: App) -> Result<(), Closed> {
    let mut reason = None;
    while let Some(Ok(message)) = stream.next().await {
        match message {
            AggregatedMessage::Text(text) if app == App::Echo => session.text(text).await?,
            AggregatedMessage::Binary(data) if app == App::Echo => session.binary(data).await?,
            AggregatedMessage::Ping(data) => session.pong(&data).await?,
            AggregatedMessage::Close(why) => {
                reason = why;
                break;
            }
            _ => {}
        }
    }
    session.close(reason).await
}

async fn push(mut session: Session) -> Result<(), Closed> {
    for tick in 0.. {
        session.text(playground::message(tick)).await?;
        sleep(playground::TICK).await;
    }
    Ok(())
}
