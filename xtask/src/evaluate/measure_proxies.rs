//! What each proxy rewrites, measured by setting it in front of servers whose own answers are recorded.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use enum_map::EnumMap;
use stews::database::Recording;
use stews::features::{Kind, by_kind};
use stews::identify::{LocalResponse, Observations, ReverseProxy, Rewrite, RewriteDistribution, refusal_signature};
use stews::observation::Observation;
use stews::observation::noted::Noted;
use stews::probe::ProbeId;

use crate::evaluate::cases::{Cases, known_facts};
use crate::evaluate::statistics::rounded;

/// A value is kept if it is at least this share of what facts of a kind are rewritten to.
const LEAST_SHARE: f64 = 0.02;

/// How many values of a kind are kept at most.
const MOST_VALUES: usize = 16;

/// How many values are kept at most of what becomes of one value.
const MOST_OF_ONE: usize = 3;

/// What becomes of a value is told if so many facts showed it.
const LEAST_FACTS: f64 = 8.0;

/// How many values of a kind are told apart by what becomes of them.
const MOST_TURNS: usize = 24;

/// Minimum difference from the overall rate for a per-value entry to be kept.
const MIN_RATE_DIFFERENCE: f64 = 0.1;

/// An answer that a proxy gives to a probe in front of a smaller share of servers is not told.
const LEAST_ANSWERED: f64 = 0.05;

/// Engines behind which an answer was seen that is the proxy's own: two may have the same by chance, and one has.
const LEAST_ENGINES: usize = 3;

/// A scan behind a proxy, and what its server does without.
struct Behind<'a> {
    seen: Observations,
    direct: &'a Recording,
    /// By probe, what the server was seen to refuse with.
    refusals: BTreeMap<ProbeId, Vec<String>>,
}

/// Measures all proxies by the servers whose engines are `chosen`.
pub fn measure(cases: &Cases<'_>, chosen: impl Fn(&str) -> bool) -> Result<Vec<ReverseProxy>> {
    let mut scans: BTreeMap<&str, Vec<Behind<'_>>> = BTreeMap::new();
    for (scan, direct) in cases.conditioned.iter().filter(|(_, direct)| chosen(&direct.engine)) {
        let Some(proxy) = scan.proxy() else { continue };
        scans.entry(proxy).or_default().push(Behind::new(scan.whole(direct), direct));
    }
    Ok(scans.into_iter().map(|(proxy, scans)| edge(proxy, &scans)).collect())
}

fn edge(proxy: &str, scans: &[Behind<'_>]) -> ReverseProxy {
    let local_responses = local_responses(scans);
    let is_own = |probe: ProbeId, answer: &str| {
        local_responses.iter().any(|local| local.signature == answer && local.probes.contains_key(&probe.number()))
    };
    let mut counts: [EnumMap<Kind, Count>; 2] = Default::default();
    for scan in scans {
        let known = known_facts(scan.direct);
        for (probe, observation) in &scan.seen {
            if scan.strange_refusal(*probe, observation).is_some_and(|answer| is_own(*probe, &answer)) {
                continue;
            }
            let counts = &mut counts[usize::from(observation.reply.is_upgrade())];
            for (kind, seen) in by_kind(observation) {
                let own = known.get(&(*probe, kind)).map(Vec::as_slice).unwrap_or_default();
                if seen.is_some() || !own.is_empty() {
                    counts[kind].add(kind, seen.as_deref(), own);
                }
            }
        }
    }
    let [refused, upgraded] = counts.map(|counts| counts.map(|_, count| count.rewrite()));
    ReverseProxy { product: proxy.to_owned(), local_responses, upgraded, refused }
}

/// The refusals that servers of several engines seem to give, and do not give without the proxy.
fn local_responses(scans: &[Behind<'_>]) -> Vec<LocalResponse> {
    let mut asked: BTreeMap<ProbeId, f64> = BTreeMap::new();
    // How often each answer was given, and by servers of which engines.
    let mut given: BTreeMap<(String, ProbeId), (f64, BTreeSet<&str>)> = BTreeMap::new();
    for scan in scans {
        for (probe, observation) in &scan.seen {
            *asked.entry(*probe).or_default() += 1.0;
            let Some(answer) = scan.strange_refusal(*probe, observation) else { continue };
            let (count, engines) = given.entry((answer, *probe)).or_default();
            *count += 1.0;
            engines.insert(&scan.direct.engine);
        }
    }
    let mut own: BTreeMap<String, BTreeMap<u16, f64>> = BTreeMap::new();
    for ((answer, probe), (count, engines)) in given {
        let share = count / asked[&probe];
        if share >= LEAST_ANSWERED && engines.len() >= LEAST_ENGINES {
            own.entry(answer).or_default().insert(probe.number(), short(share));
        }
    }
    own.into_iter().map(|(signature, probes)| LocalResponse { signature, probes }).collect()
}

impl<'a> Behind<'a> {
    fn new(seen: Observations, direct: &'a Recording) -> Self {
        let mut refusals: BTreeMap<ProbeId, Vec<String>> = BTreeMap::new();
        for (id, answers) in &direct.observations {
            let refused = answers.seen.keys().map(Noted::observation).filter(|seen| !seen.reply.is_upgrade());
            refusals.entry(*id).or_default().extend(refused.map(refusal_signature));
        }
        Self { seen, direct, refusals }
    }

    /// A refusal that the server does not give without the proxy, as it is counted.
    fn strange_refusal(&self, probe: ProbeId, observation: &Observation) -> Option<String> {
        let answer = (!observation.reply.is_upgrade()).then(|| refusal_signature(observation))?;
        let known = self.refusals.get(&probe).is_some_and(|known| known.contains(&answer));
        (!known).then_some(answer)
    }
}

/// What was counted of the facts of one kind.
#[derive(Default)]
struct Count {
    all: Changes,
    /// By what the server shows.
    of: BTreeMap<String, Changes>,
}

#[derive(Clone, Default)]
struct Changes {
    changed: f64,
    of: f64,
    values: BTreeMap<String, f64>,
}

impl Count {
    fn add(&mut self, kind: Kind, seen: Option<&str>, own: &[String]) {
        let same = seen.map_or_else(|| own.is_empty(), |seen| own.iter().any(|own| own == seen));
        let key = Rewrite::key(kind, seen).into_owned();
        self.all.add(same, &key);
        if kind.properties().shared_values {
            let shown = if same { seen } else { own.first().map(String::as_str) };
            self.of.entry(Rewrite::key(kind, shown).into_owned()).or_default().add(same, &key);
        }
    }

    fn rewrite(self) -> Rewrite {
        let usual = self.all.turn(MOST_VALUES);
        let mut of: Vec<(String, Changes)> = self.of.into_iter().collect();
        of.retain(|(_, changes)| changes.of >= LEAST_FACTS);
        of.sort_by(|one, other| other.1.of.total_cmp(&one.1.of).then_with(|| one.0.cmp(&other.0)));
        let turns = of.into_iter().map(|(own, changes)| (own, changes.turn(MOST_OF_ONE)));
        let matters = |turn: &RewriteDistribution| {
            let likeliest = |turn: &RewriteDistribution| turn.values.values().copied().fold(0.0, f64::max) * turn.rate;
            (turn.rate - usual.rate).abs() > MIN_RATE_DIFFERENCE
                || (likeliest(turn) - likeliest(&usual)).abs() > MIN_RATE_DIFFERENCE
        };
        let by_value = turns.filter(|(_, turn)| matters(turn)).take(MOST_TURNS).collect();
        Rewrite { usual, by_value }
    }
}

impl Changes {
    fn add(&mut self, same: bool, key: &str) {
        self.of += 1.0;
        if !same {
            self.changed += 1.0;
            *self.values.entry(key.to_owned()).or_default() += 1.0;
        }
    }

    fn turn(self, most: usize) -> RewriteDistribution {
        let all: f64 = self.values.values().sum();
        let mut values: Vec<(String, f64)> =
            self.values.into_iter().map(|(value, count)| (value, count / all)).collect();
        values.retain(|(_, share)| *share >= LEAST_SHARE);
        values.sort_by(|one, other| other.1.total_cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        values.truncate(most);
        RewriteDistribution {
            rate: short((self.changed + 0.5) / (self.of + 1.0)),
            values: values.into_iter().map(|(value, share)| (value, short(share))).collect(),
        }
    }
}

/// A share as it is stored.
fn short(share: f64) -> f64 {
    rounded(share, 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn observed(lines: &[(u16, &str)]) -> Observations {
        lines.iter().map(|(id, line)| (ProbeId::new(*id), line.parse().unwrap())).collect()
    }

    /// Four servers of four engines behind a proxy that answers 306 itself, calls itself Server, and ends in order what was reset.
    fn edge_of_four() -> ReverseProxy {
        let servers: Vec<(Recording, Observations)> = ["a", "b", "c", "d"]
            .into_iter()
            .map(|name| {
                let direct = [
                    (309, "HTTP/1.1 101 Switching Protocols {Upgrade: websocket} | alive".to_owned()),
                    (300, format!("HTTP/1.1 426 Upgrade Required {{}} body \"own {name}\" | fin")),
                    (306, "HTTP/1.1 400 Bad Request {} | reset".to_owned()),
                    (203, if name < "c" { "| reset" } else { "close 1002 | fin" }.to_owned()),
                ];
                let seen = [
                    (
                        309,
                        "HTTP/1.1 101 Switching Protocols {Upgrade: websocket, Server: proxy/1.2} | alive".to_owned(),
                    ),
                    (300, format!("HTTP/1.1 426 Upgrade Required {{Server: proxy/1.2}} body \"own {name}\" | fin")),
                    (306, "HTTP/1.1 400 Bad Request {Server: proxy/1.2} body \"proxy 1.2\" | fin".to_owned()),
                    (203, if name < "c" { "| fin" } else { "close 1002 | fin" }.to_owned()),
                ];
                let lines = |all: &[(u16, String); 4]| {
                    observed(&all.iter().map(|(id, line)| (*id, line.as_str())).collect::<Vec<_>>())
                };
                let mut direct = Recording::of_runs("server", "1", &[lines(&direct)]);
                direct.engine = format!("engine {name}");
                (direct, lines(&seen))
            })
            .collect();
        let scans: Vec<Behind<'_>> = servers.iter().map(|(direct, seen)| Behind::new(seen.clone(), direct)).collect();
        edge("proxy", &scans)
    }

    #[test]
    fn what_a_proxy_answers_itself_is_what_servers_of_several_engines_seem_to_answer() {
        let edge = edge_of_four();
        let own: Vec<(&str, Vec<u16>)> = edge
            .local_responses
            .iter()
            .map(|local| (local.signature.as_str(), local.probes.keys().copied().collect()))
            .collect();
        assert_eq!(own, [("HTTP/1.1 400 | Bad Request | Server |  |  | server: proxy | proxy . | fin", vec![306])]);
    }

    #[test]
    fn what_it_rewrites_is_told_by_what_it_was() {
        let edge = edge_of_four();
        let banner = &edge.upgraded[Kind::Banner].usual;
        assert_eq!(banner.values, BTreeMap::from([("server: proxy".to_owned(), 1.0)]));
        assert!(banner.rate > 0.7 && edge.upgraded[Kind::Status].usual.rate < 0.3);
        assert!(edge.refused[Kind::Body].usual.rate < 0.3, "what it answers itself is no rewriting");
    }
}
