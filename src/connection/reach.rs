//! From a host and a port to an open TCP connection: looked up once, and then always the address that worked.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use tokio::time::{Instant, timeout};

use super::error::{DialError, is_local};
use super::options::ConnectOptions;
use super::resolver::{AddressFilter, Family, Resolver, System};
use super::route::KnownAddresses;

/// EINVAL, which the system says of a link-local address without a zone.
const INVALID: i32 = if cfg!(windows) { 10022 } else { 22 };

/// A host and a port, and all that is known of their addresses.
pub(super) struct Reach {
    /// Without brackets; the zone of an address behind `%`.
    host: String,
    port: u16,
    family: Family,
    known: Vec<KnownAddresses>,
    resolver: Arc<dyn Resolver>,
    filter: Option<Arc<dyn AddressFilter>>,
    addresses: OnceCell<Vec<SocketAddr>>,
    /// The one that took a connection first.
    worked: OnceLock<SocketAddr>,
}

/// An open TCP connection.
pub(super) struct Reached {
    pub(super) stream: TcpStream,
    /// How long it took to connect, without the look-up and without addresses that failed.
    pub(super) connect_time: Duration,
}

impl Reach {
    /// Of a host as a URL has it, with its zone if it is an address that has one.
    pub(super) fn new(host: &str, zone: Option<&str>, port: u16, options: &ConnectOptions) -> Self {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        Self {
            host: zone.map_or_else(|| bare.to_owned(), |zone| format!("{bare}%{zone}")),
            port,
            family: options.family,
            known: options.known.clone(),
            resolver: options.resolver.clone(),
            filter: options.filter.clone(),
            addresses: OnceCell::new(),
            worked: OnceLock::new(),
        }
    }

    /// The same without a filter: it is not the target that is reached so, but a proxy.
    pub(super) fn unfiltered(self) -> Self {
        Self { filter: None, ..self }
    }

    /// Host and port for people.
    pub(super) fn name(&self) -> String {
        let (host, port) = (&self.host, self.port);
        if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
    }

    /// The address that worked.
    pub(super) fn address(&self) -> Option<SocketAddr> {
        self.worked.get().copied()
    }

    /// All addresses that may be tried: looked up the first time, and never again once that went well.
    pub(super) async fn addresses(&self) -> Result<&[SocketAddr], DialError> {
        self.addresses.get_or_try_init(|| self.look_up()).await.map(Vec::as_slice)
    }

    async fn look_up(&self) -> Result<Vec<SocketAddr>, DialError> {
        let failed = |error| match is_local(&error) {
            true => DialError::LocalResources { host: self.name(), error },
            false => DialError::Resolve { host: self.host.clone(), error },
        };
        let mut found = self.all_addresses().await.map_err(failed)?;
        found.retain(|address| self.family.has(address.ip()));
        if found.is_empty() {
            let words = format!("it has no {} address", self.family.name());
            return Err(DialError::Resolve {
                host: self.host.clone(),
                error: io::Error::new(io::ErrorKind::NotFound, words),
            });
        }
        if let Some(filter) = &self.filter {
            found.retain(|address| filter.lets_through(address.ip()));
            if found.is_empty() {
                return Err(DialError::Excluded(self.host.clone()));
            }
        }
        Ok(found)
    }

    async fn all_addresses(&self) -> io::Result<Vec<SocketAddr>> {
        if let Some(addresses) = self.known.iter().find_map(|known| known.addresses(&self.host, self.port)) {
            return Ok(addresses);
        }
        if let Ok(address) = self.host.parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(address, self.port)]);
        }
        let Some((_, zone)) = self.host.split_once('%') else {
            return self.resolver.look_up(&self.host, self.port).await;
        };
        // The system knows its interfaces by name and by number.
        System.look_up(&self.host, self.port).await.map_err(|_| {
            io::Error::new(io::ErrorKind::NotFound, format!("this machine has no network interface `{zone}`"))
        })
    }

    /// Connects to the address that worked, or to the first of all that does, at best within `most`.
    pub(super) async fn connect(&self, addresses: &[SocketAddr], most: Duration) -> Result<Reached, DialError> {
        let worked = self.address();
        let addresses = worked.as_ref().map_or(addresses, std::slice::from_ref);
        match first_of(addresses, most).await {
            Ok((address, reached)) => {
                // Another connection may have been quicker; its address counts.
                let _ = self.worked.set(address);
                Ok(reached)
            }
            Err(error) => Err(self.failed(addresses, error)),
        }
    }

    fn failed(&self, addresses: &[SocketAddr], error: io::Error) -> DialError {
        let host = self.name();
        match error.kind() {
            io::ErrorKind::ConnectionRefused => DialError::Refused(host),
            _ if is_local(&error) => DialError::LocalResources { host, error },
            _ if error.raw_os_error() == Some(INVALID) && addresses.iter().any(lacks_zone) => DialError::NoZone(host),
            _ => DialError::Tcp { host, error },
        }
    }
}

/// Whether it is a link-local address (RFC 4291 section 2.5.6) of no interface.
fn lacks_zone(address: &SocketAddr) -> bool {
    matches!(address, SocketAddr::V6(address) if address.ip().is_unicast_link_local() && address.scope_id() == 0)
}

/// Connects; "no address of ours" is told apart: of a family that this machine has no address of, nothing is used up.
async fn connect(address: &SocketAddr) -> io::Result<TcpStream> {
    let failed = match TcpStream::connect(address).await {
        Err(error) if error.kind() == io::ErrorKind::AddrNotAvailable => error,
        result => return result,
    };
    // Connecting a datagram socket sends nothing, and needs an address of ours too, but hardly ever the last port.
    let any: IpAddr = if address.is_ipv6() { Ipv6Addr::UNSPECIFIED.into() } else { Ipv4Addr::UNSPECIFIED.into() };
    match UdpSocket::bind((any, 0)).and_then(|socket| socket.connect(address)) {
        Err(error) if error.kind() == io::ErrorKind::AddrNotAvailable => {
            Err(io::Error::new(io::ErrorKind::NetworkUnreachable, failed))
        }
        _ => Err(failed),
    }
}

/// Connects to the first address that answers.
async fn first_of(addresses: &[SocketAddr], most: Duration) -> io::Result<(SocketAddr, Reached)> {
    let begin = Instant::now();
    let mut failure = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for (index, address) in addresses.iter().enumerate() {
        // Half of what is left, so that a dead address leaves time for the next; the last may use it up.
        let is_last = index + 1 == addresses.len();
        let share = if is_last { Duration::MAX } else { most.saturating_sub(begin.elapsed()) / 2 };
        let start = Instant::now();
        let error = match timeout(share, connect(address)).await {
            Ok(Ok(stream)) => {
                let connect_time = start.elapsed();
                // Without it Nagle's algorithm would hold back the second of two writes.
                stream.set_nodelay(true)?;
                return Ok((*address, Reached { stream, connect_time }));
            }
            Ok(Err(error)) => error,
            Err(late) => late.into(),
        };
        // A refusal says most: somebody was there.
        if failure.kind() != io::ErrorKind::ConnectionRefused {
            failure = error;
        }
    }
    Err(failure)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn all_addresses_are_tried() {
        let open = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (open_address, closed_address) = (open.local_addr().unwrap(), closed.local_addr().unwrap());
        drop(closed);
        let most = Duration::from_secs(1);
        let (address, reached) = first_of(&[closed_address, open_address], most).await.unwrap();
        assert_eq!((address, reached.stream.peer_addr().unwrap()), (open_address, open_address));
        assert!(reached.stream.nodelay().unwrap());
        let error = first_of(&[closed_address, closed_address], most).await.err().unwrap();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
        assert_eq!(first_of(&[], most).await.err().unwrap().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn a_link_local_address_without_a_zone_is_told_as_that() {
        let reach = Reach::new("[fe80::1]", None, 80, &ConnectOptions::default());
        let error = |address: &str| {
            let address = address.parse().unwrap();
            reach.failed(&[address], io::Error::from_raw_os_error(INVALID))
        };
        assert!(matches!(error("[fe80::1]:80"), DialError::NoZone(_)));
        assert!(error("[fe80::1]:80").to_string().contains("[fe80::1]:80 is a link-local address"));
        assert!(matches!(error("[fe80::1%3]:80"), DialError::Tcp { .. }));
        assert!(matches!(error("[2001:db8::1]:80"), DialError::Tcp { .. }));
    }
}
