//! TLS by rustls: ALPN `http/1.1` alone, the system's trust store, or no checks at all.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};
use tokio_rustls::TlsConnector;

use super::{ConnectOptions, DialError};
use crate::target::{Host, Target};
use crate::wire::escape::printable;

/// Names of a certificate that an error lists.
const SHOWN_NAMES: usize = 3;

pub(super) fn connector(options: &ConnectOptions) -> Result<TlsConnector, DialError> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| DialError::Tls(error.to_string()))?;
    let mut config = if options.insecure {
        builder.dangerous().with_custom_certificate_verifier(Arc::new(AcceptAny(provider))).with_no_client_auth()
    } else {
        builder.with_root_certificates(roots(&options.extra_roots)).with_no_client_auth()
    };
    // A client that offers h2 gets an h2 server, and the Upgrade fails.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsConnector::from(Arc::new(config)))
}

/// The system's trust store, the bundled roots where it has none, and the extra ones.
fn roots(extra: &[CertificateDer<'static>]) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if added == 0 {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    roots.add_parsable_certificates(extra.iter().cloned());
    roots
}

/// What the certificate must be for, and SNI (RFC 6066 section 3): rustls sends none for an address.
pub(super) fn server_name(target: &Target) -> Result<ServerName<'static>, DialError> {
    match target.host() {
        Host::V4(address) => Ok(ServerName::from(IpAddr::V4(*address))),
        Host::V6(address) => Ok(ServerName::from(IpAddr::V6(*address))),
        Host::Name(name) => ServerName::try_from(target.sni().unwrap_or(name).to_owned())
            .map_err(|_| DialError::Tls(format!("`{}` cannot be a TLS server name", printable(name)))),
    }
}

/// What went wrong, and what to do about it.
pub(super) fn in_words(error: &io::Error) -> DialError {
    let cause = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    DialError::Tls(match cause {
        Some(Error::InvalidCertificate(why)) => {
            format!("the certificate {}; use -k to skip certificate checks", distrust(why))
        }
        Some(Error::InvalidMessage(_)) => {
            "the server does not speak TLS on this port; for a plain ws:// server use -n".to_owned()
        }
        Some(Error::AlertReceived(AlertDescription::ProtocolVersion)) => {
            "the server speaks neither TLS 1.2 nor TLS 1.3".to_owned()
        }
        Some(Error::AlertReceived(alert)) => format!("the server refused it (alert {alert:?})"),
        Some(other) => printable(&other.to_string()),
        None => match error.kind() {
            io::ErrorKind::UnexpectedEof => "the server hung up; for a plain ws:// server use -n".to_owned(),
            io::ErrorKind::ConnectionReset => {
                "the server reset the connection; for a plain ws:// server use -n".to_owned()
            }
            _ => printable(&error.to_string()),
        },
    })
}

/// What is wrong with a certificate, behind "the certificate".
fn distrust(why: &CertificateError) -> String {
    match why {
        CertificateError::UnknownIssuer => "is not trusted (unknown issuer)".to_owned(),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "has expired".to_owned(),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => "is not valid yet".to_owned(),
        CertificateError::NotValidForNameContext { presented, .. } if !presented.is_empty() => {
            let more = if presented.len() > SHOWN_NAMES { ", …" } else { "" };
            let names = presented[..presented.len().min(SHOWN_NAMES)].join(", ");
            format!("is for another name ({}{more})", printable(&names))
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "is for another name".to_owned()
        }
        other => format!("is not accepted ({})", printable(&other.to_string())),
    }
}

/// For `-k`: any certificate of any name.
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
