//! Why a connection could not be made: variants to match on, a [kind](DialErrorKind) to store, words to show.

use std::{fmt, io};

use crate::wire::escape::printable;

/// Names of a certificate that its error lists.
const SHOWN_NAMES: usize = 3;

/// Why a connection could not be made; in words for people where it is printed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DialError {
    /// The name has no address.
    #[error("cannot find the address of {host}: {error}")]
    Resolve {
        /// The name.
        host: String,
        /// What the resolver said.
        error: io::Error,
    },
    /// Nobody listens there; holds host and port.
    #[error("connection refused by {0}: nothing listens on this port")]
    Refused(String),
    /// No answer in time.
    #[error("no connection to {host} within {seconds} s: {stage}")]
    Timeout {
        /// Host and port.
        host: String,
        /// The deadline in seconds.
        seconds: f64,
        /// What was waited for.
        stage: Stage,
    },
    /// TCP failed otherwise.
    #[error("cannot connect to {host}: {error}")]
    Tcp {
        /// Host and port.
        host: String,
        /// What the system said.
        error: io::Error,
    },
    /// This machine, not the target, has no file descriptor, port or memory for one more connection.
    #[error("no file descriptors or ports left on this machine for a connection to {host} ({error})")]
    LocalResources {
        /// Host and port.
        host: String,
        /// What the system said.
        error: io::Error,
    },
    /// TLS failed, or could not be set up.
    #[error("the TLS handshake failed: {0}")]
    Tls(TlsError),
    /// The proxy on our side failed.
    #[error("the proxy {proxy} failed: {error}")]
    Proxy {
        /// Host and port of the proxy.
        proxy: String,
        /// What it did.
        error: TunnelError,
    },
}

/// What a connection was waiting for when its time was up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stage {
    /// The address of the target, or its answer to TCP.
    Connect,
    /// The address of the proxy on our side, or its answer to TCP.
    Proxy,
    /// The tunnel through that proxy.
    Tunnel,
    /// The end of the TLS handshake.
    Tls,
}

impl fmt::Display for Stage {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Connect => "it does not answer",
            Self::Proxy => "the proxy does not answer",
            Self::Tunnel => "the proxy opens no tunnel",
            Self::Tls => "it does not answer the TLS handshake",
        })
    }
}

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
    #[error("the server refused it (alert {name})")]
    Alert {
        /// The alert's number (RFC 8446 section 6).
        code: u8,
        /// The alert's name.
        name: String,
    },
    /// The server ended the connection, as many do that speak no TLS.
    #[error("the server hung up")]
    HungUp,
    /// The server reset the connection, as some do that speak no TLS.
    #[error("the server reset the connection")]
    Reset,
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
    /// It has expired.
    #[error("has expired")]
    Expired,
    /// Its time has not come.
    #[error("is not valid yet")]
    NotValidYet,
    /// It is for other names than the target's; holds those that it lists.
    #[error("is for another name{}", listed(.0))]
    OtherName(Vec<String>),
    /// Anything else.
    #[error("is not accepted ({0})")]
    Other(String),
}

/// What a proxy on our side did instead of opening a tunnel.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TunnelError {
    /// The proxy itself could not be reached.
    #[error(transparent)]
    Unreached(Box<DialError>),
    /// The proxy answered CONNECT with another status than 2xx (RFC 9110 section 9.3.6); 407 asks for credentials.
    #[error("{}", connect_refused(*.status, .reason))]
    Status {
        /// The status code.
        status: u16,
        /// The reason phrase as it came.
        reason: String,
    },
    /// The SOCKS5 proxy answered with a reply other than success.
    #[error("it says: {words}")]
    SocksReply {
        /// The reply field (RFC 1928 section 6).
        reply: u8,
        /// What it stands for.
        words: String,
    },
    /// The SOCKS5 proxy takes no user without credentials, or not with these.
    #[error("it wants valid credentials: socks5://user:password@host:port")]
    SocksCredentials,
    /// The answer is not of the protocol that the proxy's URL names.
    #[error("{0}")]
    Protocol(&'static str),
    /// The proxy ended the connection.
    #[error("{}", hung_up(.0))]
    HungUp(io::Error),
    /// Anything else.
    #[error("it says: {0}")]
    Other(String),
}

/// The kind of a [`DialError`]: what a program stores or counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum DialErrorKind {
    /// The name has no address.
    Resolve,
    /// Nobody listens on the port.
    Refused,
    /// No route leads to the host or its network.
    Unreachable,
    /// No answer in time.
    Timeout,
    /// TCP failed otherwise.
    Tcp,
    /// This machine has no file descriptor or port left: our fault, and not the target's.
    LocalResources,
    /// The server's certificate is not accepted.
    Certificate,
    /// The server does not seem to speak TLS.
    NotTls,
    /// TLS failed otherwise.
    Tls,
    /// The proxy on our side could not be reached.
    ProxyUnreached,
    /// The proxy on our side wants other credentials.
    ProxyCredentials,
    /// The proxy on our side failed otherwise.
    Proxy,
}

impl DialError {
    /// What kind of failure it is.
    #[must_use]
    pub fn kind(&self) -> DialErrorKind {
        match self {
            Self::Resolve { .. } => DialErrorKind::Resolve,
            Self::Refused(_) => DialErrorKind::Refused,
            Self::Timeout { .. } => DialErrorKind::Timeout,
            Self::Tcp { error, .. } => match error.kind() {
                io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => DialErrorKind::Unreachable,
                io::ErrorKind::TimedOut => DialErrorKind::Timeout,
                _ => DialErrorKind::Tcp,
            },
            Self::LocalResources { .. } => DialErrorKind::LocalResources,
            Self::Tls(error) => error.kind(),
            Self::Proxy { error, .. } => error.kind(),
        }
    }
}

impl TlsError {
    const fn kind(&self) -> DialErrorKind {
        match self {
            Self::Certificate(_) => DialErrorKind::Certificate,
            Self::NotTls | Self::HungUp | Self::Reset => DialErrorKind::NotTls,
            Self::Version | Self::Alert { .. } | Self::Other(_) => DialErrorKind::Tls,
        }
    }
}

impl TunnelError {
    fn kind(&self) -> DialErrorKind {
        match self {
            Self::Unreached(error) if error.kind() == DialErrorKind::LocalResources => DialErrorKind::LocalResources,
            Self::Unreached(_) => DialErrorKind::ProxyUnreached,
            Self::SocksCredentials | Self::Status { status: 407, .. } => DialErrorKind::ProxyCredentials,
            _ => DialErrorKind::Proxy,
        }
    }
}

impl DialErrorKind {
    /// A word for it that stays, for files and programs: `refused`, `proxy_credentials`, ….
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Resolve => "resolve",
            Self::Refused => "refused",
            Self::Unreachable => "unreachable",
            Self::Timeout => "timeout",
            Self::Tcp => "tcp",
            Self::LocalResources => "local_resources",
            Self::Certificate => "certificate",
            Self::NotTls => "not_tls",
            Self::Tls => "tls",
            Self::ProxyUnreached => "proxy_unreached",
            Self::ProxyCredentials => "proxy_credentials",
            Self::Proxy => "proxy",
        }
    }
}

/// The first of some names, in parentheses; nothing if there are none.
fn listed(names: &[String]) -> String {
    if names.is_empty() {
        return String::new();
    }
    let more = if names.len() > SHOWN_NAMES { ", …" } else { "" };
    format!(" ({}{more})", printable(&names[..names.len().min(SHOWN_NAMES)].join(", ")))
}

fn connect_refused(status: u16, reason: &str) -> String {
    let answer = format!("it answered CONNECT with {status} {}", printable(reason));
    let hint = if status == 407 { "; it wants valid credentials: http://user:password@host:port" } else { "" };
    format!("{}{hint}", answer.trim_end())
}

fn hung_up(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "it hung up without an answer".to_owned(),
        _ => format!("it hung up ({error})"),
    }
}

/// Numbers of errors that say that this machine has no more of something: EMFILE and ENFILE; ENOBUFS is each system's own.
const USED_UP: &[i32] = if cfg!(windows) {
    &[10024, 10055]
} else if cfg!(any(target_os = "linux", target_os = "android")) {
    &[24, 23, 105]
} else {
    &[24, 23, 55]
};

/// Whether an error of the system says that this machine, and not the peer, lacks something.
pub(super) fn is_local(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::AddrNotAvailable || error.raw_os_error().is_some_and(|code| USED_UP.contains(&code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_this_machine_lacks_is_no_fault_of_the_target() {
        let error = || io::Error::from_raw_os_error(USED_UP[0]);
        assert!(is_local(&error()) && is_local(&io::ErrorKind::AddrNotAvailable.into()));
        assert!(!is_local(&io::ErrorKind::ConnectionRefused.into()));
        let lack = DialError::LocalResources { host: "h:1".to_owned(), error: error() };
        assert!(lack.to_string().starts_with("no file descriptors or ports left on this machine"), "{lack}");
        let behind = TunnelError::Unreached(Box::new(lack));
        let behind = DialError::Proxy { proxy: "p:1".to_owned(), error: behind };
        assert_eq!((behind.kind(), behind.kind().name()), (DialErrorKind::LocalResources, "local_resources"));
    }
}
