//! Which option helps: errors of the library name none, since a library has none.

use crate::connection::{DialError, DialErrorKind, RouteError, Stage, TlsError};
use crate::target::{Scheme, Target, TargetError};

/// The alert of a server that serves no such name (RFC 6066 section 3).
const UNRECOGNIZED_NAME: u8 = 112;

/// Why a target was not reached, and the option that helps.
pub(super) fn dial(error: &DialError, target: &Target) -> String {
    let option = match (error.kind(), error) {
        (DialErrorKind::Certificate, _) => "; use -k to skip certificate checks".to_owned(),
        (DialErrorKind::NotTls, _) | (_, DialError::Timeout { stage: Stage::Tls, .. }) => plain(target),
        (DialErrorKind::LocalResources, _) => "; lower --concurrency or --connections, or raise `ulimit -n`".to_owned(),
        (_, DialError::Tls(TlsError::ClientCertificateWanted)) => "; give one with --cert and --key".to_owned(),
        (_, DialError::Tls(TlsError::Alert { code: UNRECOGNIZED_NAME, .. })) => {
            "; ask for another with --sni".to_owned()
        }
        _ => String::new(),
    };
    format!("{error}{option}")
}

/// The URL without TLS: it helps however the target was written, and -n only where that names no scheme.
fn plain(target: &Target) -> String {
    match target.scheme() {
        Scheme::Ws => String::new(),
        Scheme::Wss => format!("; for a server without TLS use {}", target.with_scheme(Scheme::Ws)),
    }
}

/// Why a text says nothing of names and addresses, with the option that it was given to.
pub(super) fn route(error: &RouteError) -> String {
    let option = match error {
        RouteError::KnownAddresses(_) => "--resolve",
        RouteError::Redirect(_) => "--connect-to",
    };
    format!("{option}: {error}")
}

/// Why a text is no target, and the option that helps.
pub(super) fn target(error: &TargetError) -> String {
    let option = match error {
        TargetError::UserInfo(_) => "; give credentials with -H 'Authorization: …'",
        _ => "",
    };
    format!("{error}{option}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::CertificateError;

    #[test]
    fn the_option_that_helps_is_named() {
        let read = |text| Target::parse(text, Scheme::Wss).unwrap();
        let dial = |error: &DialError| dial(error, &read("h:443/x"));
        let certificate = CertificateError::OtherName(["a", "b", "c", "d"].map(str::to_owned).to_vec());
        let words = "the TLS handshake failed: the certificate is for another name (a, b, c, …); \
                     use -k to skip certificate checks";
        assert_eq!(dial(&DialError::Tls(TlsError::Certificate(certificate))), words);
        for error in [TlsError::NotTls, TlsError::HungUp, TlsError::Reset].map(DialError::Tls) {
            assert!(dial(&error).ends_with("; for a server without TLS use ws://h:443/x"), "{error}");
        }
        for (stage, helps) in
            [(Stage::Tls, true), (Stage::Resolve, false), (Stage::Connect, false), (Stage::Proxy, false)]
        {
            let late = DialError::Timeout { host: "h:443".to_owned(), seconds: 5.0, stage };
            assert_eq!(dial(&late).ends_with("use ws://h:443/x"), helps, "{late}");
        }
        assert!(dial(&DialError::Tls(TlsError::ClientCertificateWanted)).ends_with("--cert and --key"));
        assert_eq!(dial(&DialError::Tls(TlsError::Version)), DialError::Tls(TlsError::Version).to_string());
        let error = RouteError::Redirect("x".to_owned());
        assert!(route(&error).starts_with("--connect-to: `x` is not host1:port1:"));
        let error = Target::parse("ws://me:secret@h/", Scheme::Wss).unwrap_err();
        assert_eq!(target(&error), "`ws://…@h/` carries a user name; give credentials with -H 'Authorization: …'");
    }
}
