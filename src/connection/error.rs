//! Why a connection could not be made: variants to match on, a [kind](DialErrorKind) to store, words to show.

use std::{fmt, io};

use super::error_kind::DialErrorKind;
use super::tls_error::TlsError;
use crate::wire::escape::printable;

/// The most of a text from a network that is shown, in characters.
const SHOWN: usize = 60;

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
    /// All addresses of the host are to be left alone; holds its name.
    #[error("{0} is to be left alone")]
    Excluded(String),
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
    /// The address is a link-local one (RFC 4291 section 2.5.6), which leads nowhere without a zone; holds host and port.
    #[error("{0} is a link-local address, which needs the interface it is reached by: write [fe80::1%25eth0]")]
    NoZone(String),
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
    /// The address of the target's name.
    Resolve,
    /// The target's answer to TCP.
    Connect,
    /// The address of the proxy on our side.
    ResolveProxy,
    /// The answer to TCP of the proxy on our side.
    Proxy,
    /// The tunnel through that proxy.
    Tunnel,
    /// The end of the TLS handshake.
    Tls,
}

impl fmt::Display for Stage {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Resolve => "its name is not resolved",
            Self::Connect => "it does not answer",
            Self::ResolveProxy => "the proxy's name is not resolved",
            Self::Proxy => "the proxy does not answer",
            Self::Tunnel => "the proxy opens no tunnel",
            Self::Tls => "it does not answer the TLS handshake",
        })
    }
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
    #[error("it says: {words} (reply {reply})")]
    SocksReply {
        /// The reply field (RFC 1928 section 6).
        reply: u8,
        /// What it stands for.
        words: String,
    },
    /// The SOCKS5 proxy takes no user without credentials, or not with these.
    #[error("it wants valid credentials: socks5://user:password@host:port")]
    SocksCredentials,
    /// The SOCKS5 proxy takes no way to log in that was offered (RFC 1928 section 3).
    #[error("{}", no_method(*.password))]
    SocksMethod {
        /// Whether a password was offered.
        password: bool,
    },
    /// The answer is not of the protocol that the proxy's URL names.
    #[error("{0}")]
    Protocol(&'static str),
    /// The proxy ended the connection.
    #[error("{}", hung_up(.0))]
    HungUp(io::Error),
}

impl Stage {
    /// A word for it that stays, for files and programs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Resolve => "resolve",
            Self::Connect => "connect",
            Self::ResolveProxy | Self::Proxy | Self::Tunnel => "proxy",
            Self::Tls => "tls",
        }
    }
}

impl DialError {
    /// How far it was when it failed: a word that stays, `resolve`, `connect`, `proxy` or `tls`.
    #[must_use]
    pub const fn stage(&self) -> &'static str {
        match self {
            Self::Timeout { stage, .. } => stage.name(),
            Self::Resolve { .. } | Self::Excluded(_) => Stage::Resolve.name(),
            Self::Refused(_) | Self::Tcp { .. } | Self::NoZone(_) | Self::LocalResources { .. } => {
                Stage::Connect.name()
            }
            Self::Tls(_) => Stage::Tls.name(),
            Self::Proxy { .. } => Stage::Proxy.name(),
        }
    }

    /// What kind of failure it is.
    #[must_use]
    pub fn kind(&self) -> DialErrorKind {
        match self {
            Self::Resolve { .. } => DialErrorKind::Resolve,
            Self::Excluded(_) => DialErrorKind::Excluded,
            Self::Refused(_) => DialErrorKind::Refused,
            Self::Timeout { .. } => DialErrorKind::Timeout,
            Self::Tcp { error, .. } => match error.kind() {
                io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => DialErrorKind::Unreachable,
                io::ErrorKind::TimedOut => DialErrorKind::Timeout,
                _ => DialErrorKind::Tcp,
            },
            Self::NoZone(_) => DialErrorKind::Unreachable,
            Self::LocalResources { .. } => DialErrorKind::LocalResources,
            Self::Tls(error) => error.kind(),
            Self::Proxy { error, .. } => error.kind(),
        }
    }
}

impl TunnelError {
    fn kind(&self) -> DialErrorKind {
        match self {
            Self::Unreached(error) if error.kind() == DialErrorKind::LocalResources => DialErrorKind::LocalResources,
            Self::Unreached(_) => DialErrorKind::ProxyUnreached,
            Self::SocksCredentials | Self::SocksMethod { password: false } | Self::Status { status: 407, .. } => {
                DialErrorKind::ProxyCredentials
            }
            _ => DialErrorKind::Proxy,
        }
    }
}

fn connect_refused(status: u16, reason: &str) -> String {
    let answer = format!("it answered CONNECT with {status} {}", shortened(reason));
    let hint = if status == 407 { "; it wants valid credentials: http://user:password@host:port" } else { "" };
    format!("{}{hint}", answer.trim_end())
}

const fn no_method(password: bool) -> &'static str {
    if password {
        "it takes neither a password nor a client that does not log in"
    } else {
        "it takes nobody without logging in; if with a password: socks5://user:password@host:port"
    }
}

/// The beginning of a text from a network, printable.
pub(super) fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", printable(&text[..end])),
        None => printable(text),
    }
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
