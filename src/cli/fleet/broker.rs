//! The connection to the NATS server.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_nats::connection::State;
use async_nats::jetstream::{self, Context};
use async_nats::{ConnectErrorKind, ConnectOptions, Event, ServerAddr};
use serde_json::Value;

use super::super::args::Server;
use super::super::list::shown;
use super::super::output::{tell, warn};
use super::error::FleetError;
use crate::connection::percent_decoded;
use crate::target::shown::shown_in_error;

/// How long the server may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// A server that answers, and has JetStream.
#[derive(Clone)]
pub(super) struct Broker {
    pub(super) jetstream: Context,
    /// The most bytes that it takes in a message.
    pub(super) max_payload: usize,
}

impl Broker {
    /// Whether the server is there now, as far as is known.
    pub(super) fn is_connected(&self) -> bool {
        self.jetstream.client().connection_state() == State::Connected
    }
}

/// Connects; where the connection is lost later, it is made again, and that is told.
pub(super) async fn connect(args: &Server) -> Result<Broker, FleetError> {
    let addresses = addresses(&args.server)?;
    let server = name(&addresses);
    let options = known_by(options(args, server.clone()).await?, &addresses)?;
    let client = options.connect(addresses).await.map_err(|error| match error.kind() {
        ConnectErrorKind::AuthorizationViolation | ConnectErrorKind::Authentication => {
            FleetError::NotLetIn(server.clone())
        }
        _ => FleetError::Unreached { server: server.clone(), why: causes(&error) },
    })?;
    let max_payload = client.server_info().max_payload;
    let jetstream = jetstream::new(client);
    // What is in the answer depends on the server's version, and only whether there is one matters.
    let answer: Result<Value, _> = jetstream.request("INFO", &()).await;
    let why = match answer {
        Ok(answer) => answer.get("error").map(|error| error["description"].as_str().unwrap_or_default().to_owned()),
        Err(error) => Some(causes(&error)),
    };
    why.map_or(Ok(Broker { jetstream, max_payload }), |why| Err(FleetError::NoJetStream { server, why }))
}

/// The addresses of a text with commas between.
fn addresses(text: &str) -> Result<Vec<ServerAddr>, FleetError> {
    // A password in it is not told.
    let wrong = |url: &str| FleetError::Url(shown_in_error(url.rsplit('@').next().unwrap_or_default()));
    text.split(',').map(|url| url.trim().parse::<ServerAddr>().map_err(|_| wrong(url))).collect()
}

/// What they are called, without users and passwords.
fn name(addresses: &[ServerAddr]) -> String {
    let name = |address: &ServerAddr| format!("{}:{}", address.host(), address.port());
    addresses.iter().map(name).collect::<Vec<_>>().join(", ")
}

async fn options(args: &Server, server: String) -> Result<ConnectOptions, FleetError> {
    let mut options = ConnectOptions::new().name("stews").connection_timeout(PATIENCE);
    let is_lost = Arc::new(AtomicBool::new(false));
    options = options.event_callback(move |event| {
        let (is_lost, server) = (is_lost.clone(), server.clone());
        async move { tell_event(&event, &is_lost, &server) }
    });
    if let Some(file) = &args.creds {
        let read = options.credentials_file(file).await;
        options = read.map_err(|error| file_error("--creds", file, error))?;
    }
    if let Some(file) = &args.nkey {
        let seed = std::fs::read_to_string(file).map_err(|error| file_error("--nkey", file, error))?;
        options = options.nkey(seed.trim().to_owned());
    }
    if let Some(file) = &args.nats_ca {
        readable("--nats-ca", file)?;
        options = options.add_root_certificates(file.clone());
    }
    if let (Some(certificate), Some(key)) = (&args.nats_cert, &args.nats_key) {
        readable("--nats-cert", certificate)?;
        readable("--nats-key", key)?;
        options = options.add_client_certificate(certificate.clone(), key.clone());
    }
    Ok(options)
}

/// Lets us in as the URL says, which async-nats leaves to us: a user with a password, or a token alone.
fn known_by(options: ConnectOptions, addresses: &[ServerAddr]) -> Result<ConnectOptions, FleetError> {
    let Some(address) = addresses.iter().find(|address| address.has_user_pass()) else { return Ok(options) };
    let wrong = || FleetError::Url(name(std::slice::from_ref(address)));
    let decoded = |text: &str| percent_decoded(text).ok_or_else(wrong);
    let user = decoded(address.username().unwrap_or_default())?;
    Ok(match address.password() {
        Some(password) => options.user_and_password(user, decoded(password)?),
        None => options.token(user),
    })
}

fn file_error(option: &'static str, file: &Path, error: std::io::Error) -> FleetError {
    FleetError::File { option, file: shown(file), error }
}

/// Told before anything is connected to, so that it is not taken for a fault of the server.
fn readable(option: &'static str, file: &Path) -> Result<(), FleetError> {
    std::fs::File::open(file).map(|_| ()).map_err(|error| file_error(option, file, error))
}

fn tell_event(event: &Event, is_lost: &AtomicBool, server: &str) {
    match event {
        Event::Disconnected if !is_lost.swap(true, Ordering::Relaxed) => {
            warn(&format!("the connection to the NATS server at {server} is lost; trying again until it is there"));
        }
        Event::Connected if is_lost.swap(false, Ordering::Relaxed) => {
            tell("note", &format!("the NATS server at {server} is there again"));
        }
        Event::ServerError(error) => warn(&format!("the NATS server says: {error}")),
        _ => {}
    }
}

/// An error with what led to it, each cause once.
fn causes(error: &dyn std::error::Error) -> String {
    let (mut words, mut next) = (error.to_string(), error.source());
    while let Some(cause) = next {
        let cause_words = cause.to_string();
        if !words.contains(&cause_words) {
            words = format!("{words}: {cause_words}");
        }
        next = cause.source();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_password_is_told() {
        let both = addresses("nats://me:secret@127.0.0.1:4223, tls://example.org").unwrap();
        assert_eq!(name(&both), "127.0.0.1:4223, example.org:4222");
        for text in ["nats://me:secret@[", "gopher://me:secret@h", "nats://me:secret@h:99999"] {
            let error = addresses(text).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(error.contains("is no URL of a NATS server") && !error.contains("secret"), "{text}: {error}");
        }
    }
}
