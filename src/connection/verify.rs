//! Whether a server's certificate is accepted: by the trust store, or any.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError as Distrust, DigitallySignedStruct, Error, OtherError, RootCertStore, SignatureScheme};

use super::der::Facts;
use super::error::shortened;
use super::tls_error::{CertificateError, TlsError};
use super::trust::Certificate;

/// Any verifier.
pub(super) type Verifier = Arc<dyn ServerCertVerifier>;

/// By these roots; `own` among them are the user's, and trusted as they are.
pub(super) fn by_roots(
    roots: Arc<RootCertStore>,
    own: &[Certificate],
    provider: Arc<CryptoProvider>,
) -> Result<Verifier, TlsError> {
    if roots.is_empty() {
        return Err(TlsError::Other("there is no certificate to trust".to_owned()));
    }
    let inner = WebPkiServerVerifier::builder_with_provider(roots, provider).build();
    let inner = inner.map_err(|error| TlsError::Other(error.to_string()))?;
    let own = own.iter().map(|certificate| certificate.der().clone()).collect();
    Ok(Arc::new(ByRoots { inner, own }))
}

/// Any certificate of any name.
pub(super) fn accept_any() -> Verifier {
    Arc::new(AcceptAny)
}

/// What is wrong with a certificate.
pub(super) fn distrust(why: &Distrust) -> CertificateError {
    match why {
        Distrust::UnknownIssuer => CertificateError::UnknownIssuer,
        Distrust::Expired | Distrust::ExpiredContext { .. } => CertificateError::Expired,
        Distrust::NotValidYet | Distrust::NotValidYetContext { .. } => CertificateError::NotValidYet,
        Distrust::NotValidForNameContext { presented, .. } => {
            CertificateError::OtherName(presented.iter().map(|name| plain_name(name)).collect())
        }
        Distrust::NotValidForName => CertificateError::OtherName(Vec::new()),
        Distrust::Other(OtherError(inner)) if inner.is::<SelfSigned>() => CertificateError::SelfSigned,
        other => CertificateError::Other(reason(other)),
    }
}

/// `localhost` for what rustls calls `DnsName("localhost")`.
fn plain_name(text: &str) -> String {
    let inner = text.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')')).unwrap_or(text);
    shortened(inner.trim_matches('"'))
}

fn reason(why: &Distrust) -> String {
    match why {
        Distrust::BadEncoding => "it is malformed".to_owned(),
        Distrust::BadSignature => "its signature is wrong, or by a key that is too weak".to_owned(),
        Distrust::Revoked => "it is revoked".to_owned(),
        Distrust::UnhandledCriticalExtension => "it has a critical extension that is not known".to_owned(),
        Distrust::InvalidPurpose | Distrust::InvalidPurposeContext { .. } => "it is not for servers".to_owned(),
        Distrust::UnsupportedSignatureAlgorithmContext { .. }
        | Distrust::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            "its key or signature is of a kind that is too weak or not known".to_owned()
        }
        Distrust::Other(OtherError(inner)) => match inner.to_string().as_str() {
            "CaUsedAsEndEntity" => "it is that of an authority, and not of a server".to_owned(),
            "UnsupportedCertVersion" => "it is of an old version of X.509".to_owned(),
            other => shortened(other),
        },
        other => shortened(&other.to_string()),
    }
}

/// Nobody but itself vouches for a certificate.
#[derive(Debug, thiserror::Error)]
#[error("self-signed")]
struct SelfSigned;

#[derive(Debug)]
struct ByRoots {
    inner: Arc<WebPkiServerVerifier>,
    own: Vec<CertificateDer<'static>>,
}

impl ByRoots {
    /// A certificate that signs itself is one of an authority to rustls, which never is a server's: OpenSSL makes such by default. Where the
    /// user brought this very one, its name and time decide.
    fn of_itself(&self, certificate: &CertificateDer<'_>, name: &ServerName<'_>, now: UnixTime) -> Result<(), Error> {
        if !self.own.iter().any(|own| own == certificate) {
            return Err(Distrust::Other(OtherError(Arc::new(SelfSigned))).into());
        }
        verify_server_name(&ParsedCertificate::try_from(certificate)?, name)?;
        let facts = Facts::of(certificate).ok_or(Distrust::BadEncoding)?;
        match facts.age(now.as_secs()) {
            Some(std::cmp::Ordering::Less) => Err(Distrust::NotValidYet.into()),
            Some(std::cmp::Ordering::Equal) => Ok(()),
            Some(std::cmp::Ordering::Greater) => Err(Distrust::Expired.into()),
            None => Err(Distrust::BadEncoding.into()),
        }
    }
}

impl ServerCertVerifier for ByRoots {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        status: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match self.inner.verify_server_cert(certificate, chain, name, status, now) {
            Err(Error::InvalidCertificate(Distrust::UnknownIssuer | Distrust::Other(_)))
                if Facts::of(certificate).is_some_and(|facts| facts.issuer == facts.subject) =>
            {
                self.of_itself(certificate, name, now).map(|()| ServerCertVerified::assertion())
            }
            result => result,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

#[derive(Debug)]
struct AcceptAny;

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

    /// Not what we can verify, but what a server may have: it signs with nothing else than what it is offered.
    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        // rsa_pss_pss_*, ML-DSA and brainpool by their numbers in the registry of IANA.
        const UNNAMED: [u16; 9] = [0x0809, 0x080a, 0x080b, 0x0904, 0x0905, 0x0906, 0x081a, 0x081b, 0x081c];
        let named = [
            SignatureScheme::ECDSA_NISTP256_SHA256,
            SignatureScheme::ECDSA_NISTP384_SHA384,
            SignatureScheme::ECDSA_NISTP521_SHA512,
            SignatureScheme::ED25519,
            SignatureScheme::ED448,
            SignatureScheme::RSA_PSS_SHA256,
            SignatureScheme::RSA_PSS_SHA384,
            SignatureScheme::RSA_PSS_SHA512,
            SignatureScheme::RSA_PKCS1_SHA256,
            SignatureScheme::RSA_PKCS1_SHA384,
            SignatureScheme::RSA_PKCS1_SHA512,
            SignatureScheme::ECDSA_SHA1_Legacy,
            SignatureScheme::RSA_PKCS1_SHA1,
        ];
        named.into_iter().chain(UNNAMED.map(SignatureScheme::from)).collect()
    }
}
