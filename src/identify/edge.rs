//! Proxies in front of servers, by what they answer themselves and what they were seen to rewrite: the edge of a target.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::banner;
use crate::database::ABSENT;
use crate::features::{Kind, facts};
use crate::observation::Observation;
use crate::probe::Probe;

/// How much of what is changed is taken to be changed to something that this proxy was not seen to write.
const UNSEEN: f64 = 0.1;

/// Nothing is trusted to be rewritten or answered, or not, more surely than this.
pub(super) const MOST_SURE: f64 = 0.98;

/// Where nothing is shown.
const NONE: &str = "(none)";

/// What one proxy does to what servers behind it answer, measured by setting it in front of servers whose own answers are known.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edge {
    /// The proxy's product id.
    pub product: String,
    /// What it answers itself, in place of the server.
    pub own: Vec<Own>,
    /// What it does to facts of each kind, in the order of [`Kind::ALL`], where the handshake was accepted.
    pub upgraded: Vec<Rewrite>,
    /// The same where the server refused it.
    pub refused: Vec<Rewrite>,
}

/// An answer of a proxy's own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Own {
    /// The answer, as [`key`] has it.
    pub answer: String,
    /// The probes that it answers so, with the share of servers in front of which it does.
    pub probes: BTreeMap<u16, f64>,
}

/// How facts of one kind are rewritten.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rewrite {
    /// Whatever the server showed.
    pub usual: Turn,
    /// By what the server showed, where that is another matter.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub of: BTreeMap<String, Turn>,
}

/// What becomes of facts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Turn {
    /// The share of them that is changed.
    pub rate: f64,
    /// What they are changed to, with shares of all that are.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, f64>,
}

/// What is asked about a fact that was observed through a proxy.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    pub(super) kind: Kind,
    pub(super) value: Option<&'a str>,
    /// Whether the handshake was accepted.
    pub(super) upgraded: bool,
    /// How common the value is where nothing stands in front.
    pub(super) background: f64,
}

/// How a server that shows something takes what was observed instead.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Taken {
    /// How likely that is.
    pub(super) like: f64,
    /// The same against what is likeliest: 1 where nothing is likelier.
    pub(super) agreed: f64,
}

impl Edge {
    /// What it does to facts of a kind, where the handshake was accepted or not.
    pub(super) fn rewrite(&self, kind: Kind, upgraded: bool) -> Option<&Rewrite> {
        let rewrites = if upgraded { &self.upgraded } else { &self.refused };
        rewrites.get(kind as usize)
    }

    /// How much of what a probe tells of a server is left behind the proxy.
    pub(super) fn passes(&self, probe: &Probe) -> f64 {
        let frames = [Kind::Reaction, Kind::CloseCode, Kind::CloseReason, Kind::End];
        let heads = [Kind::Status, Kind::ReasonPhrase, Kind::FieldOrder, Kind::FieldCase, Kind::Body, Kind::End];
        let of = |kinds: &[Kind], upgraded: bool| {
            let change = |kind: &Kind| self.rewrite(*kind, upgraded).map_or(0.0, |rewrite| rewrite.usual.change());
            1.0 - kinds.iter().map(change).sum::<f64>() / kinds.len() as f64
        };
        if probe.opens_legally() {
            return of(&frames, true);
        }
        let own = self.own.iter().filter_map(|own| own.probes.get(&probe.id.number())).sum::<f64>().min(1.0);
        (1.0 - own) * of(&heads, false)
    }

    /// How many bits a fact speaks for the proxy, whatever stands behind it.
    pub(super) fn bits(&self, asked: &Asked<'_>) -> f64 {
        let Some(rewrite) = self.rewrite(asked.kind, asked.upgraded) else { return 0.0 };
        let (change, foreign) = (rewrite.usual.change(), rewrite.usual.foreign(asked, &asked.key()));
        (((1.0 - change) * asked.background + change * foreign) / asked.background).log2()
    }
}

impl Asked<'_> {
    /// What was observed, as it is counted.
    pub(super) fn key(&self) -> String {
        Rewrite::key(self.kind, self.value)
    }
}

impl Turn {
    /// How likely a fact is changed.
    pub(super) fn change(&self) -> f64 {
        self.rate.clamp(1.0 - MOST_SURE, MOST_SURE)
    }

    /// How likely a changed fact is changed to what was observed.
    fn foreign(&self, asked: &Asked<'_>, key: &str) -> f64 {
        let written = self.values.get(key).copied().unwrap_or(0.0);
        (1.0 - UNSEEN) * written + UNSEEN * asked.background
    }

    /// How a server takes what was observed that shows the same, or something else.
    pub(super) fn takes(&self, asked: &Asked<'_>, key: &str, same: bool) -> Taken {
        let change = self.change();
        let kept = if same { 1.0 - change } else { 0.0 };
        let like = kept + change * self.foreign(asked, key);
        let most = self.values.values().copied().fold(0.0, f64::max);
        let likeliest = (1.0 - change).max(change * (1.0 - UNSEEN) * most);
        Taken { like, agreed: (like / likeliest).min(1.0) }
    }
}

impl Rewrite {
    /// A value as it is counted: banners without versions, and a word for nothing.
    #[must_use]
    pub fn key(kind: Kind, value: Option<&str>) -> String {
        match value {
            None => NONE.to_owned(),
            Some(value) if kind == Kind::Banner => banner::without_versions(value),
            Some(value) => value.to_owned(),
        }
    }

    /// What becomes of facts by the number of what the server shows, where that is not the usual.
    pub(super) fn by_number(&self, number: impl Fn(&str) -> Option<u32>) -> Vec<(u32, &Turn)> {
        let of = |(own, turn)| Some((if own == NONE { ABSENT } else { number(own)? }, turn));
        self.of.iter().map(|(own, turn)| (own.as_str(), turn)).filter_map(of).collect()
    }
}

/// A refusal as it is compared with what proxies answer themselves: all that is known of it but for versions and other numbers.
#[must_use]
pub fn key(refusal: &Observation) -> String {
    let mut key = String::new();
    for (kind, value) in facts(refusal) {
        if kind == Kind::FieldOrder {
            // Told by the names as they are written, which come in that order.
            continue;
        }
        if !key.is_empty() {
            key.push_str(" | ");
        }
        match kind {
            Kind::Banner => key.push_str(&banner::without_versions(&value)),
            Kind::Body => key.extend(value.chars().filter(|letter| !letter.is_ascii_digit())),
            _ => key.push_str(&value),
        }
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge() -> Edge {
        let turn = |rate: f64, values: &[(&str, f64)]| Turn {
            rate,
            values: values.iter().map(|(value, share)| ((*value).to_owned(), *share)).collect(),
        };
        let mut upgraded = vec![Rewrite::default(); Kind::COUNT];
        upgraded[Kind::Banner as usize].usual = turn(0.95, &[("server: nginx", 0.9)]);
        upgraded[Kind::End as usize] = Rewrite {
            usual: turn(0.1, &[("fin", 1.0)]),
            of: [("reset".to_owned(), turn(1.0, &[("fin", 1.0)]))].into(),
        };
        Edge { product: "nginx".into(), refused: upgraded.clone(), upgraded, own: Vec::new() }
    }

    fn asked(kind: Kind, value: &str) -> Asked<'_> {
        Asked { kind, value: Some(value), upgraded: true, background: 0.01 }
    }

    #[test]
    fn what_a_proxy_writes_speaks_for_it_whatever_its_version_and_what_it_lets_pass_does_not() {
        assert!(edge().bits(&asked(Kind::Banner, "server: nginx/1.26.3")) > 5.0);
        assert!(edge().bits(&asked(Kind::Banner, "server: other/1")) < -2.0);
        assert!(edge().bits(&asked(Kind::CloseCode, "1002")).abs() < 0.05);
    }

    #[test]
    fn what_a_server_shows_decides_what_becomes_of_it() {
        let (edge, fin) = (edge(), asked(Kind::End, "fin"));
        let end = edge.rewrite(Kind::End, true).unwrap();
        let of_reset = end.by_number(|own| (own == "reset").then_some(7));
        assert_eq!(of_reset.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [7]);
        assert!(of_reset[0].1.takes(&fin, "fin", false).agreed > 0.99, "reset becomes fin");
        assert!(of_reset[0].1.takes(&asked(Kind::End, "reset"), "reset", true).like < 0.05, "it is never let through");
        assert!(end.usual.takes(&fin, "fin", true).agreed > 0.99, "fin stays fin");
        assert!(end.usual.takes(&fin, "fin", false).agreed < 0.2, "what is alive stays so");
        let banner = asked(Kind::Banner, "server: nginx/1.26.3");
        let usual = &edge.rewrite(Kind::Banner, true).unwrap().usual;
        assert!(usual.takes(&banner, &banner.key(), false).agreed > 0.99);
    }

    #[test]
    fn what_a_proxy_answers_itself_does_not_pass() {
        let mut edge = edge();
        let probe = crate::probe::find(crate::probe::ProbeId::new(390)).unwrap();
        let before = edge.passes(probe);
        edge.own = vec![Own { answer: "400".into(), probes: [(390, 0.75)].into() }];
        assert!((edge.passes(probe) - 0.25 * before).abs() < 1e-9 && before > 0.9);
        assert!(edge.passes(crate::probe::find(crate::probe::ProbeId::new(203)).unwrap()) > 0.9);
    }

    #[test]
    fn answers_of_its_own_are_compared_without_their_numbers() {
        let page = |version: &str| {
            let line = format!(
                "HTTP/1.1 400 Bad Request {{Server: nginx/{version}, Connection: close}} body \"<hr>nginx/{version}\" | fin"
            );
            key(&line.parse().unwrap())
        };
        assert_eq!(page("1.30.6"), page("1.18.0"));
        assert_eq!(
            page("1.30.6"),
            "HTTP/1.1 400 | Bad Request | Server, Connection | connection: close |  | server: nginx | <hr>nginx/.. | fin"
        );
    }
}
