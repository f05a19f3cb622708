//! Names to addresses: by the system, or by whoever is put in its place.

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::{fmt, io};

/// Addresses, once they are known.
pub type Lookup<'a> = Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send + 'a>>;

/// Says which addresses may be connected to.
pub trait AddressFilter: fmt::Debug + Send + Sync {
    /// Whether this one may.
    fn lets_through(&self, address: IpAddr) -> bool;
}

/// The resolver of this machine's system, which [`ConnectOptions::default`](super::ConnectOptions::default) has.
#[must_use]
pub fn system_resolver() -> Arc<dyn Resolver> {
    Arc::new(System)
}

/// Looks names up. It is asked once for a target, and never for an address.
pub trait Resolver: fmt::Debug + Send + Sync {
    /// The addresses of a host, each with this port, the best first.
    fn look_up<'a>(&'a self, host: &'a str, port: u16) -> Lookup<'a>;
}

/// The system's resolver.
#[derive(Debug)]
pub(super) struct System;

impl Resolver for System {
    fn look_up<'a>(&'a self, host: &'a str, port: u16) -> Lookup<'a> {
        Box::pin(async move { Ok(tokio::net::lookup_host((host, port)).await?.collect()) })
    }
}

/// Which addresses of a name are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Family {
    /// All, as the resolver sorts them.
    #[default]
    Any,
    /// Those of IPv4.
    V4,
    /// Those of IPv6.
    V6,
}

impl Family {
    /// Whether an address is of it.
    pub(super) const fn has(self, address: IpAddr) -> bool {
        match self {
            Self::Any => true,
            Self::V4 => address.is_ipv4(),
            Self::V6 => address.is_ipv6(),
        }
    }

    /// What it is called.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Any => "IP",
            Self::V4 => "IPv4",
            Self::V6 => "IPv6",
        }
    }
}
