//! Reverse proxies made ready for many identifications: how likely each turns what a server shows into what is observed.

use std::sync::OnceLock;

use enum_map::EnumMap;

use super::model::{NOTHING, ReverseProxy, Rewrite, RewriteDistribution};
use super::responses::ProxyEvidence;
use crate::database::{Lines, hash};
use crate::features::Kind;
use crate::identify::ids::ValueId;
use crate::probe::ProbeId;

/// The share of rewritten features that is taken to be rewritten to a value that this proxy was not seen to write.
const UNSEEN_REWRITES: f64 = 0.1;

/// An observed value, as it is compared with what proxies write.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ObservedValue {
    /// The hash of its [`Rewrite::key`].
    pub(crate) key: u64,
    /// How common the value is where nothing stands in front.
    pub(crate) background: f64,
}

/// P(observed | the server's own value), and relative to the mode.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Likelihood {
    pub(crate) probability: f64,
    /// 1 where no other value is likelier to be observed.
    pub(crate) relative_to_mode: f64,
}

/// Something for each kind of features, of refused handshakes and then of accepted ones.
type ByKind<T> = [EnumMap<Kind, T>; 2];

/// One proxy's rewrites.
#[derive(Debug)]
pub(crate) struct CompiledProxy {
    /// Whatever the server showed.
    usual: ByKind<CompiledRewrite>,
    /// By the server's own value, in order, where that differs from the usual. Made only for proxies that are tried.
    special: OnceLock<ByKind<Vec<(ValueId, CompiledRewrite)>>>,
}

/// How a proxy rewrites features of one kind.
#[derive(Clone, Copy)]
pub(crate) struct KindRewrites<'a> {
    /// Whatever the server showed.
    pub(crate) usual: &'a CompiledRewrite,
    special: &'a [(ValueId, CompiledRewrite)],
}

/// The hypothesis that a proxy stands in front.
#[derive(Clone, Copy)]
pub(crate) struct ProxyHypothesis<'a> {
    proxy: &'a CompiledProxy,
    special: &'a ByKind<Vec<(ValueId, CompiledRewrite)>>,
    evidence: &'a ProxyEvidence,
}

/// A [`RewriteDistribution`] in numbers.
#[derive(Debug)]
pub(crate) struct CompiledRewrite {
    /// How likely a feature is changed.
    change: f64,
    /// What it is changed to, by its hash, with its share.
    values: Vec<(u64, f64)>,
    /// How likely the likeliest value is that can be observed.
    mode: f64,
}

impl CompiledProxy {
    pub(crate) fn new(proxy: &ReverseProxy) -> Self {
        let usual = |kind, upgraded| CompiledRewrite::new(&proxy.rewrite(kind, upgraded).usual);
        Self { usual: by_kind(usual), special: OnceLock::new() }
    }

    /// How features of a kind are rewritten where the handshake was accepted or not, whatever the server showed.
    pub(crate) fn usual(&self, kind: Kind, upgraded: bool) -> &CompiledRewrite {
        &self.usual[usize::from(upgraded)][kind]
    }

    /// The hypothesis that this proxy stands in front, whose measured numbers are `proxy`.
    pub(crate) fn hypothesis<'a>(
        &'a self,
        proxy: &ReverseProxy,
        evidence: &'a ProxyEvidence,
        lines: &Lines,
    ) -> ProxyHypothesis<'a> {
        let special = |kind, upgraded| special(proxy.rewrite(kind, upgraded), lines);
        ProxyHypothesis { proxy: self, special: self.special.get_or_init(|| by_kind(special)), evidence }
    }
}

fn by_kind<T>(of: impl Fn(Kind, bool) -> T) -> ByKind<T> {
    [false, true].map(|upgraded| EnumMap::from_fn(|kind| of(kind, upgraded)))
}

/// The rewrites of values that differ from the usual, in the order of the values.
fn special(rewrite: &Rewrite, lines: &Lines) -> Vec<(ValueId, CompiledRewrite)> {
    let id = |own: &str| if own == NOTHING { Some(ValueId::ABSENT) } else { lines.value(own).map(ValueId::new) };
    let special = rewrite.by_value.iter().filter_map(|(own, to)| Some((id(own)?, CompiledRewrite::new(to))));
    let mut special: Vec<(ValueId, CompiledRewrite)> = special.collect();
    special.sort_unstable_by_key(|(value, _)| *value);
    special
}

impl<'a> ProxyHypothesis<'a> {
    /// How features of a kind are rewritten, where the handshake was accepted or not.
    pub(crate) fn rewrites(self, kind: Kind, upgraded: bool) -> KindRewrites<'a> {
        let special = &self.special[usize::from(upgraded)][kind];
        KindRewrites { usual: self.proxy.usual(kind, upgraded), special }
    }

    /// In front of what share of servers the proxy answers a probe itself as was observed.
    pub(crate) fn answers(self, probe: ProbeId) -> f64 {
        self.evidence.answered.get(&probe).copied().unwrap_or(0.0)
    }
}

impl<'a> KindRewrites<'a> {
    /// How a value is rewritten, if that differs from the usual.
    pub(crate) fn special(self, value: ValueId) -> Option<&'a CompiledRewrite> {
        let place = self.special.binary_search_by_key(&value, |(of, _)| *of).ok()?;
        Some(&self.special[place].1)
    }
}

impl CompiledRewrite {
    fn new(distribution: &RewriteDistribution) -> Self {
        let change = distribution.change();
        let most = distribution.values.values().copied().fold(0.0, f64::max);
        Self {
            change,
            values: distribution.values.iter().map(|(value, share)| (hash(value), *share)).collect(),
            mode: (1.0 - change).max(change * (1.0 - UNSEEN_REWRITES) * most),
        }
    }

    /// How likely a changed feature is changed to what was observed.
    fn written(&self, observed: ObservedValue) -> f64 {
        let seen = self.values.iter().find(|(value, _)| *value == observed.key).map_or(0.0, |(_, share)| *share);
        (1.0 - UNSEEN_REWRITES) * seen + UNSEEN_REWRITES * observed.background
    }

    /// The log-likelihood ratio of the proxy against none, in bits, whatever stands behind it.
    pub(crate) fn bits(&self, observed: ObservedValue) -> f64 {
        let (change, written) = (self.change, self.written(observed));
        (((1.0 - change) * observed.background + change * written) / observed.background).log2()
    }

    /// How likely what was observed is where the server shows the same, or something else.
    pub(crate) fn likelihood(&self, observed: ObservedValue, same: bool) -> Likelihood {
        let kept = if same { 1.0 - self.change } else { 0.0 };
        let probability = kept + self.change * self.written(observed);
        Likelihood { probability, relative_to_mode: (probability / self.mode).min(1.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nginx() -> ReverseProxy {
        let to = |rate: f64, values: &[(&str, f64)]| RewriteDistribution {
            rate,
            values: values.iter().map(|(value, share)| ((*value).to_owned(), *share)).collect(),
        };
        let mut upgraded: EnumMap<Kind, Rewrite> = EnumMap::default();
        upgraded[Kind::Banner].usual = to(0.95, &[("server: nginx", 0.9)]);
        upgraded[Kind::End] = Rewrite {
            usual: to(0.1, &[("fin", 1.0)]),
            by_value: [("reset".to_owned(), to(1.0, &[("fin", 1.0)]))].into(),
        };
        ReverseProxy { product: "nginx".into(), refused: upgraded.clone(), upgraded, local_responses: Vec::new() }
    }

    fn observed(kind: Kind, value: &str) -> ObservedValue {
        ObservedValue { key: hash(&Rewrite::key(kind, Some(value))), background: 0.01 }
    }

    #[test]
    fn what_a_proxy_writes_speaks_for_it_whatever_its_version_and_what_it_lets_pass_does_not() {
        let compiled = CompiledProxy::new(&nginx());
        let bits = |kind, value| compiled.usual(kind, true).bits(observed(kind, value));
        assert!(bits(Kind::Banner, "server: nginx/1.26.3") > 5.0);
        assert!(bits(Kind::Banner, "server: other/1") < -2.0);
        assert!(bits(Kind::CloseCode, "1002").abs() < 0.05);
    }

    #[test]
    fn what_a_server_shows_decides_what_becomes_of_it() {
        let (nginx, fin, evidence) = (nginx(), observed(Kind::End, "fin"), ProxyEvidence::default());
        let lines = Lines::new(["close 1002 | reset"].into_iter().collect());
        let value = lines.value("reset").unwrap();
        let compiled = CompiledProxy::new(&nginx);
        let hypothesis = compiled.hypothesis(&nginx, &evidence, &lines);
        let end = hypothesis.rewrites(Kind::End, true);
        let reset = end.special(ValueId::new(value)).unwrap();
        assert!(end.special(ValueId::new(value + 1)).is_none());
        assert!(reset.likelihood(fin, false).relative_to_mode > 0.99, "reset becomes fin");
        assert!(reset.likelihood(observed(Kind::End, "reset"), true).probability < 0.05, "it is never let through");
        assert!(end.usual.likelihood(fin, true).relative_to_mode > 0.99, "fin stays fin");
        assert!(end.usual.likelihood(fin, false).relative_to_mode < 0.2, "what is alive stays so");
        let usual = hypothesis.rewrites(Kind::Banner, true).usual;
        assert!(usual.likelihood(observed(Kind::Banner, "server: nginx/1.26.3"), false).relative_to_mode > 0.99);
    }
}
