//! TLS by rustls: ALPN `http/1.1` alone, the system's trust store or the user's, or no checks at all.

use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::Poll;
use std::time::Duration;

use rustls::client::Resumption;
use rustls::crypto::{ActiveKeyExchange, SupportedKxGroup, ring};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, Error, InvalidMessage, NamedGroup, ProtocolVersion};
use tokio::io::{AsyncBufRead as _, BufReader};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::error::shortened;
use super::identity::Shown;
use super::options::ConnectOptions;
use super::tls_error::TlsError;
use super::tls_facts::facts;
use super::{trust, verify};
use crate::target::{Host, Target};
use crate::wire::TlsFacts;
use crate::wire::escape::printable;

/// What is read ahead to see how a server takes a handshake.
const AHEAD: usize = 512;

/// The most time to wait for that.
const VERDICT: Duration = Duration::from_secs(1);

/// How many tickets are kept for a target: those of one server.
const TICKETS: usize = 8;

/// A stream within TLS.
pub(super) type Secured = BufReader<TlsStream<TcpStream>>;

/// Opens TLS to one target.
pub(super) struct Client {
    connector: TlsConnector,
    name: ServerName<'static>,
    shown: Arc<Shown>,
    /// Whether a handshake was taken to its end.
    taken: AtomicBool,
    /// What the first handshake that was taken came to.
    facts: OnceLock<TlsFacts>,
}

impl Client {
    /// One for a target, with what all targets share.
    pub(super) fn new(target: &Target, options: &ConnectOptions, shared: &ClientConfig) -> Result<Self, TlsError> {
        let shown = Arc::new(Shown::new(options.identity.clone()));
        let mut config = shared.clone();
        config.client_auth_cert_resolver = shown.clone();
        // Of this target alone: whether a server wants a certificate is seen where no session is taken up that another target began.
        config.resumption = Resumption::in_memory_sessions(TICKETS);
        let connector = TlsConnector::from(Arc::new(config));
        Ok(Self {
            connector,
            name: server_name(target, options)?,
            shown,
            taken: AtomicBool::new(false),
            facts: OnceLock::new(),
        })
    }

    /// Opens TLS on a stream; `deadline` is when it must be open.
    pub(super) async fn handshake(&self, stream: TcpStream, deadline: Instant) -> Result<Secured, TlsError> {
        let stream = self.connector.connect(self.name.clone(), stream).await.map_err(|error| self.failed(&error))?;
        let mut stream = BufReader::with_capacity(AHEAD, stream);
        if self.is_in_doubt(&stream) {
            // To say nothing is to take it, which must not be told as a deadline that was missed.
            self.verdict(&mut stream, deadline.saturating_duration_since(Instant::now()) / 2).await?;
        }
        if !self.taken.swap(true, Ordering::Relaxed)
            && let Some(facts) = facts(stream.get_ref().get_ref().1)
        {
            // Whoever was first has told as much.
            let _ = self.facts.set(facts);
        }
        Ok(stream)
    }

    /// How TLS was spoken in the first handshake that was taken.
    pub(super) fn facts(&self) -> Option<&TlsFacts> {
        self.facts.get()
    }

    /// In TLS 1.3 a handshake ends for us before the server has seen whether it got the certificate that it wants.
    fn is_in_doubt(&self, stream: &Secured) -> bool {
        let version = stream.get_ref().get_ref().1.protocol_version();
        self.shown.was_wanted() && version == Some(ProtocolVersion::TLSv1_3) && !self.taken.load(Ordering::Relaxed)
    }

    /// Waits for an alert, or for whatever shows that there will be none.
    async fn verdict(&self, stream: &mut Secured, left: Duration) -> Result<(), TlsError> {
        let read = std::future::poll_fn(|context| {
            let read = Pin::new(&mut *stream).poll_fill_buf(context).map_ok(|bytes| !bytes.is_empty());
            // A ticket is for whom the server takes.
            let has_ticket = || stream.get_ref().get_ref().1.tls13_tickets_received() > 0;
            if read.is_pending() && has_ticket() { Poll::Ready(Ok(true)) } else { read }
        });
        match timeout(VERDICT.min(left), read).await {
            Err(_) | Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) => Err(self.failed(&io::ErrorKind::UnexpectedEof.into())),
            Ok(Err(error)) => Err(self.failed(&error)),
        }
    }

    /// What went wrong, seen in the light of a client certificate that was wanted.
    fn failed(&self, error: &io::Error) -> TlsError {
        let fault = failed(error);
        let refused = matches!(fault, TlsError::Alert { .. } | TlsError::HungUp | TlsError::Reset);
        if !(refused && self.shown.was_wanted()) || self.taken.load(Ordering::Relaxed) {
            return fault;
        }
        if self.shown.has_identity() {
            TlsError::ClientCertificateRefused(fault.to_string())
        } else {
            TlsError::ClientCertificateWanted
        }
    }
}

/// What all targets share: roots, algorithms, how certificates are checked.
pub(super) fn shared(options: &ConnectOptions) -> Result<ClientConfig, TlsError> {
    let mut provider = ring::default_provider();
    if options.insecure {
        provider.kx_groups.push(&InNameAlone);
    }
    let provider = Arc::new(provider);
    let builder = ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| TlsError::Other(error.to_string()))?;
    let verifier = if options.insecure {
        verify::accept_any()
    } else {
        let roots = trust::roots(&options.extra_roots, options.only_extra_roots)?;
        verify::by_roots(roots, &options.extra_roots, provider)?
    };
    let builder = builder.dangerous().with_custom_certificate_verifier(verifier);
    let mut config = builder.with_client_cert_resolver(Arc::new(Shown::new(options.identity.clone())));
    // A client that offers h2 gets an h2 server, and the Upgrade fails.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// A group that is offered and cannot be used: before TLS 1.3 a server shows no certificate with a key of a group that was not offered (RFC 8422
/// section 5.1). It stands last, so that no server chooses it for more.
#[derive(Debug)]
struct InNameAlone;

impl SupportedKxGroup for InNameAlone {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        Err(Error::General("the server wants a key exchange by secp521r1, which is not spoken here".to_owned()))
    }

    fn name(&self) -> NamedGroup {
        NamedGroup::secp521r1
    }
}

/// What the certificate must be for, and SNI (RFC 6066 section 3): rustls sends none for an address.
fn server_name(target: &Target, options: &ConnectOptions) -> Result<ServerName<'static>, TlsError> {
    let name = match (&options.server_name, target.host()) {
        (Some(name), _) => name.clone(),
        (None, Host::V4(address)) => return Ok(ServerName::from(IpAddr::V4(*address))),
        (None, Host::V6(address)) => return Ok(ServerName::from(IpAddr::V6(*address))),
        (None, Host::Name(name)) => target.sni().unwrap_or(name).to_owned(),
    };
    let wrong = |_| TlsError::Other(format!("`{}` cannot be a TLS server name", printable(&name)));
    ServerName::try_from(name.clone()).map_err(wrong)
}

/// What went wrong in a handshake.
fn failed(error: &io::Error) -> TlsError {
    let cause = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    match cause {
        Some(Error::InvalidCertificate(why)) => TlsError::Certificate(verify::distrust(why)),
        Some(Error::InvalidMessage(
            InvalidMessage::HandshakePayloadTooLarge | InvalidMessage::CertificatePayloadTooLarge,
        )) => TlsError::Other("the server's certificates are longer than is read".to_owned()),
        Some(Error::InvalidMessage(_)) => TlsError::NotTls,
        Some(Error::AlertReceived(alert)) => TlsError::of_alert(u8::from(*alert)),
        Some(other) => TlsError::Other(shortened(&other.to_string())),
        None => match error.kind() {
            io::ErrorKind::UnexpectedEof => TlsError::HungUp,
            io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => TlsError::Reset,
            _ => TlsError::Other(shortened(&error.to_string())),
        },
    }
}
