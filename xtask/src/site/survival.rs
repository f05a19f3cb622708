//! Which answers stay what they are behind each reverse proxy, as it was measured.

use std::collections::BTreeMap;

use anyhow::Result;
use stews::database::Recording;
use stews::features::{Fact, Layer, telling};
use stews::observation::noted::Noted;
use stews::probe::{ProbeId, find};

use crate::conditions::stored::{self, Conditioned};
use crate::evaluate::ratio::Ratio;
use crate::site::answers::is_engines;

/// What stays behind each proxy.
pub struct Survival {
    /// The proxies, by id.
    pub proxies: Vec<Behind>,
}

/// What stays behind one proxy.
pub struct Behind {
    /// Its id.
    pub proxy: String,
    /// Its version, as the scans name it.
    pub detail: String,
    /// Versions of servers that were scanned behind it.
    pub servers: usize,
    /// By probe of the default set, how many of them answer as they do without it.
    pub probes: BTreeMap<ProbeId, Kept>,
}

/// How often the answer to a probe stays.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Kept {
    /// All of it that tells servers apart.
    pub whole: Ratio,
    /// What the engine decides of it; nothing of probes that ask for something else.
    pub engine: Ratio,
}

impl Kept {
    /// Both together.
    pub const fn plus(self, other: Self) -> Self {
        Self { whole: self.whole.plus(other.whole), engine: self.engine.plus(other.engine) }
    }
}

impl Survival {
    /// What the stored scans say.
    pub fn measure(recordings: &[Recording]) -> Result<Self> {
        let scans = stored::load_where(recordings, |condition| condition.proxy().is_some())?;
        let mut proxies: BTreeMap<String, Behind> = BTreeMap::new();
        for (scan, direct) in &scans {
            let Some(proxy) = scan.proxy() else { continue };
            let behind = proxies.entry(proxy.to_owned()).or_insert_with(|| Behind {
                proxy: proxy.to_owned(),
                detail: scan.detail.clone(),
                servers: 0,
                probes: BTreeMap::new(),
            });
            behind.add(scan, direct);
        }
        Ok(Self { proxies: proxies.into_values().collect() })
    }
}

impl Behind {
    fn add(&mut self, scan: &Conditioned, direct: &Recording) {
        self.servers += 1;
        for id in scan.all_asked() {
            let Some(probe) = find(id).ok().filter(|probe| probe.is_default()) else { continue };
            let Some(known) = direct.observations.get(&id) else { continue };
            let [whole, engine] = stays(scan.observations.get(&id), known.seen.keys());
            let kept = self.probes.entry(id).or_default();
            kept.whole.add(whole);
            if probe.layer == Layer::Engine {
                kept.engine.add(engine);
            }
        }
    }

    /// All probes together.
    pub fn total(&self) -> Kept {
        self.probes.values().fold(Kept::default(), |sum, kept| sum.plus(*kept))
    }

    /// The probes whose answer stays with fewer than half of the servers, those first that fewest answer as without it.
    pub fn lost(&self) -> Vec<ProbeId> {
        let mut lost: Vec<(ProbeId, Kept)> = self.probes.iter().map(|(id, kept)| (*id, *kept)).collect();
        lost.retain(|(_, kept)| 2 * kept.whole.count < kept.whole.of);
        lost.sort_by(|one, other| one.1.whole.percent().total_cmp(&other.1.whole.percent()).then(one.0.cmp(&other.0)));
        lost.into_iter().map(|(id, _)| id).collect()
    }
}

/// Whether an answer, and what of it the engine decides, is one of those that are known. Where nothing else was stored it is.
fn stays<'a>(seen: Option<&Noted>, known: impl Iterator<Item = &'a Noted>) -> [bool; 2] {
    let Some(seen) = seen else { return [true, true] };
    let facts = |noted: &Noted| telling(noted.observation()).collect::<Vec<Fact>>();
    let engines = |facts: &[Fact]| facts.iter().filter(|(kind, _)| is_engines(*kind)).cloned().collect::<Vec<Fact>>();
    let seen = facts(seen);
    let mut stays = [false, false];
    for known in known.map(facts) {
        stays[0] |= known == seen;
        stays[1] |= engines(&known) == engines(&seen);
    }
    stays
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_proxy_rewrites_is_not_the_engines() {
        let noted = |line: &str| line.parse::<Noted>().unwrap();
        let known = [noted("HTTP/1.1 400 Bad {A: 1} | fin")];
        let judge = |line: &str| stays(Some(&noted(line)), known.iter());
        assert_eq!(stays(None, known.iter()), [true, true]);
        assert_eq!(judge("HTTP/1.1 400 Bad {Server: nginx, A: 1} | fin"), [false, true]);
        assert_eq!(judge("HTTP/1.1 502 Bad {A: 1} | fin"), [false, false]);
    }
}
