//! From a target to a byte stream: TCP, proxies on our side, TLS; every step within one deadline.

mod error;
mod proxy;
mod tls;

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::Duration;

pub use error::{CertificateError, DialError, DialErrorKind, Stage, TlsError, TunnelError};
pub use proxy::{Proxy, ProxyError};
pub use tls::{Certificate, PemError};
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
    ///
    /// # Errors
    /// When it cannot be opened, whoever is to blame.
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
    pub extra_roots: Vec<Certificate>,
}

impl ConnectOptions {
    /// The default for the most time that a connection may take to be made.
    pub const TIMEOUT: Duration = Duration::from_secs(5);
}

impl Default for ConnectOptions {
    /// Certificates are checked, there is no proxy, and [`ConnectOptions::TIMEOUT`] is the limit.
    fn default() -> Self {
        Self { insecure: false, timeout: Self::TIMEOUT, proxy: None, extra_roots: Vec::new() }
    }
}

/// Dials one target; looks its name up anew for each connection.
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
            Scheme::Wss => Some(tls::client(target, options.insecure, &options.extra_roots).map_err(DialError::Tls)?),
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

    /// Looks the host up, connects, asks the proxy for a tunnel.
    async fn reach(&self, start: Instant) -> Result<(TcpStream, Duration), DialError> {
        let Some(proxy) = &self.proxy else {
            let host = self.host.to_string();
            return self.in_time(start, Stage::Connect, tcp(&host, self.port, self.timeout)).await;
        };
        let reached = tcp(&proxy.host, proxy.port, self.timeout);
        let reached = async { reached.await.map_err(|error| proxy.failed(TunnelError::Unreached(Box::new(error)))) };
        let (stream, connect_time) = self.in_time(start, Stage::Proxy, reached).await?;
        let tunnel = proxy.tunnel(stream, &self.host, self.port);
        Ok((self.in_time(start, Stage::Tunnel, tunnel).await?, connect_time))
    }

    /// Bounds one stage by what is left of the deadline that began with `start`.
    async fn in_time<T>(
        &self,
        start: Instant,
        stage: Stage,
        future: impl Future<Output = Result<T, DialError>>,
    ) -> Result<T, DialError> {
        let late = |_| DialError::Timeout { host: self.address(), seconds: self.timeout.as_secs_f64(), stage };
        timeout(self.timeout.saturating_sub(start.elapsed()), future).await.map_err(late)?
    }
}

impl Dial for Connector {
    async fn dial(&self) -> Result<Connected, DialError> {
        let start = Instant::now();
        let (stream, connect_time) = self.reach(start).await?;
        let Some((connector, name)) = &self.tls else {
            return Ok(Connected { stream: Box::new(stream), connect_time });
        };
        let handshake = connector.connect(name.clone(), stream);
        let handshake = async { handshake.await.map_err(|error| DialError::Tls(tls::failed(&error))) };
        let stream: BoxStream = Box::new(self.in_time(start, Stage::Tls, handshake).await?);
        Ok(Connected { stream, connect_time })
    }
}

/// Connects to a host, at best within `most`; the time is that of the connect that succeeded.
async fn tcp(host: &str, port: u16, most: Duration) -> Result<(TcpStream, Duration), DialError> {
    let begin = Instant::now();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let resolve = |error| match error::is_local(&error) {
        true => DialError::LocalResources { host: format!("{host}:{port}"), error },
        false => DialError::Resolve { host: host.to_owned(), error },
    };
    let addresses: Vec<SocketAddr> = tokio::net::lookup_host((bare, port)).await.map_err(resolve)?.collect();
    first_of(&addresses, most.saturating_sub(begin.elapsed())).await.map_err(|error| {
        let host = format!("{host}:{port}");
        match error.kind() {
            io::ErrorKind::ConnectionRefused => DialError::Refused(host),
            _ if error::is_local(&error) => DialError::LocalResources { host, error },
            _ => DialError::Tcp { host, error },
        }
    })
}

/// Connects; "no address of ours" is told apart: of a family that this machine has no address of, nothing is used up.
async fn connect(address: &SocketAddr) -> io::Result<TcpStream> {
    let failed = match TcpStream::connect(address).await {
        Err(error) if error.kind() == io::ErrorKind::AddrNotAvailable => error,
        result => return result,
    };
    // Connecting a datagram socket sends nothing, and needs an address of ours too, but hardly ever the last port.
    let any: IpAddr = if address.is_ipv6() { Ipv6Addr::UNSPECIFIED.into() } else { Ipv4Addr::UNSPECIFIED.into() };
    match UdpSocket::bind((any, 0)).and_then(|socket| socket.connect(address)) {
        Err(error) if error.kind() == io::ErrorKind::AddrNotAvailable => {
            Err(io::Error::new(io::ErrorKind::NetworkUnreachable, failed))
        }
        _ => Err(failed),
    }
}

/// Connects to the first address that answers.
async fn first_of(addresses: &[SocketAddr], most: Duration) -> io::Result<(TcpStream, Duration)> {
    let begin = Instant::now();
    let mut failure = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for (index, address) in addresses.iter().enumerate() {
        // Half of what is left, so that a dead address leaves time for the next; the last may use it up.
        let is_last = index + 1 == addresses.len();
        let share = if is_last { Duration::MAX } else { most.saturating_sub(begin.elapsed()) / 2 };
        let start = Instant::now();
        let error = match timeout(share, connect(address)).await {
            Ok(Ok(stream)) => {
                let connect_time = start.elapsed();
                // Without it Nagle's algorithm would hold back the second of two writes.
                stream.set_nodelay(true)?;
                return Ok((stream, connect_time));
            }
            Ok(Err(error)) => error,
            Err(late) => late.into(),
        };
        // A refusal says most: somebody was there.
        if failure.kind() != io::ErrorKind::ConnectionRefused {
            failure = error;
        }
    }
    Err(failure)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn all_addresses_are_tried() {
        let open = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (open_address, closed_address) = (open.local_addr().unwrap(), closed.local_addr().unwrap());
        drop(closed);
        let most = Duration::from_secs(1);
        let (stream, _) = first_of(&[closed_address, open_address], most).await.unwrap();
        assert_eq!(stream.peer_addr().unwrap(), open_address);
        assert!(stream.nodelay().unwrap());
        let error = first_of(&[closed_address, closed_address], most).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
        assert_eq!(first_of(&[], most).await.unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
