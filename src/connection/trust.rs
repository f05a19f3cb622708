//! Whom we trust: the system's certificates, read once a process, and those that the user brings.

use std::env;
use std::ffi::OsString;
use std::sync::{Arc, OnceLock};

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls_native_certs::CertificateResult;

use super::tls_error::TlsError;
use crate::wire::escape::printable;

/// The variables that name another trust store than the system's, as OpenSSL knows them.
const VARIABLES: [&str; 2] = ["SSL_CERT_FILE", "SSL_CERT_DIR"];

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

    /// The same, for certificates that are to be trusted.
    ///
    /// # Errors
    /// When it is not PEM, holds none, or one that is no certificate.
    pub fn roots_from_pem(text: &[u8]) -> Result<Vec<Self>, PemError> {
        let certificates = Self::from_pem(text)?;
        add(&mut RootCertStore::empty(), &certificates).map_err(PemError)?;
        Ok(certificates)
    }

    pub(super) const fn der(&self) -> &CertificateDer<'static> {
        &self.0
    }
}

/// The system's trust store.
struct System {
    roots: Result<Arc<RootCertStore>, String>,
    notes: Vec<String>,
}

static SYSTEM: OnceLock<System> = OnceLock::new();

fn system() -> &'static System {
    SYSTEM.get_or_init(|| {
        let named = |variable: &str| env::var_os(variable).map(|value| (variable.to_owned(), value));
        let named: Vec<(String, OsString)> = VARIABLES.iter().filter_map(|variable| named(variable)).collect();
        judged(rustls_native_certs::load_native_certs(), &named)
    })
}

/// Reads the system's trust store, once a process: what of it could not be read, one line each.
///
/// # Errors
/// When `SSL_CERT_FILE` or `SSL_CERT_DIR` name one that holds no certificate.
pub fn system_trust() -> Result<&'static [String], TlsError> {
    let System { roots, notes } = system();
    roots.as_ref().map(|_| notes.as_slice()).map_err(|why| TlsError::TrustStore(why.clone()))
}

/// What a load came to; the bundled roots where the system has none and nobody named others.
fn judged(loaded: CertificateResult, named: &[(String, OsString)]) -> System {
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(loaded.certs);
    let errors: Vec<String> = loaded.errors.iter().map(|error| printable(&error.to_string())).collect();
    if added > 0 {
        return System { roots: Ok(Arc::new(roots)), notes: told(&errors) };
    }
    if named.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        return System { roots: Ok(Arc::new(roots)), notes: told(&errors) };
    }
    let named: Vec<String> =
        named.iter().map(|(name, value)| format!("{name}={}", printable(&value.to_string_lossy()))).collect();
    let why = errors.first().map(|error| format!(" ({error})")).unwrap_or_default();
    let words = format!("{} names no certificate that can be read{why}; correct or unset it", named.join(" "));
    System { roots: Err(words), notes: Vec::new() }
}

/// One line, however many errors there were.
fn told(errors: &[String]) -> Vec<String> {
    let others = match errors.len() {
        0 | 1 => String::new(),
        several => format!(" (and {} more)", several - 1),
    };
    errors.first().map(|first| format!("part of the trust store cannot be read: {first}{others}")).into_iter().collect()
}

/// The system's trust store beside these, or these alone.
pub(super) fn roots(extra: &[Certificate], alone: bool) -> Result<Arc<RootCertStore>, TlsError> {
    let system = match alone {
        true => Arc::new(RootCertStore::empty()),
        false => system().roots.clone().map_err(TlsError::TrustStore)?,
    };
    if extra.is_empty() {
        return Ok(system);
    }
    let mut roots = RootCertStore::clone(&system);
    add(&mut roots, extra).map_err(TlsError::Other)?;
    Ok(Arc::new(roots))
}

fn add(roots: &mut RootCertStore, certificates: &[Certificate]) -> Result<(), String> {
    certificates.iter().try_for_each(|Certificate(der)| {
        roots
            .add(der.clone())
            .map_err(|error| format!("a certificate cannot be trusted: {}", printable(&error.to_string())))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_that_was_named_and_holds_nothing_is_told() {
        let named = [("SSL_CERT_FILE".to_owned(), OsString::from("/no\u{1b}where"))];
        let System { roots, .. } = judged(CertificateResult::default(), &named);
        let words = roots.unwrap_err();
        assert!(words.starts_with("SSL_CERT_FILE=/no\\u{1b}where names no certificate"), "{words}");
        let System { roots, notes } = judged(CertificateResult::default(), &[]);
        assert!(!roots.unwrap().is_empty() && notes.is_empty(), "the bundled ones");
        assert_eq!(told(&["a".to_owned(), "b".to_owned()]), ["part of the trust store cannot be read: a (and 1 more)"]);
    }

    #[test]
    fn what_is_to_be_trusted_is_checked_when_it_is_read() {
        let section = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(Certificate::from_pem(section).is_ok());
        assert!(Certificate::roots_from_pem(section).unwrap_err().to_string().contains("cannot be trusted"));
        assert!(Certificate::roots_from_pem(b"").unwrap_err().to_string().contains("not one in it"));
    }
}
