//! What each observed fact says for and against each behaviour.

use std::borrow::Cow;

use fnv::FnvHashMap;

use super::calibration::{Calibration, Disagreement};
use super::edge::{Asked, Edge, Taken};
use super::index::{Index, MIXED, Probed, Shows, UNASKED};
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
    pub(super) value: Option<Cow<'static, str>>,
    /// The number of the value.
    number: u32,
    pub(super) weight: f64,
    /// How it is taken by a server that does not show it.
    taken: Taken,
    /// Whether the handshake was accepted.
    upgraded: bool,
    /// Whether a difference tells that the server is another, and not just its application.
    tells_servers_apart: bool,
    /// Whether the server says it of itself.
    is_banner: bool,
    /// Whether only the WebSocket library decides it.
    is_library: bool,
    probed: &'a Probed,
    /// Which lines of the probe show the value.
    shows: Shows<'a>,
    /// Whether any does.
    is_shown: bool,
    /// How common it is among products.
    background: f64,
    /// The weighted logarithm, in bits, of how likely the value is for a server of which nothing is known.
    anybodys: f64,
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
    /// The same without what the server says of itself.
    pub(super) unsaid: f64,
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
        (database, index): (&Database, &'a Index<'_>),
        numbers: &Calibration,
        mask: Mask,
    ) -> Self {
        let facts = weighed(observed(observations, (database, index), numbers, mask));
        let sums = sums(&facts, database.behaviours.len());
        // What is done with a legal handshake is nearly the same everywhere, so that what nobody does is a sign of its own.
        let legal = || facts.iter().filter(|fact| fact.key.0 == ProbeId::BASELINE && fact.is_library);
        let novel = legal().filter(|fact| !fact.is_shown).count();
        let novel = (novel as f64, legal().count() as f64);
        Self { facts, sums, novel }
    }

    /// How many bits speak for a proxy in front, whatever stands behind it. Facts that say the same speak once.
    pub(super) fn bits_for(&self, edge: &Edge) -> f64 {
        let mut said: FnvHashMap<(Kind, u32, bool), ()> = FnvHashMap::default();
        let mut bits = 0.0;
        for fact in &self.facts {
            if fact.key.1.may_be_rewritten() && said.insert((fact.key.1, fact.number, fact.upgraded), ()).is_none() {
                bits += edge.bits(&fact.asked());
            }
        }
        bits
    }

    /// The same facts as they are taken through a proxy.
    pub(super) fn through(&mut self, edge: &Edge, behaviours: usize) {
        for fact in &mut self.facts {
            fact.taken = edge.takes(&fact.asked());
        }
        self.sums = sums(&self.facts, behaviours);
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
    (database, index): (&Database, &'a Index<'_>),
    numbers: &Calibration,
    mask: Mask,
) -> Vec<Fact<'a>> {
    let mut all = Vec::with_capacity(observations.len() * Kind::COUNT / 2);
    let mut values = Values { lines: database.lines(), strange: FnvHashMap::default() };
    for (id, observation) in observations {
        let (Ok(probe), Some(probed)) = (probe::find(*id), index.probed(*id)) else { continue };
        let mut seen: [Option<Cow<'static, str>>; Kind::COUNT] = Default::default();
        for (kind, value) in facts(observation) {
            seen[kind as usize] = Some(value);
        }
        for (kind, value) in Kind::ALL.into_iter().zip(seen) {
            if !is_compared(kind, mask) || value.is_none() && probed.values[kind as usize].is_empty() {
                continue;
            }
            let number = values.number(value.as_deref());
            let shows = probed.shows(kind, number);
            let background = probed.background(shows);
            let layer = layer(probe, kind);
            all.push(Fact {
                key: (*id, kind),
                value,
                number,
                weight: 0.0,
                taken: Taken { change: numbers.change[kind as usize], foreign: background },
                upgraded: observation.reply.is_upgrade(),
                tells_servers_apart: !matches!(layer, Layer::App | Layer::Banner) && kind != Kind::ReactionPoint,
                is_banner: layer == Layer::Banner,
                is_library: layer == Layer::Engine && kind != Kind::ReactionPoint,
                probed,
                is_shown: shows.any(),
                background,
                anybodys: 0.0,
                shows,
            });
        }
    }
    all
}

/// Facts of one kind that say the same thing share the voice of √n of them, whichever probes they come from: a server that drops
/// whatever it does not like says that once, not once for each thing.
fn weighed(mut facts: Vec<Fact<'_>>) -> Vec<Fact<'_>> {
    let mut sizes: FnvHashMap<(Kind, u32), f64> = FnvHashMap::default();
    for fact in &facts {
        *sizes.entry((fact.key.1, fact.number)).or_default() += 1.0;
    }
    for fact in &mut facts {
        fact.weight = sizes[&(fact.key.1, fact.number)].sqrt().recip();
        let novelty = if fact.is_shown { 0.0 } else { NOVELTY };
        fact.anybodys = fact.weight * ((1.0 - NOVELTY) * fact.background + novelty).log2();
    }
    facts
}

fn sums(facts: &[Fact<'_>], behaviours: usize) -> Vec<Sum> {
    let mut said = vec![Said::default(); behaviours];
    // What was compared with whoever was asked everything, and how much less it was with each.
    let mut whole = Weight::default();
    let mut lacking = vec![Weight::default(); behaviours];
    let mut of_lines = Vec::new();
    for same_probe in facts.chunk_by(|one, other| one.key.0 == other.key.0) {
        let probed = same_probe[0].probed;
        let weight = same_probe.iter().map(Fact::compared).fold(Weight::default(), Weight::plus);
        whole = whole.plus(weight);
        said_by_lines(same_probe, &mut of_lines);
        for ((said, lacking), place) in said.iter_mut().zip(&mut lacking).zip(&probed.answers) {
            match *place {
                UNASKED => *lacking = lacking.plus(weight),
                MIXED => {}
                place => said.add(&of_lines[usize::from(place)]),
            }
        }
        for fact in same_probe {
            for (behaviour, share) in probed.mixed(fact.shows) {
                said[behaviour as usize].add(&fact.said(share));
            }
        }
    }
    said.iter().zip(lacking).map(|(said, lacking)| said.sum(whole.less(lacking))).collect()
}

/// What the facts of one probe say of whoever answered with each of its lines.
fn said_by_lines(facts: &[Fact<'_>], of_lines: &mut Vec<Said>) {
    let mut of_none = Said::default();
    of_lines.clear();
    of_lines.resize(facts[0].probed.lines.len(), Said::default());
    for fact in facts {
        let none = fact.said(0.0);
        of_none.add(&none);
        let more = fact.said(1.0).less(&none);
        fact.shows.of(of_lines.iter_mut()).for_each(|line| line.add(&more));
    }
    of_lines.iter_mut().for_each(|line| line.add(&of_none));
}

/// What facts say of a behaviour: the fields of [`Sum`] of the same names.
#[derive(Clone, Copy, Default)]
struct Said {
    bits: f64,
    unsaid: f64,
    agreed: f64,
    telling_agreed: f64,
}

impl Said {
    const fn add(&mut self, other: &Self) {
        self.bits += other.bits;
        self.unsaid += other.unsaid;
        self.agreed += other.agreed;
        self.telling_agreed += other.telling_agreed;
    }

    const fn less(mut self, other: &Self) -> Self {
        self.bits -= other.bits;
        self.unsaid -= other.unsaid;
        self.agreed -= other.agreed;
        self.telling_agreed -= other.telling_agreed;
        self
    }

    /// The same with the weight of what was compared.
    const fn sum(self, compared: Weight) -> Sum {
        let Self { bits, unsaid, agreed, telling_agreed } = self;
        Sum { bits, unsaid, agreed, telling_agreed, compared: compared.all, telling: compared.telling }
    }
}

/// The weight of facts, and of those that tell servers apart.
#[derive(Clone, Copy, Default)]
struct Weight {
    all: f64,
    telling: f64,
}

impl Weight {
    const fn plus(self, other: Self) -> Self {
        Self { all: self.all + other.all, telling: self.telling + other.telling }
    }

    const fn less(self, other: Self) -> Self {
        Self { all: self.all - other.all, telling: self.telling - other.telling }
    }
}

impl Fact<'_> {
    fn asked(&self) -> Asked<'_> {
        let ((probe, kind), value) = (self.key, self.value.as_deref());
        Asked { probe, kind, value, upgraded: self.upgraded, background: self.background }
    }

    /// Whether the behaviour was asked the same.
    pub(super) fn is_known_of(&self, behaviour: u32) -> bool {
        self.probed.has(behaviour)
    }

    /// In what share of its runs a behaviour shows the value.
    pub(super) fn share(&self, behaviour: u32) -> f64 {
        self.probed.share(behaviour, self.shows)
    }

    /// The weighted logarithm, in bits, of how likely the value is for a server that shows it in this share of runs.
    pub(super) fn bits(&self, share: f64) -> f64 {
        self.weight * ((1.0 - self.taken.change) * share + self.taken.change * self.taken.foreign).log2()
    }

    fn compared(&self) -> Weight {
        // What is rewritten on the way tells nothing.
        let telling = if self.tells_servers_apart { self.weight * (1.0 - self.taken.change) } else { 0.0 };
        Weight { all: self.weight, telling }
    }

    /// What the fact says of a behaviour that shows the value in this share of its runs.
    fn said(&self, share: f64) -> Said {
        let bits = self.bits(share) - self.anybodys;
        Said {
            bits,
            unsaid: if self.is_banner { 0.0 } else { bits },
            agreed: share * self.weight,
            telling_agreed: share * self.compared().telling,
        }
    }
}

impl Sum {
    /// What one side of a refusal says of a behaviour that shows it, or does not.
    pub(super) fn of_style(kind: Kind, shows: bool, background: f64, change: f64) -> Self {
        let share = f64::from(u8::from(shows));
        let anybodys = ((1.0 - NOVELTY) * background).log2();
        let bits = ((1.0 - change) * share + change * background).log2() - anybodys;
        let telling = if kind == Kind::Banner { 0.0 } else { 1.0 };
        Self {
            bits,
            unsaid: if kind == Kind::Banner { 0.0 } else { bits },
            compared: 1.0,
            agreed: share,
            telling,
            telling_agreed: share * telling,
        }
    }

    pub(super) const fn add(&mut self, other: &Self) {
        self.bits += other.bits;
        self.unsaid += other.unsaid;
        self.compared += other.compared;
        self.agreed += other.agreed;
        self.telling += other.telling;
        self.telling_agreed += other.telling_agreed;
    }

    /// The share of the compared weight that agrees, in percent.
    pub(super) fn match_percent(&self) -> f64 {
        if self.compared > 0.0 { 100.0 * self.agreed / self.compared } else { 0.0 }
    }
}

/// Numbers of values; those that the database does not have get numbers beyond its own.
struct Values<'a> {
    lines: &'a Lines,
    strange: FnvHashMap<String, u32>,
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
