//! What kinds of failures there are: what a program stores or counts.

/// The kind of a [`DialError`](super::DialError): what a program stores or counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum DialErrorKind {
    /// The name has no address.
    Resolve,
    /// All its addresses are to be left alone.
    Excluded,
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
    /// The server wants a client certificate, or another one.
    ClientCertificate,
    /// TLS failed otherwise.
    Tls,
    /// The proxy on our side could not be reached.
    ProxyUnreached,
    /// The proxy on our side wants other credentials.
    ProxyCredentials,
    /// The proxy on our side failed otherwise.
    Proxy,
}

impl DialErrorKind {
    /// A word for it that stays, for files and programs: `refused`, `proxy_credentials`, ….
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Resolve => "resolve",
            Self::Excluded => "excluded",
            Self::Refused => "refused",
            Self::Unreachable => "unreachable",
            Self::Timeout => "timeout",
            Self::Tcp => "tcp",
            Self::LocalResources => "local_resources",
            Self::Certificate => "certificate",
            Self::NotTls => "not_tls",
            Self::ClientCertificate => "client_certificate",
            Self::Tls => "tls",
            Self::ProxyUnreached => "proxy_unreached",
            Self::ProxyCredentials => "proxy_credentials",
            Self::Proxy => "proxy",
        }
    }
}
