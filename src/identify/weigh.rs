//! What each observed fact says for and against each behaviour.

use std::borrow::Cow;

use fnv::FnvHashMap;

use super::calibration::{Calibration, Disagreement};
use super::edge::Edge;
use super::fact::{Fact, Said, Turns, Weight};
use super::fronts::Front;
use super::index::{Index, MIXED, UNASKED};
use super::{Mask, Observations, is_compared};
use crate::database::{ABSENT, Database, Lines};
use crate::features::{Kind, Layer, facts, layer};
use crate::probe::{self, ProbeId};

/// The likelihood that a server outside the database shows a value never seen before.
pub(super) const NOVELTY: f64 = 0.35;

/// What was observed, and how each behaviour takes it.
pub(super) struct Scales<'a> {
    pub(super) facts: Vec<Fact<'a>>,
    /// By behaviour.
    pub(super) sums: Vec<Sum>,
    /// Of what the library decides about the legal handshake: the facts that nobody shows, and all of them.
    novel: (f64, f64),
    /// Whether the facts are taken through a proxy.
    behind: bool,
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
        Self { facts, sums, novel, behind: false }
    }

    /// How many bits what a proxy rewrites speaks for it, whatever stands behind it. Facts that say the same speak once, and what it answers
    /// itself is counted apart.
    pub(super) fn rewritten_bits(&self, edge: &Edge, front: &Front) -> f64 {
        let mut said: FnvHashMap<(Kind, u32, bool), ()> = FnvHashMap::default();
        let mut bits = 0.0;
        for fact in self.facts.iter().filter(|fact| fact.key.1.may_be_rewritten()) {
            let own = front.answered.contains_key(&fact.key.0);
            if !own && said.insert((fact.key.1, fact.number, fact.upgraded), ()).is_none() {
                bits += edge.bits(&fact.asked());
            }
        }
        bits
    }

    /// How common the answer to a probe is: as its rarest side.
    pub(super) fn common(&self, probe: ProbeId) -> f64 {
        let first = self.facts.partition_point(|fact| fact.key.0 < probe);
        let sides = self.facts[first..].iter().take_while(|fact| fact.key.0 == probe);
        sides.map(|fact| fact.background).fold(1.0, f64::min)
    }

    /// The same facts as they are taken through a proxy, or without one.
    pub(super) fn through(&mut self, edge: Option<(&Edge, &Front)>, database: &Database) {
        let turns = edge.map(|(edge, _)| Turns::new(edge, database.lines()));
        for fact in &mut self.facts {
            fact.through = edge.zip(turns.as_ref()).map(|((edge, front), turns)| {
                let own = front.answered.get(&fact.key.0).copied().unwrap_or(0.0);
                fact.through(edge, turns, own)
            });
        }
        self.sums = sums(&self.facts, database.behaviours.len());
        self.behind = edge.is_some();
    }

    /// How much disagrees with a behaviour.
    pub(super) fn disagreement(&self, behaviour: usize) -> Disagreement {
        let sum = &self.sums[behaviour];
        let (novel, legal) = self.novel;
        let mismatched = sum.telling - sum.telling_agreed;
        Disagreement { mismatched, compared: sum.telling, novel, legal, behind: self.behind }
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
                change: numbers.change[kind as usize],
                through: None,
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
        for (behaviour, shares) in probed.mixed() {
            for fact in same_probe {
                said[*behaviour as usize].add(&fact.said(fact.taken(shares)));
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
        if let Some(through) = &fact.through {
            of_lines.iter_mut().zip(&through.by_line).for_each(|(line, taken)| line.add(&fact.said(*taken)));
            continue;
        }
        let none = fact.said(fact.directly(0.0));
        of_none.add(&none);
        let more = fact.said(fact.directly(1.0)).less(&none);
        fact.shows.of(of_lines.iter_mut()).for_each(|line| line.add(&more));
    }
    of_lines.iter_mut().for_each(|line| line.add(&of_none));
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
