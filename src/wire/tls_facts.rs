//! How TLS was spoken with a target, and what its certificate says.

use std::time::SystemTime;

/// How TLS was spoken with a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFacts {
    /// The version: `TLSv1.3`.
    pub version: String,
    /// The cipher suite, by its name in the registry of the IANA.
    pub cipher_suite: String,
    /// What the server's own certificate says, as far as it can be read.
    pub certificate: Option<CertificateFacts>,
}

/// What a certificate says (RFC 5280 section 4.1), whether anybody vouches for it or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFacts {
    /// Whose it is (RFC 4514).
    pub subject: String,
    /// Who signed it (RFC 4514).
    pub issuer: String,
    /// The names and addresses that it is for (RFC 5280 section 4.2.1.6), up to 64.
    pub names: Vec<String>,
    /// When its time begins.
    pub not_before: SystemTime,
    /// When its time ends.
    pub not_after: SystemTime,
    /// The SHA-256 of all of it, in hexadecimal.
    pub sha256: String,
}
