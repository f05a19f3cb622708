//! From a target to a byte stream: names, TCP, proxies on our side, TLS; every step within one deadline.

mod der;
mod error;
mod error_kind;
mod identity;
mod options;
mod proxy;
mod reach;
mod resolver;
mod route;
mod socks;
mod tls;
mod tls_error;
mod tls_facts;
mod trust;
mod verify;

use std::net::SocketAddr;
use std::sync::OnceLock;
use std::time::Duration;

pub use error::{DialError, Stage, TunnelError};
pub use error_kind::DialErrorKind;
pub use identity::{Identity, IdentityError};
pub use options::ConnectOptions;
#[cfg(feature = "nats")]
pub(crate) use proxy::percent_decoded;
pub use proxy::{Proxy, ProxyError};
use reach::{Reach, Reached};
pub use resolver::{AddressFilter, Family, Lookup, Resolver, system_resolver};
pub use route::{KnownAddresses, Redirect, RouteError};
pub use tls_error::{CertificateError, TlsError};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, timeout};
pub use trust::{Certificate, PemError, system_trust};

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

/// Dials one target. Its name, or that of the proxy, is looked up once, and the address that worked first is used for all connections.
pub struct Connector {
    host: Host,
    port: u16,
    /// The target's, or the proxy's if there is one.
    reach: Reach,
    timeout: Duration,
    proxy: Option<Proxy>,
    tls: Option<tls::Client>,
    checks_certificates: bool,
}

/// Makes connectors that share what need not be made for each target: how TLS is spoken, and whom we trust.
#[derive(Debug)]
pub struct Connectors {
    options: ConnectOptions,
    tls: OnceLock<Result<rustls::ClientConfig, TlsError>>,
}

impl Connectors {
    /// Some that connect so.
    #[must_use]
    pub const fn new(options: ConnectOptions) -> Self {
        Self { options, tls: OnceLock::new() }
    }

    /// How they connect.
    #[must_use]
    pub const fn options(&self) -> &ConnectOptions {
        &self.options
    }

    /// A connector for `target`; reads the trust store, once a process, if the target wants TLS.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn connector(&self, target: &Target) -> Result<Connector, DialError> {
        let client = || {
            let shared = self.tls.get_or_init(|| tls::shared(&self.options)).as_ref().map_err(Clone::clone)?;
            tls::Client::new(target, &self.options, shared)
        };
        let tls = match target.scheme() {
            Scheme::Ws => None,
            Scheme::Wss => Some(client().map_err(DialError::Tls)?),
        };
        Ok(Connector::with_tls(target, &self.options, tls))
    }
}

impl Connector {
    /// A connector for `target`; reads the trust store, once a process, if the target wants TLS. For many targets [`Connectors`] are cheaper.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(target: &Target, options: &ConnectOptions) -> Result<Self, DialError> {
        let client = || tls::Client::new(target, options, &tls::shared(options)?);
        let tls = match target.scheme() {
            Scheme::Ws => None,
            Scheme::Wss => Some(client().map_err(DialError::Tls)?),
        };
        Ok(Self::with_tls(target, options, tls))
    }

    fn with_tls(target: &Target, options: &ConnectOptions, tls: Option<tls::Client>) -> Self {
        let own = || (target.host().clone(), target.port());
        let redirected = options.redirects.iter().find_map(|redirect| redirect.apply(target.host(), target.port()));
        let (host, port) = redirected.unwrap_or_else(own);
        let zone = target.zone().filter(|_| host == *target.host());
        let reach = match &options.proxy {
            None => Reach::new(&host.to_string(), zone, port, options),
            Some(proxy) => Reach::new(&proxy.host, None, proxy.port, options).unfiltered(),
        };
        let checks_certificates = !options.insecure;
        Self { host, port, reach, timeout: options.timeout, proxy: options.proxy.clone(), tls, checks_certificates }
    }

    /// Looks the target up, where that was not done before and no proxy does; the address that is tried first.
    ///
    /// # Errors
    /// When it has none, or none that may be connected to.
    pub async fn look_up(&self) -> Result<Option<SocketAddr>, DialError> {
        if self.proxy.is_some() {
            return Ok(None);
        }
        let addresses = self.in_time(Instant::now(), Stage::Resolve, self.reach.addresses()).await?;
        Ok(addresses.first().copied())
    }

    /// The target's address that took the first connection and is used for all; none before that, nor where a proxy looks it up.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        self.reach.address().filter(|_| self.proxy.is_none())
    }

    /// How TLS was spoken on the first connection; none without TLS, nor before that.
    #[must_use]
    pub fn tls(&self) -> Option<crate::wire::TlsFacts> {
        self.tls.as_ref()?.facts().cloned()
    }

    /// Whether the target's certificate is checked; none without TLS.
    #[must_use]
    pub fn checks_certificate(&self) -> Option<bool> {
        self.tls.as_ref().map(|_| self.checks_certificates)
    }

    /// Looks the host up, connects, asks the proxy for a tunnel.
    async fn reach(&self, start: Instant) -> Result<Reached, DialError> {
        let Some(proxy) = &self.proxy else { return self.open(start, Stage::Resolve, Stage::Connect).await };
        let unreached = |error| match error {
            late @ DialError::Timeout { .. } => late,
            error => proxy.failed(TunnelError::Unreached(Box::new(error))),
        };
        let Reached { stream, connect_time } =
            self.open(start, Stage::ResolveProxy, Stage::Proxy).await.map_err(unreached)?;
        let tunnel = proxy.tunnel(stream, &self.host, self.port);
        Ok(Reached { stream: self.in_time(start, Stage::Tunnel, tunnel).await?, connect_time })
    }

    /// Looks a name up and connects.
    async fn open(&self, start: Instant, resolve: Stage, connect: Stage) -> Result<Reached, DialError> {
        let addresses = self.in_time(start, resolve, self.reach.addresses()).await?;
        let left = self.timeout.saturating_sub(start.elapsed());
        self.in_time(start, connect, self.reach.connect(addresses, left)).await
    }

    /// Bounds one stage by what is left of the deadline that began with `start`.
    async fn in_time<T>(
        &self,
        start: Instant,
        stage: Stage,
        future: impl Future<Output = Result<T, DialError>>,
    ) -> Result<T, DialError> {
        let host = || match &self.proxy {
            None => self.reach.name(),
            Some(_) => format!("{}:{}", self.host, self.port),
        };
        let late = |_| DialError::Timeout { host: host(), seconds: self.timeout.as_secs_f64(), stage };
        timeout(self.timeout.saturating_sub(start.elapsed()), future).await.map_err(late)?
    }
}

impl Dial for Connector {
    async fn dial(&self) -> Result<Connected, DialError> {
        let start = Instant::now();
        let Reached { stream, connect_time } = self.reach(start).await?;
        let Some(client) = &self.tls else {
            return Ok(Connected { stream: Box::new(stream), connect_time });
        };
        let handshake = async { client.handshake(stream, start + self.timeout).await.map_err(DialError::Tls) };
        let stream: BoxStream = Box::new(self.in_time(start, Stage::Tls, handshake).await?);
        Ok(Connected { stream, connect_time })
    }
}
