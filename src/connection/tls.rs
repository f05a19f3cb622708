//! TLS by rustls: ALPN `http/1.1` alone, the system's trust store, or no checks at all.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    AlertDescription, CertificateError as Distrust, ClientConfig, DigitallySignedStruct, Error, RootCertStore,
    SignatureScheme,
};
use tokio_rustls::TlsConnector;

use super::error::{CertificateError, TlsError};
use crate::target::{Host, Target};
use crate::wire::escape::printable;

/// An X.509 certificate to trust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate(CertificateDer<'static>);

/// A text that holds no certificates in PEM.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no certificates in PEM: {0}")]
pub struct PemError(String);

impl Certificate {
    /// One in DER. What is wrong with it is said where it is used.
    #[must_use]
    pub fn from_der(der: impl Into<Vec<u8>>) -> Self {
        Self(CertificateDer::from(der.into()))
    }

    /// All that a text in PEM (RFC 7468) holds; sections of other kinds are passed over.
    ///
    /// # Errors
    /// When it is not PEM, or holds none.
    pub fn from_pem(text: &[u8]) -> Result<Vec<Self>, PemError> {
        let read: Result<Vec<Self>, _> = CertificateDer::pem_slice_iter(text).map(|der| der.map(Self)).collect();
        match read {
            Ok(none) if none.is_empty() => Err(PemError("there is not one in it".to_owned())),
            Ok(certificates) => Ok(certificates),
            Err(error) => Err(PemError(printable(&error.to_string()))),
        }
    }
}

/// What opens TLS to a target, and the name that its certificate must be for.
pub(super) fn client(
    target: &Target,
    insecure: bool,
    extra_roots: &[Certificate],
) -> Result<(TlsConnector, ServerName<'static>), TlsError> {
    Ok((connector(insecure, extra_roots)?, server_name(target)?))
}

fn connector(insecure: bool, extra_roots: &[Certificate]) -> Result<TlsConnector, TlsError> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| TlsError::Other(error.to_string()))?;
    let mut config = if insecure {
        builder.dangerous().with_custom_certificate_verifier(Arc::new(AcceptAny(provider))).with_no_client_auth()
    } else {
        builder.with_root_certificates(roots(extra_roots)?).with_no_client_auth()
    };
    // A client that offers h2 gets an h2 server, and the Upgrade fails.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsConnector::from(Arc::new(config)))
}

/// The system's trust store, the bundled roots where it has none, and the extra ones.
fn roots(extra: &[Certificate]) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if added == 0 {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    for Certificate(der) in extra {
        let wrong = |error: Error| TlsError::Other(format!("an extra certificate cannot be trusted: {error}"));
        roots.add(der.clone()).map_err(wrong)?;
    }
    Ok(roots)
}

/// What the certificate must be for, and SNI (RFC 6066 section 3): rustls sends none for an address.
fn server_name(target: &Target) -> Result<ServerName<'static>, TlsError> {
    match target.host() {
        Host::V4(address) => Ok(ServerName::from(IpAddr::V4(*address))),
        Host::V6(address) => Ok(ServerName::from(IpAddr::V6(*address))),
        Host::Name(name) => ServerName::try_from(target.sni().unwrap_or(name).to_owned())
            .map_err(|_| TlsError::Other(format!("`{}` cannot be a TLS server name", printable(name)))),
    }
}

/// What went wrong in a handshake.
pub(super) fn failed(error: &io::Error) -> TlsError {
    let cause = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    match cause {
        Some(Error::InvalidCertificate(why)) => TlsError::Certificate(distrust(why)),
        Some(Error::InvalidMessage(_)) => TlsError::NotTls,
        Some(Error::AlertReceived(AlertDescription::ProtocolVersion)) => TlsError::Version,
        Some(Error::AlertReceived(alert)) => TlsError::Alert { code: u8::from(*alert), name: format!("{alert:?}") },
        Some(other) => TlsError::Other(printable(&other.to_string())),
        None => match error.kind() {
            io::ErrorKind::UnexpectedEof => TlsError::HungUp,
            io::ErrorKind::ConnectionReset => TlsError::Reset,
            _ => TlsError::Other(printable(&error.to_string())),
        },
    }
}

fn distrust(why: &Distrust) -> CertificateError {
    match why {
        Distrust::UnknownIssuer => CertificateError::UnknownIssuer,
        Distrust::Expired | Distrust::ExpiredContext { .. } => CertificateError::Expired,
        Distrust::NotValidYet | Distrust::NotValidYetContext { .. } => CertificateError::NotValidYet,
        Distrust::NotValidForNameContext { presented, .. } => CertificateError::OtherName(presented.clone()),
        Distrust::NotValidForName => CertificateError::OtherName(Vec::new()),
        other => CertificateError::Other(printable(&other.to_string())),
    }
}

/// Any certificate of any name.
#[derive(Debug)]
struct AcceptAny(Arc<CryptoProvider>);

impl ServerCertVerifier for AcceptAny {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
