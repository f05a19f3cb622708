//! Lists of targets of a farm.

use std::net::{Ipv4Addr, SocketAddrV4};

use crate::bench::farm::{Kind, Ports};

/// Last octets that are used: 0 and 255 are not, since they look like networks and broadcasts.
const LAST: usize = 254;

/// A target of a farm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FarmTarget {
    /// Where it is.
    pub address: SocketAddrV4,
    /// What it is.
    pub kind: Kind,
}

/// Shares of kinds, in percent.
pub type Mix = &'static [(Kind, usize)];

/// WebSockets alone.
pub const WEBSOCKETS: Mix = &[(Kind::Tungstenite, 25), (Kind::Unmasked, 25), (Kind::Lenient, 25), (Kind::Abrupt, 25)];

/// What a list may be that somebody has from elsewhere.
pub const MIXED: Mix = &[
    (Kind::Tungstenite, 5),
    (Kind::Lenient, 5),
    (Kind::NotFound, 18),
    (Kind::Closing, 2),
    (Kind::Silent, 10),
    (Kind::Closed, 60),
];

/// Next to nothing but closed ports.
pub const SPARSE: Mix = &[(Kind::Tungstenite, 1), (Kind::Closed, 99)];

/// So many targets of a mix, each at an address of its own, in an order that is drawn at random and always the same. The addresses begin
/// after so many others.
#[must_use]
pub fn targets(mix: Mix, ports: &Ports, count: usize, after: usize) -> Vec<FarmTarget> {
    let of_hundred: Vec<Kind> = mix.iter().flat_map(|(kind, share)| std::iter::repeat_n(*kind, *share)).collect();
    let mut kinds: Vec<Kind> = of_hundred.iter().copied().cycle().take(count).collect();
    // Fewer than a hundred are spread over the whole of the mix.
    if count < of_hundred.len() {
        kinds = (0..count).map(|place| of_hundred[place * of_hundred.len() / count]).collect();
    }
    fastrand::Rng::with_seed(6455).shuffle(&mut kinds);
    let target =
        |(place, kind): (usize, Kind)| FarmTarget { address: SocketAddrV4::new(nth_address(place), ports[kind]), kind };
    (after..).zip(kinds).map(target).collect()
}

/// An address of 127/8 but for 127.0/16, where others may be.
fn nth_address(place: usize) -> Ipv4Addr {
    let octet = |number: usize| u8::try_from(number).unwrap_or(u8::MAX);
    let (last, rest) = (1 + place % LAST, place / LAST);
    Ipv4Addr::new(127, octet(1 + rest / 256 % 255), octet(rest % 256), octet(last))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn count(targets: &[FarmTarget], kind: Kind) -> usize {
        targets.iter().filter(|target| target.kind == kind).count()
    }

    #[test]
    fn kinds_have_their_shares_and_targets_their_own_addresses() {
        for mix in [WEBSOCKETS, MIXED, SPARSE] {
            assert_eq!(mix.iter().map(|(_, share)| share).sum::<usize>(), 100);
            let ports = Ports::from_fn(|kind| kind as u16);
            let targets = targets(mix, &ports, 70_000, 5);
            for (kind, share) in mix {
                assert_eq!(count(&targets, *kind), share * 700, "{kind:?}");
            }
            assert!(targets.iter().all(|target| target.address.port() == target.kind as u16));
            let addresses: HashSet<&Ipv4Addr> = targets.iter().map(|target| target.address.ip()).collect();
            assert_eq!(addresses.len(), targets.len());
            assert!(addresses.iter().all(|address| address.is_loopback() && address.octets()[1] > 0));
        }
    }

    #[test]
    fn short_lists_have_of_each_kind_and_lists_follow_each_other() {
        let ports = Ports::default();
        let short = targets(WEBSOCKETS, &ports, 8, 0);
        assert!(Kind::WEBSOCKETS.iter().all(|kind| count(&short, *kind) == 2));
        let (first, next) = (targets(SPARSE, &ports, 300, 0), targets(SPARSE, &ports, 300, 300));
        assert!(first.iter().all(|one| next.iter().all(|other| one.address.ip() != other.address.ip())));
        assert_eq!(targets(SPARSE, &ports, 300, 300), next, "the order is always the same");
        assert_eq!(targets(SPARSE, &ports, 0, 0), []);
    }
}
