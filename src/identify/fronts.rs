//! What proxies answer themselves, set against what was observed: which of them may stand in front.

use std::collections::BTreeMap;

use fnv::FnvHashMap;

use super::Observations;
use super::choose::entropy;
use super::edge::{Edge, MOST_SURE, key};
use crate::probe::ProbeId;

/// By probe, the proxies that answer it themselves.
#[derive(Debug, Default)]
pub(super) struct Owns {
    answers: FnvHashMap<ProbeId, Vec<OwnAnswer>>,
    /// By probe, how many bits its answer tells of which proxy stands in front, all being equally likely.
    tells: FnvHashMap<ProbeId, f64>,
}

/// An answer that a proxy gives to a probe.
#[derive(Clone, Copy, Debug)]
struct OwnAnswer {
    /// The place of the proxy among all.
    edge: usize,
    /// The place of the answer among its own.
    own: usize,
    /// In front of what share of servers it gives it.
    share: f64,
}

/// What speaks for one proxy, and against it, of what it would have answered itself.
#[derive(Clone, Debug, Default)]
pub(super) struct Front {
    /// The probes that it answered as it does, with the share of servers in front of which it does.
    pub(super) answered: BTreeMap<ProbeId, f64>,
    /// By answer, the bits that it speaks for the proxy, and how often it was given.
    told: BTreeMap<usize, (f64, f64)>,
    /// Bits of the probes that it would have answered and did not, and how many there are.
    missed: (f64, f64),
}

impl Owns {
    pub(super) fn new(edges: &[Edge]) -> Self {
        let mut owns = Self::default();
        for (edge, known) in edges.iter().enumerate() {
            for (own, answer) in known.own.iter().enumerate() {
                for (probe, share) in &answer.probes {
                    let of_probe = owns.answers.entry(ProbeId::new(*probe)).or_default();
                    of_probe.push(OwnAnswer { edge, own, share: share.min(MOST_SURE) });
                }
            }
        }
        owns.tells = owns.answers.iter().map(|(probe, answers)| (*probe, bits_told(answers, edges))).collect();
        owns
    }

    /// How many bits the answer to a probe tells of which proxy stands in front.
    pub(super) fn tells(&self, probe: ProbeId) -> f64 {
        self.tells.get(&probe).copied().unwrap_or(0.0)
    }

    /// What is observed of the own answers of each proxy; `common` is how common the answer to a probe is where nothing stands in front.
    pub(super) fn fronts(
        &self,
        edges: &[Edge],
        observations: &Observations,
        common: impl Fn(ProbeId) -> f64,
    ) -> Vec<Front> {
        let mut fronts = vec![Front::default(); edges.len()];
        for (probe, seen) in observations {
            let Some(answers) = self.answers.get(probe) else { continue };
            let seen = (!seen.reply.is_upgrade()).then(|| key(seen));
            let background = common(*probe);
            for answers in answers.chunk_by(|one, other| one.edge == other.edge) {
                let of = |answer: &&OwnAnswer| Some(&edges[answer.edge].own[answer.own].answer) == seen.as_ref();
                let front = &mut fronts[answers[0].edge];
                match answers.iter().find(of) {
                    Some(answer) => front.hear(*probe, answer, background),
                    None => front.miss(answers.iter().map(|answer| answer.share).sum()),
                }
            }
        }
        fronts
    }
}

/// How many bits it tells which proxy stands in front what it answers to a probe, or that it lets the server answer.
fn bits_told(answers: &[OwnAnswer], edges: &[Edge]) -> f64 {
    let mut shares: BTreeMap<&str, f64> = BTreeMap::new();
    for answer in answers {
        *shares.entry(&edges[answer.edge].own[answer.own].answer).or_default() += answer.share / edges.len() as f64;
    }
    let rest = 1.0 - shares.values().sum::<f64>();
    shares.values().copied().chain([rest]).map(|share| entropy(share, 1.0)).sum()
}

impl Front {
    fn hear(&mut self, probe: ProbeId, answer: &OwnAnswer, background: f64) {
        self.answered.insert(probe, answer.share);
        let told = self.told.entry(answer.own).or_default();
        told.0 += ((answer.share + (1.0 - answer.share) * background) / background).log2();
        told.1 += 1.0;
    }

    fn miss(&mut self, share: f64) {
        self.missed.0 += (1.0 - share.min(MOST_SURE)).log2();
        self.missed.1 += 1.0;
    }

    /// The bits that speak against it.
    pub(super) fn against(&self) -> f64 {
        // What is missing is missing for one reason.
        self.missed.0 / self.missed.1.max(1.0).sqrt()
    }

    /// The bits for and against it. An answer that was given several times says that once, and not each time.
    pub(super) fn bits(&self) -> f64 {
        self.told.values().map(|(bits, count)| bits / count.sqrt()).sum::<f64>() + self.against()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identify::edge::Own;

    #[test]
    fn own_answers_speak_for_a_proxy_and_their_absence_against_it() {
        let own = Own {
            answer: "HTTP/1.1 400 | Bad Request |  |  |  |  |  | fin".into(),
            probes: BTreeMap::from([(306, 1.0), (388, 0.9)]),
        };
        let edges = [Edge { product: "varnish".into(), own: vec![own], ..Edge::default() }];
        let owns = Owns::new(&edges);
        let front = |lines: &[(u16, &str)]| {
            let seen = lines.iter().map(|(probe, line)| (ProbeId::new(*probe), line.parse().unwrap())).collect();
            owns.fronts(&edges, &seen, |_| 0.05).remove(0)
        };
        let both = front(&[(306, "HTTP/1.1 400 Bad Request {} | fin"), (388, "HTTP/1.1 400 Bad Request {} | fin")]);
        assert!(both.bits() > 4.0 && both.against() == 0.0, "{both:?}");
        assert_eq!(both.answered.len(), 2);
        let none = front(&[(306, "HTTP/1.1 404 Not Found {} | fin"), (388, "text 1 echo | alive")]);
        assert!(none.bits() < -5.0 && none.answered.is_empty(), "{none:?}");
        assert!(front(&[(1, "HTTP/1.1 101 Switching Protocols {} | alive")]).bits().abs() < 1e-9);
    }
}
