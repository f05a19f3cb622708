//! What proxies answer themselves, set against what was observed: which of them may stand in front.

use std::collections::BTreeMap;

use fnv::FnvHashMap;

use super::model::{MAX_CERTAINTY, ReverseProxy, refusal_signature};
use crate::identify::information::entropy;
use crate::observation::Observation;
use crate::probe::ProbeId;

/// By probe, the proxies that answer it themselves.
#[derive(Debug, Default)]
pub(crate) struct LocalResponses {
    entries: FnvHashMap<ProbeId, Vec<LocalResponseEntry>>,
    /// By probe, the information in its answer about which proxy stands in front, in bits, all being equally likely.
    information: FnvHashMap<ProbeId, f64>,
}

/// An answer that a proxy gives to a probe.
#[derive(Clone, Copy, Debug)]
struct LocalResponseEntry {
    /// The place of the proxy among all.
    proxy: usize,
    /// The place of the answer among those of the proxy.
    response: usize,
    /// In front of what share of servers it gives it.
    share: f64,
}

/// The evidence for and against one proxy in what it would have answered itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct ProxyEvidence {
    /// The probes that were answered as it answers them, with the share of servers in front of which it does.
    pub(super) answered: BTreeMap<ProbeId, f64>,
    /// By answer.
    matches: BTreeMap<usize, Repeated>,
    /// The probes that it would have answered and did not.
    misses: Repeated,
}

/// Evidence that comes several times for one reason.
#[derive(Clone, Copy, Debug, Default)]
struct Repeated {
    /// The sum of the log-likelihood ratios.
    bits: f64,
    count: f64,
}

impl LocalResponses {
    pub(crate) fn new(proxies: &[ReverseProxy]) -> Self {
        let mut all = Self::default();
        for (proxy, known) in proxies.iter().enumerate() {
            for (response, local) in known.local_responses.iter().enumerate() {
                for (probe, share) in &local.probes {
                    let of_probe = all.entries.entry(ProbeId::new(*probe)).or_default();
                    of_probe.push(LocalResponseEntry { proxy, response, share: share.min(MAX_CERTAINTY) });
                }
            }
        }
        all.information = all.entries.iter().map(|(probe, entries)| (*probe, information(entries, proxies))).collect();
        all
    }

    /// The information in the answer to a probe about which proxy stands in front, in bits.
    pub(crate) fn information(&self, probe: ProbeId) -> f64 {
        self.information.get(&probe).copied().unwrap_or(0.0)
    }

    /// The evidence for and against each proxy; `background` is how common the answer to a probe is where nothing stands in front.
    pub(crate) fn evidence(
        &self,
        proxies: &[ReverseProxy],
        observations: &BTreeMap<ProbeId, Observation>,
        background: impl Fn(ProbeId) -> f64,
    ) -> Vec<ProxyEvidence> {
        let mut evidence = vec![ProxyEvidence::default(); proxies.len()];
        for (probe, seen) in observations {
            let Some(entries) = self.entries.get(probe) else { continue };
            let seen = (!seen.reply.is_upgrade()).then(|| refusal_signature(seen));
            let background = background(*probe);
            for entries in entries.chunk_by(|one, other| one.proxy == other.proxy) {
                let is_seen = |entry: &&LocalResponseEntry| Some(entry.signature(proxies)) == seen.as_deref();
                let of_proxy = &mut evidence[entries[0].proxy];
                match entries.iter().find(is_seen) {
                    Some(entry) => of_proxy.add_match(*probe, entry, background),
                    None => of_proxy.add_miss(entries.iter().map(|entry| entry.share).sum()),
                }
            }
        }
        evidence
    }
}

impl LocalResponseEntry {
    fn signature<'a>(&self, proxies: &'a [ReverseProxy]) -> &'a str {
        &proxies[self.proxy].local_responses[self.response].signature
    }
}

/// The information in an answer, or in that the server is let answer, about which proxy stands in front.
fn information(entries: &[LocalResponseEntry], proxies: &[ReverseProxy]) -> f64 {
    let mut shares: BTreeMap<&str, f64> = BTreeMap::new();
    for entry in entries {
        *shares.entry(entry.signature(proxies)).or_default() += entry.share / proxies.len() as f64;
    }
    let rest = 1.0 - shares.values().sum::<f64>();
    shares.values().copied().chain([rest]).map(|share| entropy(share, 1.0)).sum()
}

impl ProxyEvidence {
    fn add_match(&mut self, probe: ProbeId, entry: &LocalResponseEntry, background: f64) {
        self.answered.insert(probe, entry.share);
        let bits = ((entry.share + (1.0 - entry.share) * background) / background).log2();
        self.matches.entry(entry.response).or_default().add(bits);
    }

    fn add_miss(&mut self, share: f64) {
        self.misses.add((1.0 - share.min(MAX_CERTAINTY)).log2());
    }

    /// Whether a probe was answered as the proxy answers it.
    pub(crate) fn has_answered(&self, probe: ProbeId) -> bool {
        self.answered.contains_key(&probe)
    }

    /// The bits against the proxy.
    pub(crate) fn bits_against(&self) -> f64 {
        self.misses.tempered()
    }

    /// The log-likelihood ratio of the proxy against none, in bits.
    pub(crate) fn bits(&self) -> f64 {
        self.matches.values().map(Repeated::tempered).sum::<f64>() + self.bits_against()
    }
}

impl Repeated {
    const fn add(&mut self, bits: f64) {
        self.bits += bits;
        self.count += 1.0;
    }

    /// n repetitions together weigh √n.
    fn tempered(&self) -> f64 {
        self.bits / self.count.max(1.0).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identify::proxy::model::LocalResponse;

    #[test]
    fn own_answers_speak_for_a_proxy_and_their_absence_against_it() {
        let local = LocalResponse {
            signature: "HTTP/1.1 400 | Bad Request |  |  |  |  |  | fin".into(),
            probes: BTreeMap::from([(306, 1.0), (388, 0.9)]),
        };
        let proxies =
            [ReverseProxy { product: "varnish".into(), local_responses: vec![local], ..ReverseProxy::default() }];
        let responses = LocalResponses::new(&proxies);
        let evidence = |lines: &[(u16, &str)]| {
            let seen = lines.iter().map(|(probe, line)| (ProbeId::new(*probe), line.parse().unwrap())).collect();
            responses.evidence(&proxies, &seen, |_| 0.05).remove(0)
        };
        let both = evidence(&[(306, "HTTP/1.1 400 Bad Request {} | fin"), (388, "HTTP/1.1 400 Bad Request {} | fin")]);
        assert!(both.bits() > 4.0 && both.bits_against() == 0.0, "{both:?}");
        assert_eq!(both.answered.len(), 2);
        let none = evidence(&[(306, "HTTP/1.1 404 Not Found {} | fin"), (388, "text 1 echo | alive")]);
        assert!(none.bits() < -5.0 && none.answered.is_empty(), "{none:?}");
        assert!(evidence(&[(1, "HTTP/1.1 101 Switching Protocols {} | alive")]).bits().abs() < 1e-9);
    }
}
