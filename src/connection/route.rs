//! Names and addresses apart: which host and port is connected to for a target, and which address a name has, as the user says.

use std::net::{IpAddr, SocketAddr};

use crate::target::Host;

/// Addresses that a name is said to have at a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownAddresses {
    /// None fits every host.
    host: Option<String>,
    port: u16,
    addresses: Vec<IpAddr>,
}

/// Another host and port to connect to than those of a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    from_host: Option<String>,
    from_port: Option<u16>,
    to_host: Option<Host>,
    to_port: Option<u16>,
}

/// Why a text says nothing of names and addresses; holds the text, escaped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RouteError {
    /// It is no [`KnownAddresses`].
    #[error("`{0}` is not host:port:address, as in example.org:443:192.0.2.1 or *:80:[::1]")]
    KnownAddresses(String),
    /// It is no [`Redirect`].
    #[error("`{0}` is not host1:port1:host2:port2, as in example.org:443:localhost:8443 or ::localhost:")]
    Redirect(String),
}

impl KnownAddresses {
    /// Reads `host:port:address[,address…]`; `*` is every host, and an IPv6 address may be in brackets.
    ///
    /// # Errors
    /// When the text is not of that form.
    pub fn parse(text: &str) -> Result<Self, RouteError> {
        Self::read(text).ok_or_else(|| RouteError::KnownAddresses(text.escape_debug().to_string()))
    }

    fn read(text: &str) -> Option<Self> {
        let (host, rest) = part(text)?;
        let (port, addresses) = part(rest?)?;
        let host = if host == "*" { None } else { Some(named(host)?) };
        let addresses: Option<Vec<IpAddr>> = addresses?.split(',').map(address).collect();
        Some(Self { host, port: number(port)?, addresses: addresses? })
    }

    /// The addresses, if it is about this host and port.
    pub(super) fn addresses(&self, host: &str, port: u16) -> Option<Vec<SocketAddr>> {
        let fits = port == self.port && fits(self.host.as_deref(), host);
        fits.then(|| self.addresses.iter().map(|address| SocketAddr::new(*address, port)).collect())
    }
}

impl Redirect {
    /// Reads `host1:port1:host2:port2`. The first two may be empty and then fit any, the last two may be and then change nothing.
    ///
    /// # Errors
    /// When the text is not of that form.
    pub fn parse(text: &str) -> Result<Self, RouteError> {
        Self::read(text).ok_or_else(|| RouteError::Redirect(text.escape_debug().to_string()))
    }

    fn read(text: &str) -> Option<Self> {
        let (from_host, rest) = part(text)?;
        let (from_port, rest) = part(rest?)?;
        let (to_host, rest) = part(rest?)?;
        let (to_port, rest) = part(rest?)?;
        if rest.is_some() {
            return None;
        }
        Some(Self {
            from_host: optional(from_host, named)?,
            from_port: optional(from_port, number)?,
            to_host: optional(to_host, Host::parse)?,
            to_port: optional(to_port, number)?,
        })
    }

    /// Where to connect to instead, if it is about this host and port.
    pub(super) fn apply(&self, host: &Host, port: u16) -> Option<(Host, u16)> {
        let named = host.to_string();
        let named = named.trim_start_matches('[').trim_end_matches(']');
        let fits = fits(self.from_host.as_deref(), named) && self.from_port.is_none_or(|from| from == port);
        fits.then(|| (self.to_host.clone().unwrap_or_else(|| host.clone()), self.to_port.unwrap_or(port)))
    }
}

/// What stands before the next colon, and what behind it; an address in brackets holds colons of its own.
fn part(text: &str) -> Option<(&str, Option<&str>)> {
    let Some(inner) = text.strip_prefix('[') else {
        return Some(text.split_once(':').map_or((text, None), |(first, rest)| (first, Some(rest))));
    };
    match inner.split_once(']')? {
        (first, "") => Some((first, None)),
        (first, rest) => Some((first, Some(rest.strip_prefix(':')?))),
    }
}

/// Nothing of an empty text; none at all where it is wrong.
#[allow(clippy::option_option, reason = "a wrong text is something else than none")]
fn optional<T>(text: &str, read: impl Fn(&str) -> Option<T>) -> Option<Option<T>> {
    if text.is_empty() { Some(None) } else { read(text).map(Some) }
}

/// A host as it is compared: in lower case, without a final dot and brackets.
fn named(text: &str) -> Option<String> {
    let host = Host::parse(text)?.to_string();
    Some(host.trim_matches(['[', ']']).trim_end_matches('.').to_owned())
}

fn fits(wanted: Option<&str>, host: &str) -> bool {
    wanted.is_none_or(|wanted| wanted == host.trim_end_matches('.'))
}

fn number(text: &str) -> Option<u16> {
    text.parse().ok().filter(|port| *port > 0 && text.bytes().all(|digit| digit.is_ascii_digit()))
}

fn address(text: &str) -> Option<IpAddr> {
    text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_of_one_host_and_port() {
        let pin = KnownAddresses::parse("Example.org:443:192.0.2.1,[2001:db8::1],::1").unwrap();
        let found = pin.addresses("example.org.", 443).unwrap();
        let all: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(all, ["192.0.2.1:443", "[2001:db8::1]:443", "[::1]:443"]);
        assert_eq!((pin.addresses("example.org", 80), pin.addresses("other.org", 443)), (None, None));
        assert!(KnownAddresses::parse("*:80:::1").unwrap().addresses("whatever", 80).is_some());
        assert!(KnownAddresses::parse("[::1]:80:127.0.0.1").unwrap().addresses("::1", 80).is_some());
        for text in ["", "h", "h:80", "h:80:", "h:0:1.2.3.4", "h:80:name", ":80:1.2.3.4", "h:x\u{1b}:1.2.3.4"] {
            let error = KnownAddresses::parse(text).expect_err(text).to_string();
            assert!(error.contains("is not host:port:address") && !error.contains('\u{1b}'), "{error}");
        }
    }

    #[test]
    fn a_redirect_keeps_what_it_leaves_empty() {
        let applied = |text: &str, host: &str, port| {
            let place = Redirect::parse(text).unwrap().apply(&Host::parse(host).unwrap(), port)?;
            Some(format!("{}:{}", place.0, place.1))
        };
        assert_eq!(applied("h:443:localhost:8443", "h", 443).as_deref(), Some("localhost:8443"));
        assert_eq!(applied("h:443:localhost:8443", "h", 80), None);
        assert_eq!(applied("::[::1]:", "h", 80).as_deref(), Some("[::1]:80"));
        assert_eq!(applied("[::1]::h:81", "[::1]", 80).as_deref(), Some("h:81"));
        assert_eq!(applied(":80::81", "h", 80).as_deref(), Some("h:81"));
        for text in ["", "h:1", "h:1:g", "h:1:g:2:3", "h:x:g:2", "a b:1:g:2"] {
            assert!(Redirect::parse(text).is_err(), "{text}");
        }
    }
}
