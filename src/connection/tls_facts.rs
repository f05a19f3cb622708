//! How TLS was spoken with a target, and what its certificate says.

use rustls::ClientConnection;
use rustls::pki_types::CertificateDer;
use sha2::{Digest as _, Sha256};
use x509_cert::Certificate;
use x509_cert::der::Decode as _;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

use crate::wire::escape::{printable, shorten};
use crate::wire::{CertificateFacts, TlsFacts};

/// The most of a name that is kept, in characters.
const NAME: usize = 256;

/// The most names that are kept of a certificate: some have thousands.
const MOST_NAMES: usize = 64;

/// How TLS was spoken on a connection whose handshake is done.
pub(super) fn facts(connection: &ClientConnection) -> Option<TlsFacts> {
    let version = connection.protocol_version()?.as_str()?.replace('_', ".");
    let cipher_suite = connection.negotiated_cipher_suite()?.suite().as_str()?.replace("TLS13_", "TLS_");
    let certificate = connection.peer_certificates().and_then(|chain| chain.first());
    Some(TlsFacts { version, cipher_suite, certificate: certificate.and_then(certificate_facts) })
}

fn certificate_facts(der: &CertificateDer<'_>) -> Option<CertificateFacts> {
    let certificate = Certificate::from_der(der).ok()?.tbs_certificate;
    Some(CertificateFacts {
        subject: shown(&certificate.subject.to_string()),
        issuer: shown(&certificate.issuer.to_string()),
        names: names(&certificate),
        not_before: certificate.validity.not_before.to_system_time(),
        not_after: certificate.validity.not_after.to_system_time(),
        sha256: Sha256::digest(der).iter().map(|byte| format!("{byte:02x}")).collect(),
    })
}

fn names(certificate: &x509_cert::TbsCertificate) -> Vec<String> {
    let Ok(Some((_, SubjectAltName(names)))) = certificate.get::<SubjectAltName>() else { return Vec::new() };
    let text = |name: &GeneralName| match name {
        GeneralName::DnsName(name) => Some(shown(name.as_str())),
        GeneralName::IpAddress(address) => match *address.as_bytes() {
            [a, b, c, d] => Some(std::net::Ipv4Addr::new(a, b, c, d).to_string()),
            ref bytes => <[u8; 16]>::try_from(bytes).ok().map(|bytes| std::net::Ipv6Addr::from(bytes).to_string()),
        },
        _ => None,
    };
    names.iter().filter_map(text).take(MOST_NAMES).collect()
}

/// What a server says, for a terminal.
fn shown(text: &str) -> String {
    shorten(&printable(text), NAME)
}
