//! Hosts and addresses that are left alone.

use std::collections::HashSet;
use std::net::IpAddr;

use ipnet::IpNet;

use crate::connection::AddressFilter;
use crate::target::Host;
use crate::target::shown::{SHOWN, escaped_start};

/// Hosts, addresses and networks that are left alone.
#[derive(Clone, Debug, Default)]
pub struct Exclusion {
    hosts: HashSet<String>,
    /// Domains with all that is below them, without `*.`.
    domains: HashSet<String>,
    networks: Vec<IpNet>,
    /// The first and the last address of each network, in order and apart from each other; IPv4 as its mapped IPv6 addresses.
    ranges: Vec<(u128, u128)>,
}

/// Why a text is nothing to leave alone; holds the text, escaped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no host, address or network; write example.org, *.example.org, 192.0.2.7 or 192.0.2.0/24")]
pub struct ExclusionError(String);

impl Exclusion {
    /// Adds what a text names: a host, a domain with all that is below it (`*.example.org`), an address or a network.
    ///
    /// # Errors
    /// When it is none of these.
    pub fn add(&mut self, text: &str) -> Result<(), ExclusionError> {
        let wrong = || ExclusionError(escaped_start(text, SHOWN));
        let bare = text.trim_start_matches('[').replacen("]/", "/", 1);
        if let Ok(network) = bare.parse::<IpNet>() {
            self.networks.push(network.trunc());
            return Ok(());
        }
        let (domain, text) = text.strip_prefix("*.").map_or((false, text), |rest| (true, rest));
        match Host::parse(text).ok_or_else(wrong)? {
            Host::Name(name) if domain => _ = self.domains.insert(bare_name(&name).to_owned()),
            Host::Name(name) => _ = self.hosts.insert(bare_name(&name).to_owned()),
            _ if domain => return Err(wrong()),
            Host::V4(address) => self.networks.push(IpNet::from(IpAddr::V4(address))),
            Host::V6(address) => self.networks.push(IpNet::from(IpAddr::V6(address))),
        }
        Ok(())
    }

    /// The same, ready to be asked; nothing may be added after that.
    #[must_use]
    pub fn ready(mut self) -> Self {
        let ends = |network: &IpNet| (number(network.network()), number(network.broadcast()));
        let mut ends: Vec<(u128, u128)> = self.networks.iter().map(ends).collect();
        ends.sort_unstable();
        self.ranges.clear();
        for (first, last) in ends {
            match self.ranges.last_mut() {
                Some((_, before)) if first <= *before => *before = last.max(*before),
                _ => self.ranges.push((first, last)),
            }
        }
        self.networks = Vec::new();
        self
    }

    /// Whether a host is left alone by its name, or by its address if it is one.
    #[must_use]
    pub fn has_host(&self, host: &Host) -> bool {
        match host {
            Host::V4(address) => self.has_address((*address).into()),
            Host::V6(address) => self.has_address((*address).into()),
            Host::Name(name) => {
                let name = bare_name(name);
                let parents = name.match_indices('.').map(|(dot, _)| &name[dot + 1..]);
                self.hosts.contains(name)
                    || self.domains.contains(name)
                    || parents.into_iter().any(|parent| self.domains.contains(parent))
            }
        }
    }

    /// Whether an address is left alone, however its host's name was found.
    #[must_use]
    pub fn has_address(&self, address: IpAddr) -> bool {
        let address = number(address);
        let after = self.ranges.partition_point(|(first, _)| *first <= address);
        after.checked_sub(1).is_some_and(|before| address <= self.ranges[before].1)
    }
}

impl AddressFilter for Exclusion {
    fn lets_through(&self, address: IpAddr) -> bool {
        !self.has_address(address)
    }
}

/// A name without a final dot.
fn bare_name(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

/// An address as a number; that of IPv4 is the one of its mapped IPv6 address (RFC 4291 section 2.5.5.2), which leads to the same host.
fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn exclusion(texts: &[&str]) -> Exclusion {
        let mut exclusion = Exclusion::default();
        texts.iter().for_each(|text| exclusion.add(text).unwrap());
        exclusion.ready()
    }

    #[test]
    fn hosts_domains_addresses_and_networks_are_left_alone() {
        let exclusion = exclusion(&["Example.org.", "*.example.net", "10.0.0.0/8", "192.0.2.7", "[fd00::]/8", "::1"]);
        for (host, excluded) in [
            ("example.org", true),
            ("EXAMPLE.org.", true),
            ("www.example.org", false),
            ("example.net", true),
            ("a.b.example.net", true),
            ("anexample.net", false),
            ("10.255.255.255", true),
            ("11.0.0.0", false),
            ("192.0.2.7", true),
            ("192.0.2.8", false),
            ("[::ffff:10.1.2.3]", true),
            ("fd12::3", true),
            ("fe80::1", false),
            ("::1", true),
        ] {
            assert_eq!(exclusion.has_host(&Host::parse(host).unwrap()), excluded, "{host}");
        }
        for text in ["", "a b", "10.0.0.0/33", "*.10.0.0.1", "ws://h/", "h:80", "h/x"] {
            assert!(Exclusion::default().add(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn an_address_is_left_alone_if_any_network_has_it(
            networks in prop::collection::vec((any::<u32>(), 0_u8..=32), 0..6),
            addresses in prop::collection::vec(any::<u32>(), 1..8),
        ) {
            let nets: Vec<IpNet> = networks.iter().map(|(bits, length)| IpNet::new(IpAddr::V4((*bits).into()), *length).unwrap()).collect();
            let texts: Vec<String> = nets.iter().map(ToString::to_string).collect();
            let exclusion = exclusion(&texts.iter().map(String::as_str).collect::<Vec<_>>());
            let near = networks.iter().flat_map(|(bits, _)| [*bits, bits.wrapping_add(1)]);
            for address in addresses.into_iter().chain(near).map(|bits| IpAddr::V4(bits.into())) {
                prop_assert_eq!(exclusion.has_address(address), nets.iter().any(|net| net.contains(&address)));
            }
        }
    }
}
