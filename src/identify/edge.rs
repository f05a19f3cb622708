//! Proxies in front of servers, by what they were seen to rewrite: the edge of a target.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::banner;
use crate::features::Kind;
use crate::probe::ProbeId;

/// How much of what is changed is taken to be changed to something that this proxy was not seen to write.
const UNSEEN: f64 = 0.1;

/// No fact is trusted to be rewritten, or not, more surely than this.
const MOST_SURE: f64 = 0.98;

/// What one proxy does to what servers behind it answer, measured by setting it in front of servers whose own answers are known.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edge {
    /// The proxy's product id.
    pub product: String,
    /// What it does to facts of each kind, in the order of [`Kind::ALL`], where the handshake was accepted.
    pub upgraded: Vec<Rewrite>,
    /// The same where it was not.
    pub refused: Vec<Rewrite>,
    /// The probes that it answers in place of the server, with the share of servers for which it does.
    pub answers: BTreeMap<u16, f64>,
}

/// How facts of one kind are rewritten.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rewrite {
    /// The share of facts that are.
    pub rate: f64,
    /// What they are rewritten to, with shares of all that are; banners without versions.
    pub values: BTreeMap<String, f64>,
}

/// How a fact is taken: how likely it is to be changed, and if it was, how likely to this value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Taken {
    pub(super) change: f64,
    pub(super) foreign: f64,
}

/// What is asked of an edge about one fact.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    pub(super) probe: ProbeId,
    pub(super) kind: Kind,
    pub(super) value: Option<&'a str>,
    /// Whether the handshake was accepted.
    pub(super) upgraded: bool,
    /// How common the value is where nothing stands in front.
    pub(super) background: f64,
}

impl Edge {
    /// How a fact is taken that was observed through the proxy.
    pub(super) fn takes(&self, asked: &Asked<'_>) -> Taken {
        let rewrites = if asked.upgraded { &self.upgraded } else { &self.refused };
        let Some(rewrite) = rewrites.get(asked.kind as usize) else {
            return Taken { change: 1.0 - MOST_SURE, foreign: asked.background };
        };
        let answers = self.answers.get(&asked.probe.number()).copied().unwrap_or(0.0);
        let change = 1.0 - (1.0 - rewrite.rate) * (1.0 - answers);
        let written = asked.value.map_or(0.0, |value| rewrite.share(asked.kind, value));
        Taken {
            change: change.clamp(1.0 - MOST_SURE, MOST_SURE),
            foreign: (1.0 - UNSEEN) * written + UNSEEN * asked.background,
        }
    }

    /// How many bits a fact speaks for the proxy, whatever stands behind it.
    pub(super) fn bits(&self, asked: &Asked<'_>) -> f64 {
        let Taken { change, foreign } = self.takes(asked);
        (((1.0 - change) * asked.background + change * foreign) / asked.background).log2()
    }
}

impl Rewrite {
    fn share(&self, kind: Kind, value: &str) -> f64 {
        self.values.get(&Self::key(kind, value)).copied().unwrap_or(0.0)
    }

    /// A value as it is counted.
    #[must_use]
    pub fn key(kind: Kind, value: &str) -> String {
        if kind == Kind::Banner { banner::without_versions(value) } else { value.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge() -> Edge {
        let mut upgraded = vec![Rewrite::default(); Kind::COUNT];
        let values = BTreeMap::from([("server: nginx".to_owned(), 0.9)]);
        upgraded[Kind::Banner as usize] = Rewrite { rate: 0.95, values };
        let answers = BTreeMap::from([(300, 1.0)]);
        Edge { product: "nginx".into(), refused: upgraded.clone(), upgraded, answers }
    }

    fn asked(probe: u16, kind: Kind, value: &str) -> Asked<'_> {
        Asked { probe: ProbeId::new(probe), kind, value: Some(value), upgraded: true, background: 0.01 }
    }

    #[test]
    fn what_a_proxy_writes_speaks_for_it_whatever_its_version_and_what_it_lets_pass_does_not() {
        assert!(edge().bits(&asked(1, Kind::Banner, "server: nginx/1.26.3")) > 5.0);
        assert!(edge().bits(&asked(1, Kind::Banner, "server: other/1")) < -2.0);
        assert!(edge().bits(&asked(1, Kind::CloseCode, "1002")).abs() < 0.05);
    }

    #[test]
    fn a_probe_that_it_answers_itself_says_nothing_of_the_server() {
        assert!((edge().takes(&asked(300, Kind::Status, "HTTP/1.1 400")).change - MOST_SURE).abs() < 1e-9);
        assert!((edge().takes(&asked(203, Kind::Status, "HTTP/1.1 400")).change - (1.0 - MOST_SURE)).abs() < 1e-9);
    }
}
