//! From a text to targets: one, or all addresses of a network or a range, at several ports and paths; made one by one, however many there are.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use ipnet::{IpNet, Ipv4Net};

use super::asked::Asked;
use super::paths::Paths;
use super::ports::Ports;
use crate::target::shown::shown_in_error;
use crate::target::{Host, Named, Scheme, Target, TargetError};

/// What targets are crossed with that leave something open.
#[derive(Clone, Debug, Default)]
pub struct Expansion {
    /// The scheme of targets that name none; without it, TLS is tried first and what speaks none is tried without.
    pub scheme: Option<Scheme>,
    /// The ports of targets that name none.
    pub ports: Ports,
    /// The paths of targets that name none.
    pub paths: Paths,
}

/// What one text asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec {
    target: Target,
    named: Named,
    /// The host is the target's where there are none.
    hosts: Option<Addresses>,
}

/// Addresses that follow each other, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Addresses {
    V4(u32, u32),
    V6(u128, u128),
}

/// Why a text asks for nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    /// It is no target.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// It is a range of addresses that is none; holds the text, escaped.
    #[error(
        "`{0}` is no range of addresses; write 192.0.2.1-20 or 192.0.2.1-192.0.3.20, from the lowest to the highest"
    )]
    Range(String),
}

impl Spec {
    /// Reads a target, a network (`192.0.2.0/24`, `192.0.2.0/255.255.255.0`, `[2001:db8::]/120`) or a range of addresses (`192.0.2.1-20`,
    /// `192.0.2.1-192.0.3.20`), which may have a scheme, a port and a path. All addresses of a network are meant, the first and the last too.
    ///
    /// # Errors
    /// When it is none of these.
    pub fn parse(text: &str, expansion: &Expansion) -> Result<Self, SpecError> {
        let text = text.trim();
        let default = expansion.scheme.unwrap_or(Scheme::Wss);
        if let Some(hosts) = network(text) {
            let (target, named) = Target::parse_named(&hosts.first().to_string(), default)?;
            return Ok(Self { target, named, hosts: Some(hosts) });
        }
        let Some((range, plain)) = range(text) else {
            let (target, named) = Target::parse_named(text, default)?;
            return Ok(Self { target, named, hosts: None });
        };
        let (target, named) = Target::parse_named(&plain, default)?;
        let hosts = read_range(range).ok_or_else(|| SpecError::Range(shown_in_error(text)))?;
        Ok(Self { target, named, hosts: Some(hosts) })
    }

    /// How many targets it asks for.
    #[must_use]
    pub fn count(&self, expansion: &Expansion) -> u64 {
        let hosts = self.hosts.map_or(1, Addresses::count);
        let ports = if self.named.port { 1 } else { expansion.ports.all().len().max(1) };
        let paths = if self.named.path { 1 } else { expansion.paths.all().len().max(1) };
        hosts.saturating_mul(ports as u64).saturating_mul(paths as u64)
    }

    /// Whether any of its targets may be asked over TLS.
    #[must_use]
    pub fn may_be_secure(&self) -> bool {
        self.target.scheme() == Scheme::Wss
    }

    /// Whether it is one host.
    #[must_use]
    pub const fn is_one_host(&self) -> bool {
        self.hosts.is_none()
    }

    /// All its targets.
    #[must_use]
    pub fn expand(self, expansion: &Arc<Expansion>) -> Expanded {
        Expanded {
            host: Some(self.target.clone()),
            left: self.hosts,
            spec: self,
            expansion: expansion.clone(),
            port: 0,
            path: 0,
        }
    }
}

impl Addresses {
    fn first(self) -> IpAddr {
        match self {
            Self::V4(first, _) => Ipv4Addr::from_bits(first).into(),
            Self::V6(first, _) => Ipv6Addr::from_bits(first).into(),
        }
    }

    /// Those after the first.
    fn rest(self) -> Option<Self> {
        match self {
            Self::V4(first, last) => (first < last).then(|| Self::V4(first + 1, last)),
            Self::V6(first, last) => (first < last).then(|| Self::V6(first + 1, last)),
        }
    }

    fn count(self) -> u64 {
        match self {
            Self::V4(first, last) => u64::from(last - first) + 1,
            Self::V6(first, last) => u64::try_from(last - first).map_or(u64::MAX, |count| count.saturating_add(1)),
        }
    }
}

/// The targets of a [`Spec`], made as they are asked for.
#[derive(Clone, Debug)]
pub struct Expanded {
    spec: Spec,
    expansion: Arc<Expansion>,
    /// The target at the host whose turn it is.
    host: Option<Target>,
    /// The addresses from that of `host` on.
    left: Option<Addresses>,
    port: usize,
    path: usize,
}

impl Iterator for Expanded {
    type Item = Asked;

    fn next(&mut self) -> Option<Asked> {
        let host = self.host.as_ref()?;
        let named = self.spec.named;
        let (ports, paths) = (self.expansion.ports.all(), self.expansion.paths.all());
        let port = ports.get(self.port).filter(|_| !named.port);
        let path = paths.get(self.path).filter(|_| !named.path);
        let target = port.map_or_else(|| host.clone(), |port| host.with_port(*port));
        let target = path.map_or_else(|| target.clone(), |path| target.with_path_and_query(path));
        // What may be a token is not sent without TLS because somebody keeps TLS from being spoken.
        let is_open = !named.scheme && self.expansion.scheme.is_none() && !target.may_hold_token();
        let has_port = named.port || port.is_some();
        let asked = if is_open { Asked::with_either_scheme(&target, has_port) } else { Asked::exactly(target) };
        self.path += 1;
        if named.path || self.path >= paths.len() {
            (self.path, self.port) = (0, self.port + 1);
        }
        if named.port || self.port >= ports.len() {
            self.port = 0;
            // The last path of the last port: the next host.
            if self.path == 0 {
                self.next_host();
            }
        }
        Some(asked)
    }
}

impl Expanded {
    fn next_host(&mut self) {
        self.left = self.left.and_then(Addresses::rest);
        let target = &self.spec.target;
        self.host = self.left.map(|left| {
            target.with_host(match left.first() {
                IpAddr::V4(address) => Host::V4(address),
                IpAddr::V6(address) => Host::V6(address),
            })
        });
    }
}

/// The addresses of a network, if a text is one: what has a scheme or a port is a host and a path.
fn network(text: &str) -> Option<Addresses> {
    let (address, mask) = text.split_once('/')?;
    let address: IpAddr = address.trim_start_matches('[').trim_end_matches(']').parse().ok()?;
    let network = match (mask.parse::<u8>(), mask.parse::<Ipv4Addr>(), address) {
        (Ok(length), _, address) => IpNet::new(address, length).ok()?,
        (_, Ok(mask), IpAddr::V4(address)) => Ipv4Net::with_netmask(address, mask).ok()?.into(),
        _ => return None,
    };
    Some(match (network.network(), network.broadcast()) {
        (IpAddr::V4(first), IpAddr::V4(last)) => Addresses::V4(first.to_bits(), last.to_bits()),
        (first, last) => Addresses::V6(bits(first), bits(last)),
    })
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    }
}

/// The range that a text has in place of a host, and the text with its first address alone; no top-level domain is a number.
fn range(text: &str) -> Option<(&str, String)> {
    let start = text.find("://").map_or(0, |at| at + 3);
    let end = text[start..].find(['/', '?', ':']).map_or(text.len(), |at| start + at);
    let host = &text[start..end];
    let is_number = |letter: char| letter.is_ascii_digit() || ".-".contains(letter);
    let has = |what: fn(char) -> bool| host.chars().any(what);
    let is_range = host.chars().all(is_number) && has(|letter| letter == '-') && has(|letter| letter == '.');
    if !(is_range && has(|letter| letter.is_ascii_digit())) {
        return None;
    }
    let first = host.split('-').next().unwrap_or_default();
    // Where that is no address, the range is none either, and told as such.
    let first = if first.parse::<Ipv4Addr>().is_ok() { first } else { "0.0.0.0" };
    Some((host, format!("{}{first}{}", &text[..start], &text[end..])))
}

fn read_range(text: &str) -> Option<Addresses> {
    let (first, last) = text.split_once('-')?;
    let first: Ipv4Addr = first.parse().ok()?;
    let last = match last.parse::<Ipv4Addr>() {
        Ok(last) => last,
        Err(_) => {
            let [a, b, c, _] = first.octets();
            Ipv4Addr::new(a, b, c, last.parse().ok()?)
        }
    };
    (first <= last).then(|| Addresses::V4(first.to_bits(), last.to_bits()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn expansion(ports: &str, paths: &[&str]) -> Arc<Expansion> {
        let mut expansion = Expansion { scheme: Some(Scheme::Ws), ..Expansion::default() };
        expansion.ports = if ports.is_empty() { Ports::default() } else { Ports::parse(ports).unwrap() };
        paths.iter().for_each(|path| expansion.paths.add(path).unwrap());
        Arc::new(expansion)
    }

    fn names(text: &str, expansion: &Arc<Expansion>) -> Vec<String> {
        let spec = Spec::parse(text, expansion).unwrap_or_else(|error| panic!("{text}: {error}"));
        let count = spec.count(expansion);
        let names: Vec<String> = spec.expand(expansion).map(|asked| asked.name()).collect();
        assert_eq!(names.len() as u64, count, "{text}");
        names
    }

    #[test]
    fn networks_and_ranges_are_all_their_addresses() {
        let plain = expansion("", &[]);
        assert_eq!(
            names("10.0.0.5/30", &plain),
            ["ws://10.0.0.4/", "ws://10.0.0.5/", "ws://10.0.0.6/", "ws://10.0.0.7/"]
        );
        assert_eq!(names("10.0.0.5/255.255.255.254", &plain), ["ws://10.0.0.4/", "ws://10.0.0.5/"]);
        assert_eq!(names("[fd00::]/127", &plain), ["ws://[fd00::]/", "ws://[fd00::1]/"]);
        assert_eq!(names("fd00::2/128", &plain), ["ws://[fd00::2]/"]);
        assert_eq!(names("127.0.0.1-3", &plain), ["ws://127.0.0.1/", "ws://127.0.0.2/", "ws://127.0.0.3/"]);
        assert_eq!(
            names("wss://10.0.0.255-10.0.1.0:81/x?y", &plain),
            ["wss://10.0.0.255:81/x?y", "wss://10.0.1.0:81/x?y"]
        );
        // A path of digits behind a scheme or a port is a path.
        assert_eq!(names("ws://127.0.0.0/24", &plain), ["ws://127.0.0.0/24"]);
        assert_eq!(names("127.0.0.1:80/24", &plain), ["ws://127.0.0.1/24"]);
        assert_eq!(names("127.0.0.1/33", &plain), ["ws://127.0.0.1/33"]);
    }

    #[test]
    fn ports_and_paths_are_for_targets_that_name_none() {
        let both = expansion("80,81", &["/", "/ws"]);
        assert_eq!(names("h", &both), ["ws://h/", "ws://h/ws", "ws://h:81/", "ws://h:81/ws"]);
        assert_eq!(names("h:9", &both), ["ws://h:9/", "ws://h:9/ws"]);
        assert_eq!(names("h/x", &both), ["ws://h/x", "ws://h:81/x"]);
        assert_eq!(names("ws://h:9/x", &both), ["ws://h:9/x"]);
        assert_eq!(names("10.0.0.0/31", &expansion("1-2", &[])).len(), 4);
        let either = Arc::new(Expansion { scheme: None, ..Expansion::clone(&both) });
        assert_eq!(names("h", &either), ["h:80/", "h:80/ws", "h:81/", "h:81/ws"]);
        assert_eq!(names("ws://h", &either).len(), 4);
    }

    #[test]
    fn a_token_is_sent_over_tls_alone() {
        let either = Arc::new(Expansion::default());
        let next = |text| Spec::parse(text, &either).unwrap().expand(&either).next().unwrap().next().cloned();
        assert!(next("h/?v=1").is_some() && next("h/?token=secret").is_none());
    }

    #[test]
    fn what_is_no_range_is_told() {
        for text in ["127.0.0.5-1", "127.0.0.1-256", "1.2.3-4", "1.-", "127.0.0.1-127.0.0.0", "127.0.0.1-5-9", "-.1"] {
            let error = Spec::parse(text, &Expansion::default()).unwrap_err().to_string();
            assert!(error.starts_with(&format!("`{text}` is no range")), "{error}");
        }
        let error = Spec::parse(&"1.-".repeat(100_000), &Expansion::default()).unwrap_err().to_string();
        assert!(error.len() < 300, "{error}");
        assert!(Spec::parse("1-2", &Expansion::default()).unwrap().is_one_host(), "a host name");
    }

    #[test]
    fn the_largest_of_networks_begins_at_once() {
        let plain = expansion("1-65535", &[]);
        let spec = Spec::parse("::/0", &plain).unwrap();
        assert_eq!(spec.count(&plain), u64::MAX);
        assert_eq!(spec.expand(&plain).nth(65535).unwrap().name(), "ws://[::1]:1/");
    }

    proptest! {
        #[test]
        fn a_network_has_its_addresses_in_order_and_no_others(bits in any::<u32>(), length in 20_u8..=32) {
            let plain = expansion("", &[]);
            let net = Ipv4Net::new(bits.into(), length).unwrap();
            let found: Vec<Host> = Spec::parse(&net.to_string(), &plain).unwrap().expand(&plain).map(|asked| asked.first().host().clone()).collect();
            let all: Vec<Host> = (net.network().to_bits()..=net.broadcast().to_bits()).map(|bits| Host::V4(bits.into())).collect();
            prop_assert_eq!(found, all);
        }

        #[test]
        fn any_text_is_read_or_refused_in_one_line(text in any::<String>(), likely in "[0-9./:-]{0,20}") {
            for text in [text, likely] {
                match Spec::parse(&text, &Expansion::default()) {
                    Ok(spec) => prop_assert!(spec.expand(&Arc::default()).next().is_some()),
                    Err(error) => prop_assert!(!error.to_string().contains(char::is_control)),
                }
            }
        }
    }
}
