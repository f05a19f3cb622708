//! What one reverse proxy does, measured: what it answers itself, and how it rewrites what servers behind it answer.

use std::borrow::Cow;
use std::collections::BTreeMap;

use enum_map::EnumMap;
use serde::{Deserialize, Serialize};

use crate::features::{Kind, Properties, banner_text, facts};
use crate::observation::Observation;
use crate::probe::Probe;

/// No rate of rewriting or of answering is trusted to be higher than this, and none of leaving alone.
pub(super) const MAX_CERTAINTY: f64 = 0.98;

/// A banner that it writes in less than this share of the cases where it writes one is not its own.
const USUAL_BANNER: f64 = 0.25;

/// The key of a value where nothing is shown.
pub(super) const NOTHING: &str = "(none)";

/// What one reverse proxy does to what servers behind it answer, measured by setting it in front of servers whose own answers are known.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReverseProxy {
    /// The proxy's product id.
    pub product: String,
    /// What it answers itself, in place of the server.
    #[serde(rename = "own")]
    pub local_responses: Vec<LocalResponse>,
    /// How it rewrites features of each kind where the handshake was accepted.
    #[serde(with = "measured")]
    pub upgraded: EnumMap<Kind, Rewrite>,
    /// How it rewrites features of each kind where the server refused the handshake.
    #[serde(with = "measured")]
    pub refused: EnumMap<Kind, Rewrite>,
}

/// An answer that a proxy gives itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LocalResponse {
    /// The answer's [`refusal_signature`].
    #[serde(rename = "answer")]
    pub signature: String,
    /// The probes that it answers so, with the share of servers in front of which it does.
    pub probes: BTreeMap<u16, f64>,
}

/// How features of one kind are rewritten.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rewrite {
    /// Whatever the server showed.
    pub usual: RewriteDistribution,
    /// By the [`Rewrite::key`] of what the server showed, where that differs from the usual.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", rename = "of")]
    pub by_value: BTreeMap<String, RewriteDistribution>,
}

/// How likely features are rewritten, and to what.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RewriteDistribution {
    /// The share of them that is changed.
    pub rate: f64,
    /// What they are changed to, by [`Rewrite::key`], with shares of all that are.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, f64>,
}

impl ReverseProxy {
    /// How it rewrites features of a kind, where the handshake was accepted or not.
    pub(super) fn rewrite(&self, kind: Kind, upgraded: bool) -> &Rewrite {
        let rewrites = if upgraded { &self.upgraded } else { &self.refused };
        &rewrites[kind]
    }

    /// Whether it writes a banner of this name, without its version, into what passes it or what it answers itself.
    pub(crate) fn writes_banner(&self, name: &str) -> bool {
        let passing = [true, false].map(|upgraded| &self.rewrite(Kind::Banner, upgraded).usual.values);
        // What it writes now and then is somebody else's.
        let usual = |(text, share): (&'_ String, &f64)| (*share >= USUAL_BANNER).then(|| text.clone());
        let written = passing.into_iter().flatten().filter_map(usual);
        let own = self.local_responses.iter().map(|local| local.signature.clone());
        written.chain(own).any(|text| text.contains(name))
    }

    /// The share of what the answer to a probe tells of a server that is left behind the proxy.
    pub(crate) fn passes(&self, probe: &Probe) -> f64 {
        let of = |tells: fn(&Properties) -> bool, upgraded: bool| {
            let kinds = Kind::ALL.into_iter().filter(|kind| tells(&kind.properties()));
            let change = |kind: Kind| self.rewrite(kind, upgraded).usual.change();
            1.0 - kinds.clone().map(change).sum::<f64>() / kinds.count() as f64
        };
        if probe.opens_legally() {
            return of(|kind| kind.tells_when_accepted, true);
        }
        let local = self.local_responses.iter().filter_map(|local| local.probes.get(&probe.id.number()));
        (1.0 - local.sum::<f64>().min(1.0)) * of(|kind| kind.tells_when_refused, false)
    }
}

/// Rewrites as they are stored: by the names of kinds, without those of which no fact was seen.
mod measured {
    use std::collections::BTreeMap;

    use enum_map::EnumMap;
    use serde::{Deserialize as _, Deserializer, Serializer};

    use super::{Kind, Rewrite, RewriteDistribution};

    /// Facts that were never seen may as well be changed as not.
    const NOT_SEEN: Rewrite =
        Rewrite { usual: RewriteDistribution { rate: 0.5, values: BTreeMap::new() }, by_value: BTreeMap::new() };

    pub(super) fn serialize<S: Serializer>(all: &EnumMap<Kind, Rewrite>, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(all.iter().filter(|(_, rewrite)| **rewrite != NOT_SEEN))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<EnumMap<Kind, Rewrite>, D::Error> {
        let mut seen = BTreeMap::<Kind, Rewrite>::deserialize(from)?;
        Ok(EnumMap::from_fn(|kind| seen.remove(&kind).unwrap_or(NOT_SEEN)))
    }
}

impl RewriteDistribution {
    /// How likely a feature is changed.
    pub(super) fn change(&self) -> f64 {
        self.rate.clamp(1.0 - MAX_CERTAINTY, MAX_CERTAINTY)
    }
}

impl Rewrite {
    /// A value as it is counted: banners without versions, names of fields by how they are written, and a word for nothing.
    #[must_use]
    pub fn key(kind: Kind, value: Option<&str>) -> Cow<'_, str> {
        match value {
            None => NOTHING.into(),
            Some(value) if kind == Kind::Banner => banner_text::without_versions(value).into(),
            Some(names) if kind == Kind::FieldCase => letter_case(names).into(),
            Some(value) => value.into(),
        }
    }
}

/// How names of fields are written. A proxy that writes them anew does so with all, whichever they are.
fn letter_case(names: &str) -> &'static str {
    let is_upper = |byte: u8| byte.is_ascii_uppercase();
    let mut words = names.split([',', ' ', '-']).filter(|word| !word.is_empty()).map(str::as_bytes);
    if !names.bytes().any(is_upper) {
        "lower case"
    } else if words.all(|word| !word[0].is_ascii_lowercase() && !word[1..].iter().copied().any(is_upper)) {
        "Canonical-Case"
    } else {
        "other"
    }
}

/// A refusal as it is compared with what proxies answer themselves: all that is known of it but for versions and other numbers.
#[must_use]
pub fn refusal_signature(refusal: &Observation) -> String {
    let mut signature = String::new();
    for (kind, value) in facts(refusal) {
        if kind == Kind::FieldOrder {
            // Told by the names as they are written, which come in that order.
            continue;
        }
        if !signature.is_empty() {
            signature.push_str(" | ");
        }
        match kind {
            Kind::Banner => signature.push_str(&banner_text::without_versions(&value)),
            Kind::Body => signature.extend(value.chars().filter(|letter| !letter.is_ascii_digit())),
            _ => signature.push_str(&value),
        }
    }
    signature
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_fields_are_told_by_how_they_are_written() {
        let key = |names| Rewrite::key(Kind::FieldCase, Some(names));
        assert_eq!(key("upgrade, sec-websocket-accept"), "lower case");
        assert_eq!(key("Upgrade, Sec-Websocket-Accept, X-2"), "Canonical-Case");
        assert_eq!(key("Upgrade, Sec-WebSocket-Accept"), "other");
    }

    #[test]
    fn what_a_proxy_answers_itself_does_not_pass() {
        let mut proxy = ReverseProxy::default();
        let probe = crate::probe::find(crate::probe::ProbeId::new(390)).unwrap();
        let before = proxy.passes(probe);
        proxy.local_responses = vec![LocalResponse { signature: "400".into(), probes: [(390, 0.75)].into() }];
        assert!((proxy.passes(probe) - 0.25 * before).abs() < 1e-9 && before > 0.9);
        assert!(proxy.passes(crate::probe::find(crate::probe::ProbeId::new(203)).unwrap()) > 0.9);
    }

    #[test]
    fn answers_of_its_own_are_compared_without_their_numbers() {
        let page = |version: &str| {
            let line = format!(
                "HTTP/1.1 400 Bad Request {{Server: nginx/{version}, Connection: close}} body \"<hr>nginx/{version}\" | fin"
            );
            refusal_signature(&line.parse().unwrap())
        };
        assert_eq!(page("1.30.6"), page("1.18.0"));
        assert_eq!(
            page("1.30.6"),
            "HTTP/1.1 400 | Bad Request | Server, Connection | connection: close |  | server: nginx, body: nginx | <hr>nginx/<version> | fin"
        );
    }
}
