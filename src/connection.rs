//! From a target to a byte stream: TCP, proxies on our side, TLS; every step within one deadline.

mod proxy;
mod tls;

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

pub use proxy::{Proxy, ProxyError};
use rustls::pki_types::CertificateDer;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;

use crate::target::{Host, Scheme, Target};

/// Bytes both ways.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// Any byte stream.
pub type BoxStream = Box<dyn Stream>;

/// Opens connections to one target.
pub trait Dial: Send + Sync {
    /// Opens one.
    fn dial(&self) -> impl Future<Output = Result<Connected, DialError>> + Send;
}

/// An open connection.
pub struct Connected {
    /// The bytes, above TLS if there is any.
    pub stream: BoxStream,
    /// How long TCP took to connect: about one round trip (to the proxy, if there is one).
    pub connect_time: Duration,
}

/// How connections are made.
#[derive(Clone, Debug)]
pub struct ConnectOptions {
    /// Accept any certificate.
    pub insecure: bool,
    /// The most time one connection may take to be made.
    pub timeout: Duration,
    /// Go through this proxy.
    pub proxy: Option<Proxy>,
    /// Certificates to trust beside the system's.
    pub extra_roots: Vec<CertificateDer<'static>>,
}

/// Why a connection could not be made, in words for people.
#[derive(Debug, thiserror::Error)]
pub enum DialError {
    /// The name has no address.
    #[error("cannot find the address of {host}: {error}")]
    Resolve {
        /// The name.
        host: String,
        /// What the resolver said.
        error: io::Error,
    },
    /// Nobody listens there.
    #[error("connection refused by {0}: nothing listens on this port")]
    Refused(String),
    /// No answer in time.
    #[error("no connection to {host} within {seconds} s")]
    Timeout {
        /// Host and port.
        host: String,
        /// The deadline in seconds.
        seconds: f64,
    },
    /// TCP failed otherwise.
    #[error("cannot connect to {host}: {error}")]
    Tcp {
        /// Host and port.
        host: String,
        /// What the system said.
        error: io::Error,
    },
    /// TLS failed.
    #[error("the TLS handshake failed: {0}")]
    Tls(String),
    /// The proxy on our side failed.
    #[error("the proxy {proxy} failed: {why}")]
    Proxy {
        /// Host and port of the proxy.
        proxy: String,
        /// What it did.
        why: String,
    },
}

/// Dials one target.
pub struct Connector {
    host: Host,
    port: u16,
    timeout: Duration,
    proxy: Option<Proxy>,
    tls: Option<(TlsConnector, rustls::pki_types::ServerName<'static>)>,
}

impl Connector {
    /// A connector for `target`; reads the trust store if the target wants TLS.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(target: &Target, options: &ConnectOptions) -> Result<Self, DialError> {
        let tls = match target.scheme() {
            Scheme::Ws => None,
            Scheme::Wss => Some((tls::connector(options)?, tls::server_name(target.host())?)),
        };
        Ok(Self {
            host: target.host().clone(),
            port: target.port(),
            timeout: options.timeout,
            proxy: options.proxy.clone(),
            tls,
        })
    }

    fn address(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    async fn connect(&self) -> Result<Connected, DialError> {
        let (stream, connect_time) = match &self.proxy {
            None => tcp(&self.host.to_string(), self.port).await?,
            Some(proxy) => {
                let (stream, connect_time) = tcp(&proxy.host, proxy.port).await?;
                (proxy.tunnel(stream, &self.host, self.port).await?, connect_time)
            }
        };
        let stream: BoxStream = match &self.tls {
            None => Box::new(stream),
            Some((connector, name)) => {
                Box::new(connector.connect(name.clone(), stream).await.map_err(|error| tls::in_words(&error))?)
            }
        };
        Ok(Connected { stream, connect_time })
    }
}

impl Dial for Connector {
    async fn dial(&self) -> Result<Connected, DialError> {
        let late = |_| DialError::Timeout { host: self.address(), seconds: self.timeout.as_secs_f64() };
        timeout(self.timeout, self.connect()).await.map_err(late)?
    }
}

/// Connects to the first address that answers; the time is that of the connect that succeeded.
async fn tcp(host: &str, port: u16) -> Result<(TcpStream, Duration), DialError> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let resolve = |error| DialError::Resolve { host: host.to_owned(), error };
    let addresses: Vec<SocketAddr> = tokio::net::lookup_host((bare, port)).await.map_err(resolve)?.collect();
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for address in addresses {
        let start = Instant::now();
        match TcpStream::connect(address).await {
            Ok(stream) => {
                let connect_time = start.elapsed();
                // Without it Nagle's algorithm would hold back the second of two writes.
                stream.set_nodelay(true).map_err(|error| DialError::Tcp { host: format!("{host}:{port}"), error })?;
                return Ok((stream, connect_time));
            }
            Err(error) => last = error,
        }
    }
    let host = format!("{host}:{port}");
    Err(match last.kind() {
        io::ErrorKind::ConnectionRefused => DialError::Refused(host),
        _ => DialError::Tcp { host, error: last },
    })
}
