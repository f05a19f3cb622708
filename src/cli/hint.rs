//! Which option helps: errors of the library name none, since a library has none.

use crate::connection::{DialError, DialErrorKind, Stage};
use crate::target::TargetError;

/// Why a target was not reached, and the option that helps.
pub(super) fn dial(error: &DialError) -> String {
    let option = match (error.kind(), error) {
        (DialErrorKind::Certificate, _) => "; use -k to skip certificate checks",
        (DialErrorKind::NotTls, _) | (_, DialError::Timeout { stage: Stage::Tls, .. }) => {
            "; for a plain ws:// server use -n"
        }
        (DialErrorKind::LocalResources, _) => "; lower --connections or raise `ulimit -n`",
        _ => "",
    };
    format!("{error}{option}")
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
    use crate::connection::{CertificateError, TlsError};
    use crate::target::{Scheme, Target};

    #[test]
    fn the_option_that_helps_is_named() {
        let certificate = CertificateError::OtherName(["a", "b", "c", "d"].map(str::to_owned).to_vec());
        let words = "the TLS handshake failed: the certificate is for another name (a, b, c, …); \
                     use -k to skip certificate checks";
        assert_eq!(dial(&DialError::Tls(TlsError::Certificate(certificate))), words);
        for error in [TlsError::NotTls, TlsError::HungUp, TlsError::Reset].map(DialError::Tls) {
            assert!(dial(&error).ends_with("; for a plain ws:// server use -n"), "{error}");
        }
        for (stage, helps) in [(Stage::Tls, true), (Stage::Connect, false), (Stage::Proxy, false)] {
            let late = DialError::Timeout { host: "h:443".to_owned(), seconds: 5.0, stage };
            assert_eq!(dial(&late).ends_with("-n"), helps, "{late}");
        }
        assert_eq!(dial(&DialError::Tls(TlsError::Version)), DialError::Tls(TlsError::Version).to_string());
        let error = Target::parse("ws://me:secret@h/", Scheme::Wss).unwrap_err();
        assert_eq!(target(&error), "`ws://…@h/` carries a user name; give credentials with -H 'Authorization: …'");
    }
}
