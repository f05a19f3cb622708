//! How connections are made, as the user says.

use std::sync::Arc;
use std::time::Duration;

use super::identity::Identity;
use super::proxy::Proxy;
use super::resolver::{AddressFilter, Family, Resolver, system_resolver};
use super::route::{KnownAddresses, Redirect};
use super::trust::Certificate;

/// How connections are made.
#[derive(Clone, Debug)]
pub struct ConnectOptions {
    /// Accept any certificate.
    pub insecure: bool,
    /// The most time one connection may take to be made.
    pub timeout: Duration,
    /// Go through this proxy. The target's name is then looked up by it.
    pub proxy: Option<Proxy>,
    /// Certificates to trust beside the system's.
    pub extra_roots: Vec<Certificate>,
    /// Trust [`ConnectOptions::extra_roots`] alone, and do not read the system's.
    pub only_extra_roots: bool,
    /// What to show a server that wants a client certificate.
    pub identity: Option<Identity>,
    /// The name to ask for in TLS (RFC 6066 section 3), and that the certificate must be for, instead of the target's.
    pub server_name: Option<String>,
    /// Which addresses of a name are used.
    pub family: Family,
    /// Addresses of names that are not looked up; the first that fits counts.
    pub known: Vec<KnownAddresses>,
    /// Other hosts and ports to connect to than the target's; the first that fits counts.
    pub redirects: Vec<Redirect>,
    /// Which addresses of targets may be connected to, however they were found; all, where there is none. Through a proxy it is not known which are.
    pub filter: Option<Arc<dyn AddressFilter>>,
    /// Looks names up.
    pub resolver: Arc<dyn Resolver>,
}

impl ConnectOptions {
    /// The default for the most time that a connection may take to be made.
    pub const TIMEOUT: Duration = Duration::from_secs(5);
}

impl Default for ConnectOptions {
    /// Certificates are checked by the system's trust store, there is no proxy, names are looked up by the system, and
    /// [`ConnectOptions::TIMEOUT`] is the limit.
    fn default() -> Self {
        Self {
            insecure: false,
            timeout: Self::TIMEOUT,
            proxy: None,
            extra_roots: Vec::new(),
            only_extra_roots: false,
            identity: None,
            server_name: None,
            family: Family::Any,
            known: Vec::new(),
            redirects: Vec::new(),
            filter: None,
            resolver: system_resolver(),
        }
    }
}
