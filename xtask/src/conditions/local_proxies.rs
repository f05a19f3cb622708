//! What stands in front of a server inside this process: TLS, or a balancer that has two servers to choose from.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context as _, Result};
use stews::connection::{Connected, Dial, DialError};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::playground::containers::authority_and_path;

/// Takes TLS connections and passes what comes over them on to a server that speaks none; gone when dropped.
pub struct TlsFront {
    /// Where it serves.
    pub url: String,
    accepting: JoinHandle<()>,
}

impl TlsFront {
    /// One in front of the server at `backend`, with a certificate of its own that nobody has signed.
    pub async fn start(backend: &str) -> Result<Self> {
        let (authority, path) = authority_and_path(backend)?;
        let (authority, acceptor) = (authority.to_owned(), acceptor()?);
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("wss://{}{path}", listener.local_addr()?);
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(pass_on(acceptor.clone(), stream, authority.clone()));
            }
        });
        Ok(Self { url, accepting })
    }
}

impl Drop for TlsFront {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

fn acceptor() -> Result<TlsAcceptor> {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()])?;
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).map_err(anyhow::Error::msg)?;
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .context("the certificate does not fit its key")?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Both ways until both ends are done. A server that breaks the connection breaks it for the client too.
async fn pass_on(acceptor: TlsAcceptor, stream: TcpStream, backend: String) {
    let (Ok(mut near), Ok(mut far)) = (acceptor.accept(stream).await, TcpStream::connect(backend).await) else {
        return;
    };
    if copy_bidirectional(&mut near, &mut far).await.is_err() {
        // What cannot be set is a connection that is gone.
        let _ = near.get_ref().0.set_zero_linger();
    }
}

/// Two servers behind one address, each of which is dialled every other time.
pub struct Alternating<D> {
    servers: [D; 2],
    dials: AtomicUsize,
}

impl<D> Alternating<D> {
    /// The first server is dialled first.
    pub const fn new(servers: [D; 2]) -> Self {
        Self { servers, dials: AtomicUsize::new(0) }
    }
}

impl<D: Dial> Dial for Alternating<D> {
    async fn dial(&self) -> Result<Connected, DialError> {
        self.servers[self.dials.fetch_add(1, Ordering::SeqCst) % 2].dial().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::dial::connect;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    #[tokio::test]
    async fn tls_ends_in_front_and_the_ends_of_streams_are_passed_on() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let front = TlsFront::start(&format!("ws://{}/a", listener.local_addr().unwrap())).await.unwrap();
        assert!(front.url.starts_with("wss://127.0.0.1:") && front.url.ends_with("/a"));
        for broken in [false, true] {
            let mut near = connect(&front.url).unwrap().1.dial().await.unwrap().stream;
            let (mut server, _) = listener.accept().await.unwrap();
            near.write_all(b"to").await.unwrap();
            server.read_exact(&mut [0; 2]).await.unwrap();
            server.write_all(b"fro").await.unwrap();
            near.read_exact(&mut [0; 3]).await.unwrap();
            if broken {
                server.set_zero_linger().unwrap();
            }
            drop(server);
            assert_eq!(near.read(&mut [0]).await.is_err(), broken);
        }
    }

    #[tokio::test]
    async fn servers_take_turns() {
        let listeners =
            [TcpListener::bind("127.0.0.1:0").await.unwrap(), TcpListener::bind("127.0.0.1:0").await.unwrap()];
        let connectors = [0, 1].map(|place: usize| {
            let url = format!("ws://{}/", listeners[place].local_addr().unwrap());
            connect(&url).unwrap().1
        });
        let alternating = Alternating::new(connectors);
        for listener in [&listeners[0], &listeners[1], &listeners[0]] {
            let (dialled, accepted) = tokio::join!(alternating.dial(), listener.accept());
            assert!(dialled.is_ok() && accepted.is_ok());
        }
    }
}
