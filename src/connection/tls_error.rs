//! Why TLS failed, in words: alerts, certificates, and what is no TLS.

use super::error_kind::DialErrorKind;

/// Names of a certificate that its error lists.
const SHOWN_NAMES: usize = 3;

/// Why TLS failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// The server's certificate is not accepted.
    #[error("the certificate {0}")]
    Certificate(CertificateError),
    /// The server answered with something that is not TLS.
    #[error("the server does not speak TLS on this port")]
    NotTls,
    /// The server speaks no version of TLS that we speak.
    #[error("the server speaks neither TLS 1.2 nor TLS 1.3")]
    Version,
    /// The server refused the handshake.
    #[error("the server refused it: {} (alert {name})", alert_in_words(*.code))]
    Alert {
        /// The alert's number (RFC 8446 section 6).
        code: u8,
        /// The alert's name there.
        name: String,
    },
    /// The server wants a certificate from its clients, and was shown none.
    #[error("the server wants a client certificate")]
    ClientCertificateWanted,
    /// The server does not accept the certificate that it was shown; what it did instead.
    #[error("the server does not accept the client certificate: {0}")]
    ClientCertificateRefused(String),
    /// The server ended the connection, as many do that speak no TLS.
    #[error("the server hung up")]
    HungUp,
    /// The server reset the connection, as some do that speak no TLS.
    #[error("the server reset the connection")]
    Reset,
    /// The trust store that the environment names cannot be used.
    #[error("{0}")]
    TrustStore(String),
    /// Anything else, on our side or on the server's.
    #[error("{0}")]
    Other(String),
}

/// Why a certificate is not accepted; in words that follow "the certificate".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// Nobody whom we trust has signed it.
    #[error("is not trusted (unknown issuer)")]
    UnknownIssuer,
    /// Nobody but itself vouches for it.
    #[error("is self-signed")]
    SelfSigned,
    /// It has expired.
    #[error("has expired")]
    Expired,
    /// Its time has not come.
    #[error("is not valid yet")]
    NotValidYet,
    /// It is for other names than the target's; holds those that it lists, printable.
    #[error("is for another name{}", listed(.0))]
    OtherName(Vec<String>),
    /// Anything else.
    #[error("is not accepted ({0})")]
    Other(String),
}

impl TlsError {
    /// An alert that a server sent.
    pub(super) fn of_alert(code: u8) -> Self {
        match code {
            70 => Self::Version,
            _ => Self::Alert { code, name: alert_name(code) },
        }
    }

    pub(super) const fn kind(&self) -> DialErrorKind {
        match self {
            Self::Certificate(_) => DialErrorKind::Certificate,
            Self::NotTls | Self::HungUp | Self::Reset => DialErrorKind::NotTls,
            Self::ClientCertificateWanted | Self::ClientCertificateRefused(_) => DialErrorKind::ClientCertificate,
            Self::Version | Self::Alert { .. } | Self::TrustStore(_) | Self::Other(_) => DialErrorKind::Tls,
        }
    }
}

/// The alerts of RFC 8446 section 6 and of the RFCs it names, each with what it says of our handshake.
const ALERTS: &[(u8, &str, &str)] = &[
    (0, "close_notify", "it ended the connection"),
    (10, "unexpected_message", "it did not expect our message"),
    (20, "bad_record_mac", "our record came damaged"),
    (22, "record_overflow", "our record is too long for it"),
    (
        40,
        "handshake_failure",
        "it finds no version, cipher or key exchange in common with us, or wants a client certificate",
    ),
    (42, "bad_certificate", "it takes the client certificate for spoilt, or misses one"),
    (43, "unsupported_certificate", "it does not know this kind of client certificate"),
    (44, "certificate_revoked", "the client certificate is revoked"),
    (45, "certificate_expired", "the client certificate has expired"),
    (46, "certificate_unknown", "it does not accept the client certificate"),
    (47, "illegal_parameter", "a field of our handshake is illegal to it"),
    (48, "unknown_ca", "it does not know who signed the client certificate"),
    (49, "access_denied", "it lets the client certificate not in"),
    (50, "decode_error", "it cannot read our message"),
    (51, "decrypt_error", "it could not verify or decrypt our message"),
    (71, "insufficient_security", "it wants stronger ciphers"),
    (80, "internal_error", "it has a fault of its own"),
    (86, "inappropriate_fallback", "it speaks a newer version than it was asked for"),
    (90, "user_canceled", "it was called off"),
    (109, "missing_extension", "it misses an extension"),
    (110, "unsupported_extension", "it does not know an extension"),
    (112, "unrecognized_name", "it serves no such name"),
    (113, "bad_certificate_status_response", "it does not accept a certificate status"),
    (115, "unknown_psk_identity", "it wants a shared key"),
    (116, "certificate_required", "it wants a client certificate"),
    (120, "no_application_protocol", "it does not speak HTTP/1.1 on this port, but HTTP/2 alone or something else"),
    (121, "ech_required", "it wants an encrypted ClientHello"),
];

fn alert_name(code: u8) -> String {
    let known = ALERTS.iter().find(|(known, ..)| *known == code);
    known.map_or_else(|| format!("number {code}"), |(_, name, _)| (*name).to_owned())
}

fn alert_in_words(code: u8) -> &'static str {
    ALERTS.iter().find(|(known, ..)| *known == code).map_or("it gave no reason that is known", |(.., words)| words)
}

/// The first of some names, in parentheses; nothing if there are none.
fn listed(names: &[String]) -> String {
    if names.is_empty() {
        return String::new();
    }
    let more = if names.len() > SHOWN_NAMES { ", …" } else { "" };
    format!(" ({}{more})", names[..names.len().min(SHOWN_NAMES)].join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alert_has_its_name_and_its_words() {
        let words = |code| TlsError::of_alert(code).to_string();
        assert_eq!(words(112), "the server refused it: it serves no such name (alert unrecognized_name)");
        assert!(words(120).contains("HTTP/2 alone") && words(120).ends_with("(alert no_application_protocol)"));
        assert_eq!(words(70), "the server speaks neither TLS 1.2 nor TLS 1.3");
        assert_eq!(words(200), "the server refused it: it gave no reason that is known (alert number 200)");
        assert!(ALERTS.is_sorted_by_key(|(code, ..)| code));
    }
}
