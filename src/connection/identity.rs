//! What we show a server that wants a client certificate.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustls::client::ResolvesClientCert;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use rustls::{Error, SignatureScheme};

use crate::wire::escape::printable;

/// How an encrypted key begins: PKCS#8 (RFC 5958 section 3), and the older way of OpenSSL.
const ENCRYPTED: [&[u8]; 2] = [b"-----BEGIN ENCRYPTED PRIVATE KEY-----", b"Proc-Type: 4,ENCRYPTED"];

/// A client certificate with those that vouch for it, and its private key.
#[derive(Clone)]
pub struct Identity(Arc<CertifiedKey>);

/// Why texts hold no client certificate and its key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// There is no certificate.
    #[error("there is no certificate in PEM in it")]
    NoCertificate,
    /// There is no private key.
    #[error("there is no private key in PEM in it")]
    NoKey,
    /// The private key is encrypted.
    #[error("the private key is encrypted; decrypt it first, with `openssl pkey -in encrypted.pem -out key.pem`")]
    EncryptedKey,
    /// The private key is of a kind that is not known.
    #[error("the private key cannot be used: {0}")]
    Key(String),
    /// The private key is another certificate's.
    #[error("the private key is not that of the certificate")]
    Mismatch,
    /// The text is not PEM.
    #[error("it is not PEM: {0}")]
    Pem(String),
}

impl fmt::Debug for Identity {
    /// Without the key, which belongs in no log.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Identity({} certificates)", self.0.cert.len())
    }
}

impl Identity {
    /// Reads certificates, the client's own first, and its private key (PKCS#8, PKCS#1 or SEC1) from PEM; both may be in one text.
    ///
    /// # Errors
    /// When one of them is missing or cannot be used.
    pub fn from_pem(certificates: &[u8], key: &[u8]) -> Result<Self, IdentityError> {
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(certificates).collect();
        let chain = chain.map_err(|error| IdentityError::Pem(printable(&error.to_string())))?;
        if chain.is_empty() {
            return Err(IdentityError::NoCertificate);
        }
        let key = private_key(key)?;
        let key = CertifiedKey::from_der(chain, key, &ring::default_provider()).map_err(|error| match error {
            Error::InconsistentKeys(_) => IdentityError::Mismatch,
            other => IdentityError::Key(printable(&other.to_string())),
        })?;
        Ok(Self(Arc::new(key)))
    }
}

fn private_key(text: &[u8]) -> Result<PrivateKeyDer<'static>, IdentityError> {
    let mut keys = PrivateKeyDer::pem_slice_iter(text);
    let holds = |part: &&[u8]| text.windows(part.len()).any(|window| window == *part);
    if ENCRYPTED.iter().any(holds) {
        return Err(IdentityError::EncryptedKey);
    }
    match keys.next() {
        Some(key) => key.map_err(|error| IdentityError::Pem(printable(&error.to_string()))),
        None => Err(IdentityError::NoKey),
    }
}

/// Shows what there is to show, and remembers whether a server wanted it.
#[derive(Debug)]
pub(super) struct Shown {
    identity: Option<Identity>,
    wanted: AtomicBool,
}

impl Shown {
    pub(super) const fn new(identity: Option<Identity>) -> Self {
        Self { identity, wanted: AtomicBool::new(false) }
    }

    /// Whether there is something to show.
    pub(super) const fn has_identity(&self) -> bool {
        self.identity.is_some()
    }

    /// Whether a server asked for a client certificate, which it may or may not insist on.
    pub(super) fn was_wanted(&self) -> bool {
        self.wanted.load(Ordering::Relaxed)
    }
}

impl ResolvesClientCert for Shown {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.wanted.store(true, Ordering::Relaxed);
        self.identity.as_ref().map(|identity| identity.0.clone())
    }

    fn has_certs(&self) -> bool {
        self.has_identity()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_may_be_in_one_text_and_what_is_wrong_is_said() {
        let made = rcgen::generate_simple_self_signed(["me".to_owned()]).unwrap();
        let other = rcgen::generate_simple_self_signed(["you".to_owned()]).unwrap();
        let (certificate, key) = (made.cert.pem(), made.signing_key.serialize_pem());
        let both = format!("{key}\n{certificate}");
        let identity = Identity::from_pem(both.as_bytes(), both.as_bytes()).unwrap();
        assert_eq!(format!("{identity:?}"), "Identity(1 certificates)");
        let wrong =
            |certificates: &str, key: &str| Identity::from_pem(certificates.as_bytes(), key.as_bytes()).unwrap_err();
        assert_eq!(wrong("", &key), IdentityError::NoCertificate);
        assert_eq!(wrong(&certificate, &certificate), IdentityError::NoKey);
        assert_eq!(wrong(&certificate, &other.signing_key.serialize_pem()), IdentityError::Mismatch);
        let encrypted = key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
        assert_eq!(wrong(&certificate, &encrypted), IdentityError::EncryptedKey);
        let old = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n";
        assert_eq!(wrong(&certificate, old), IdentityError::EncryptedKey);
        let nonsense = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
        assert!(matches!(wrong(&certificate, nonsense), IdentityError::Key(_)));
    }
}
