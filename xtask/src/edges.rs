//! What each proxy rewrites, measured by setting it in front of servers whose own answers are recorded.

use std::collections::BTreeMap;

use anyhow::Result;
use stews::features::{Kind, facts};
use stews::identify::{Edge, Observations, Rewrite};
use stews::observation::Observation;

use crate::calibrate::{Cases, known_facts};
use crate::conditions::BEHIND;

/// A value is kept if it is at least this share of what facts of a kind are rewritten to.
const LEAST_SHARE: f64 = 0.02;

/// How many values of a kind are kept at most.
const MOST_VALUES: usize = 16;

/// A probe that a proxy answers itself for a smaller share of servers is not told.
const LEAST_ANSWERED: f64 = 0.05;

/// What was counted of one proxy.
#[derive(Default)]
struct Count {
    /// By whether the handshake was accepted, then by kind.
    rewritten: [Vec<Rewritten>; 2],
    /// By probe, how often it answered itself, and how often it was asked.
    answered: BTreeMap<u16, (f64, f64)>,
}

#[derive(Clone, Default)]
struct Rewritten {
    changed: f64,
    of: f64,
    values: BTreeMap<String, f64>,
}

/// Measures all proxies by the servers whose engines are `chosen`.
pub fn measure(cases: &Cases<'_>, chosen: impl Fn(&str) -> bool) -> Result<Vec<Edge>> {
    let mut counts: BTreeMap<&str, Count> = BTreeMap::new();
    for (scan, direct) in cases.conditioned.iter().filter(|(_, direct)| chosen(&direct.engine)) {
        let Some(proxy) = scan.condition.strip_prefix(BEHIND) else { continue };
        let known = known_facts(direct);
        let own = |probe, kind| known.get(&(probe, kind)).map(Vec::as_slice).unwrap_or_default();
        counts.entry(proxy).or_default().add(&scan.whole(direct)?, own);
    }
    Ok(counts.into_iter().map(|(proxy, count)| count.edge(proxy)).collect())
}

impl Count {
    fn add<'a>(&mut self, seen: &Observations, own: impl Fn(stews::probe::ProbeId, Kind) -> &'a [String]) {
        for (probe, observation) in seen {
            let mut values: [Option<String>; Kind::COUNT] = Default::default();
            facts(observation).into_iter().for_each(|(kind, value)| values[kind as usize] = Some(value.into_owned()));
            let status = values[Kind::Status as usize].as_ref();
            let itself =
                is_refusal(observation) && status.is_some_and(|status| !own(*probe, Kind::Status).contains(status));
            let answered = self.answered.entry(probe.number()).or_default();
            answered.0 += f64::from(u8::from(itself));
            answered.1 += 1.0;
            let counts = &mut self.rewritten[usize::from(observation.reply.is_upgrade())];
            counts.resize(Kind::COUNT, Rewritten::default());
            for (kind, value) in Kind::ALL.into_iter().zip(values) {
                let own = own(*probe, kind);
                if value.is_some() || !own.is_empty() {
                    counts[kind as usize].add(kind, value, own, itself);
                }
            }
        }
    }

    fn edge(self, proxy: &str) -> Edge {
        let [refused, upgraded] = self.rewritten.map(|counts| counts.into_iter().map(Rewritten::rewrite).collect());
        let answers = self.answered.into_iter().map(|(probe, (itself, of))| (probe, short(itself / of)));
        Edge {
            product: proxy.to_owned(),
            upgraded,
            refused,
            answers: answers.filter(|(_, share)| *share >= LEAST_ANSWERED).collect(),
        }
    }
}

impl Rewritten {
    fn add(&mut self, kind: Kind, value: Option<String>, own: &[String], itself: bool) {
        let same = value.as_ref().map_or_else(|| own.is_empty(), |value| own.contains(value));
        // What it answers itself is counted by probe.
        if !itself {
            self.of += 1.0;
            self.changed += f64::from(u8::from(!same));
        }
        if let Some(value) = value.filter(|_| !same) {
            *self.values.entry(Rewrite::key(kind, &value)).or_default() += 1.0;
        }
    }

    fn rewrite(self) -> Rewrite {
        let all: f64 = self.values.values().sum();
        let mut values: Vec<(String, f64)> =
            self.values.into_iter().map(|(value, count)| (value, count / all)).collect();
        values.retain(|(_, share)| *share >= LEAST_SHARE);
        values.sort_by(|one, other| other.1.total_cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        values.truncate(MOST_VALUES);
        Rewrite {
            rate: short((self.changed + 0.5) / (self.of + 1.0)),
            values: values.into_iter().map(|(value, share)| (value, short(share))).collect(),
        }
    }
}

fn is_refusal(observation: &Observation) -> bool {
    !observation.reply.is_upgrade()
}

/// To three places, so that the file does not change with the last bit of a sum.
fn short(share: f64) -> f64 {
    (share * 1e3).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;
    use stews::probe::ProbeId;

    #[test]
    fn what_a_proxy_writes_and_what_it_answers_itself_is_counted() {
        let seen: Observations = [
            (1, "HTTP/1.1 101 Switching Protocols {Server: nginx/1.26.3} | alive"),
            (300, "HTTP/1.1 400 Bad Request {Server: nginx/1.26.3} | fin"),
        ]
        .map(|(probe, line)| (ProbeId::new(probe), line.parse().unwrap()))
        .into();
        let own: BTreeMap<Kind, Vec<String>> = [
            (Kind::Status, "HTTP/1.1 101"),
            (Kind::ReasonPhrase, "Switching Protocols"),
            (Kind::Banner, "server: own"),
        ]
        .map(|(kind, value)| (kind, vec![value.to_owned()]))
        .into();
        let mut count = Count::default();
        count.add(&seen, |_, kind| own.get(&kind).map(Vec::as_slice).unwrap_or_default());
        let edge = count.edge("nginx");
        assert_eq!(edge.answers, BTreeMap::from([(300, 1.0)]));
        let banner = &edge.upgraded[Kind::Banner as usize];
        assert_eq!(banner.values, BTreeMap::from([("server: nginx".to_owned(), 1.0)]));
        assert!(banner.rate > 0.7 && edge.upgraded[Kind::Status as usize].rate < 0.3);
    }
}
