//! What each observed fact says for and against each behaviour.

use std::collections::HashMap;

use super::calibration::{Calibration, Disagreement};
use super::index::{Group, Index, Probed};
use super::{Mask, Observations, is_compared};
use crate::database::{ABSENT, Database, Lines};
use crate::features::{Kind, Layer, facts, layer};
use crate::probe::{self, ProbeId};

/// The side of an answer that a value belongs to.
pub(super) type Key = (ProbeId, Kind);

/// The likelihood that a server outside the database shows a value never seen before.
pub(super) const NOVELTY: f64 = 0.35;

/// An observed value, and who in the database shows it.
pub(super) struct Fact<'a> {
    pub(super) key: Key,
    /// The value; `None` where nothing was observed and some behaviour shows something, which is a difference too.
    pub(super) value: Option<String>,
    /// The number of the value.
    number: u32,
    pub(super) weight: f64,
    /// How often facts of its kind change though the server does not.
    change: f64,
    /// Whether a difference tells that the server is another, and not just its application.
    tells_servers_apart: bool,
    /// Whether only the WebSocket library decides it.
    is_library: bool,
    probed: &'a Probed,
    group: Option<&'a Group>,
}

/// What was observed, and how each behaviour takes it.
pub(super) struct Scales<'a> {
    pub(super) facts: Vec<Fact<'a>>,
    /// By behaviour.
    pub(super) sums: Vec<Sum>,
    /// Of what the library decides about the legal handshake: the facts that nobody shows, and all of them.
    novel: (f64, f64),
}

/// What all facts together say of one behaviour.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    /// Bits for it, against a server that shows each value as often as any.
    pub(super) bits: f64,
    /// The weight of what was compared, and of what of it agrees.
    pub(super) compared: f64,
    pub(super) agreed: f64,
    /// The same of what tells servers apart.
    pub(super) telling: f64,
    pub(super) telling_agreed: f64,
}

impl<'a> Scales<'a> {
    pub(super) fn new(
        observations: &Observations,
        (database, index): (&Database, &'a Index),
        numbers: &Calibration,
        mask: Mask,
    ) -> Self {
        let facts = weighed(observed(observations, (database, index), numbers, mask));
        let sums = sums(&facts, index, database.behaviours.len());
        // What is done with a legal handshake is nearly the same everywhere, so that what nobody does is a sign of its own.
        let legal = || facts.iter().filter(|fact| fact.key.0 == ProbeId::BASELINE && fact.is_library);
        let novel = legal().filter(|fact| fact.group.is_none()).count();
        let novel = (novel as f64, legal().count() as f64);
        Self { facts, sums, novel }
    }

    /// How much disagrees with a behaviour.
    pub(super) fn disagreement(&self, behaviour: usize) -> Disagreement {
        let sum = &self.sums[behaviour];
        let (novel, legal) = self.novel;
        Disagreement { mismatched: sum.telling - sum.telling_agreed, compared: sum.telling, novel, legal }
    }
}

/// All facts that can be compared, in order.
fn observed<'a>(
    observations: &Observations,
    (database, index): (&Database, &'a Index),
    numbers: &Calibration,
    mask: Mask,
) -> Vec<Fact<'a>> {
    let mut all = Vec::new();
    let mut values = Values { lines: database.lines(), strange: HashMap::new() };
    for (id, observation) in observations {
        let (Ok(probe), Some(probed)) = (probe::find(*id), index.probed(*id)) else { continue };
        let mut seen: [Option<String>; Kind::COUNT] = Default::default();
        for (kind, value) in facts(observation) {
            seen[kind as usize] = Some(value);
        }
        for (kind, value) in Kind::ALL.into_iter().zip(seen) {
            if !is_compared(kind, mask) || value.is_none() && !probed.knows(kind) {
                continue;
            }
            let number = values.number(value.as_deref());
            // Where nobody shows anything of this kind, all agree on showing nothing, and there is no group.
            let group = probed.group(kind, number);
            let layer = layer(probe, kind);
            all.push(Fact {
                key: (*id, kind),
                value,
                number,
                weight: 0.0,
                change: numbers.change[kind as usize],
                tells_servers_apart: !matches!(layer, Layer::App | Layer::Banner) && kind != Kind::ReactionPoint,
                is_library: layer == Layer::Engine && kind != Kind::ReactionPoint,
                probed,
                group,
            });
        }
    }
    all
}

/// Facts of one kind that say the same thing share the voice of √n of them, whichever probes they come from: a server that drops
/// whatever it does not like says that once, not once for each thing.
fn weighed(mut facts: Vec<Fact<'_>>) -> Vec<Fact<'_>> {
    let mut sizes: HashMap<(Kind, u32), f64> = HashMap::new();
    for fact in &facts {
        *sizes.entry((fact.key.1, fact.number)).or_default() += 1.0;
    }
    for fact in &mut facts {
        fact.weight = sizes[&(fact.key.1, fact.number)].sqrt().recip();
    }
    facts
}

fn sums(facts: &[Fact<'_>], index: &Index, behaviours: usize) -> Vec<Sum> {
    let mut sums = vec![Sum::default(); behaviours];
    // What holds for all that were asked and do not show the value is added once for all of them.
    let mut common = Sum::default();
    for same_probe in facts.chunk_by(|one, other| one.key.0 == other.key.0) {
        let mut part = Sum::default();
        for fact in same_probe {
            part.add(&fact.taken(0.0), 1.0);
            let Some(group) = fact.group else { continue };
            let whole = fact.taken(1.0).less(&fact.taken(0.0));
            for member in index.members(group) {
                let more = if member.share < 1.0 { fact.taken(member.share).less(&fact.taken(0.0)) } else { whole };
                sums[member.behaviour as usize].add(&more, 1.0);
            }
        }
        common.add(&part, 1.0);
        same_probe[0].probed.missing.iter().for_each(|behaviour| sums[*behaviour as usize].add(&part, -1.0));
    }
    sums.iter_mut().for_each(|sum| sum.add(&common, 1.0));
    sums
}

impl Fact<'_> {
    /// Whether the behaviour was asked the same.
    pub(super) fn is_known_of(&self, behaviour: u32) -> bool {
        self.probed.missing.binary_search(&behaviour).is_err()
    }

    /// In what share of its runs a behaviour shows the value.
    pub(super) fn share(&self, index: &Index, behaviour: u32) -> f64 {
        let members = self.group.map(|group| index.members(group)).unwrap_or_default();
        members.binary_search_by_key(&behaviour, |member| member.behaviour).map_or(0.0, |place| members[place].share)
    }

    /// The weighted logarithm, in bits, of how likely the value is for a server that shows it in this share of runs.
    pub(super) fn bits(&self, share: f64) -> f64 {
        self.weight * ((1.0 - self.change) * share + self.change * self.background()).log2()
    }

    /// How common the value is.
    fn background(&self) -> f64 {
        self.group.map_or(self.probed.never, |group| group.background)
    }

    /// The same for a server of which nothing is known.
    fn anybodys_bits(&self) -> f64 {
        let novelty = if self.group.is_some() { 0.0 } else { NOVELTY };
        self.weight * ((1.0 - NOVELTY) * self.background() + novelty).log2()
    }

    /// What the fact says of a behaviour that shows the value in this share of its runs.
    fn taken(&self, share: f64) -> Sum {
        let telling = if self.tells_servers_apart { self.weight } else { 0.0 };
        Sum {
            bits: self.bits(share) - self.anybodys_bits(),
            compared: self.weight,
            agreed: share * self.weight,
            telling,
            telling_agreed: share * telling,
        }
    }
}

impl Sum {
    fn add(&mut self, other: &Self, times: f64) {
        self.bits += times * other.bits;
        self.compared += times * other.compared;
        self.agreed += times * other.agreed;
        self.telling += times * other.telling;
        self.telling_agreed += times * other.telling_agreed;
    }

    fn less(mut self, other: &Self) -> Self {
        self.add(other, -1.0);
        self
    }

    /// The share of the compared weight that agrees, in percent.
    pub(super) fn match_percent(&self) -> f64 {
        if self.compared > 0.0 { 100.0 * self.agreed / self.compared } else { 0.0 }
    }
}

/// Numbers of values; those that the database does not have get numbers beyond its own.
struct Values<'a> {
    lines: &'a Lines,
    strange: HashMap<String, u32>,
}

impl Values<'_> {
    fn number(&mut self, value: Option<&str>) -> u32 {
        let Some(value) = value else { return ABSENT };
        self.lines.value(value).unwrap_or_else(|| {
            let next = self.lines.values() + u32::try_from(self.strange.len()).unwrap_or(0);
            *self.strange.entry(value.to_owned()).or_insert(next)
        })
    }
}
