//! What each observed fact says for and against each behaviour.

use super::calibration::{Calibration, Disagreement};
use super::fact::{Fact, Said, Through, Weight};
use super::fronts::Front;
use super::index::{Index, MIXED, UNASKED};
use super::passage::{Asked, Passages, Passing};
use super::shown::{Seen, Sides};
use super::{Mask, Observations, is_compared};
use crate::database::Database;
use crate::features::{Kind, Layer, layer};
use crate::probe::{self, ProbeId};

/// The likelihood that a server outside the database shows a value never seen before.
pub(super) const NOVELTY: f64 = 0.35;

/// What was observed, and how each behaviour takes it.
pub(super) struct Scales<'a> {
    pub(super) facts: Vec<Fact<'a>>,
    /// What the distinct observations show.
    shown: Vec<Sides>,
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
        let mut seen = Seen::new(database.lines());
        let mut facts = observed(observations, index, &mut seen, (numbers, mask));
        weigh(&mut facts, seen.voices());
        let sums = sums(&facts, database.behaviours.len(), None);
        // What is done with a legal handshake is nearly the same everywhere, so that what nobody does is a sign of its own.
        let legal = || facts.iter().filter(|fact| fact.key.0 == ProbeId::BASELINE && fact.is_library);
        let novel = legal().filter(|fact| !fact.shows.any()).count();
        let novel = (novel as f64, legal().count() as f64);
        Self { facts, shown: seen.distinct, sums, novel, behind: false }
    }

    /// How many bits what a proxy rewrites speaks for it, whatever stands behind it. Facts that say the same speak once, and what it answers
    /// itself is counted apart.
    pub(super) fn rewritten_bits(same: &[Vec<&Fact<'_>>], passages: &Passages, front: &Front) -> f64 {
        let heard = |facts: &Vec<&Fact<'_>>| {
            let fact = facts.iter().find(|fact| !front.answered.contains_key(&fact.key.0))?;
            Some(passages.usual(fact.key.1, fact.upgraded).bits(fact.asked))
        };
        same.iter().filter_map(heard).sum()
    }

    /// The facts that a proxy may rewrite, those that say the same together.
    pub(super) fn rewritable(&self) -> Vec<Vec<&Fact<'a>>> {
        let mut same: Vec<Vec<&Fact<'_>>> = Vec::new();
        for fact in self.facts.iter().filter(|fact| fact.key.1.may_be_rewritten()) {
            let place = 2 * fact.voice as usize + usize::from(fact.upgraded);
            if place >= same.len() {
                same.resize(place + 1, Vec::new());
            }
            same[place].push(fact);
        }
        same
    }

    /// What a fact says, if anything was observed.
    pub(super) fn value(&self, fact: &Fact<'_>) -> Option<&str> {
        self.shown[fact.place][fact.key.1 as usize].value.as_deref()
    }

    /// How common the answer to a probe is: as its rarest side.
    pub(super) fn common(&self, probe: ProbeId) -> f64 {
        let first = self.facts.partition_point(|fact| fact.key.0 < probe);
        let sides = self.facts[first..].iter().take_while(|fact| fact.key.0 == probe);
        sides.map(|fact| fact.asked.background).fold(1.0, f64::min)
    }

    /// How each behaviour takes the facts through a proxy.
    pub(super) fn sums_through(&self, edge: Passing<'_>) -> Vec<Sum> {
        sums(&self.facts, self.sums.len(), Some(edge))
    }

    /// The same facts as they are taken through a proxy, with what each behaviour then makes of them.
    pub(super) fn through(&mut self, edge: Passing<'_>, sums: Vec<Sum>) {
        for fact in &mut self.facts {
            let mut through = Through::default();
            fact.fill(&mut through, edge);
            fact.through = Some(through);
        }
        self.sums = sums;
        self.behind = true;
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
fn observed<'a, 'o>(
    observations: &'o Observations,
    index: &'a Index<'_>,
    seen: &mut Seen<'o>,
    (numbers, mask): (&Calibration, Mask),
) -> Vec<Fact<'a>> {
    let mut all = Vec::with_capacity(observations.len() * Kind::COUNT / 2);
    for (id, observation) in observations {
        let (Ok(probe), Some(probed)) = (probe::find(*id), index.probed(*id)) else { continue };
        let (place, upgraded) = (seen.place(observation), observation.reply.is_upgrade());
        for (kind, shown) in Kind::ALL.into_iter().zip(&seen.distinct[place]) {
            if !is_compared(kind, mask) || shown.value.is_none() && !probed.shows_any(kind) {
                continue;
            }
            let shows = probed.shows(kind, shown.number);
            let layer = layer(probe, kind);
            all.push(Fact {
                key: (*id, kind),
                place,
                number: shown.number,
                voice: shown.voice,
                weight: 0.0,
                change: numbers.change[kind as usize],
                through: None,
                upgraded,
                tells_servers_apart: !matches!(layer, Layer::App | Layer::Banner) && kind.properties().conclusive,
                is_banner: layer == Layer::Banner,
                is_library: layer == Layer::Engine && kind.properties().conclusive,
                probed,
                asked: Asked { key: shown.key, background: probed.background(kind, shows) },
                anybodys: 0.0,
                shows,
            });
        }
    }
    all
}

/// Facts of one kind that say the same thing share the voice of √n of them, whichever probes they come from: a server that drops
/// whatever it does not like says that once, not once for each thing.
fn weigh(facts: &mut [Fact<'_>], voices: usize) {
    let mut sizes = vec![0.0_f64; voices];
    for fact in &*facts {
        sizes[fact.voice as usize] += 1.0;
    }
    for fact in facts {
        fact.weight = sizes[fact.voice as usize].sqrt().recip();
        let novelty = if fact.shows.any() { 0.0 } else { NOVELTY };
        fact.anybodys = fact.weight * ((1.0 - NOVELTY) * fact.asked.background + novelty).log2();
    }
}

/// What all facts together say of each behaviour, directly or through a proxy.
fn sums(facts: &[Fact<'_>], behaviours: usize, edge: Option<Passing<'_>>) -> Vec<Sum> {
    let mut said = vec![Said::default(); behaviours];
    // What was compared with whoever was asked everything, and how much less it was with each.
    let mut whole = Weight::default();
    let mut lacking = vec![Weight::default(); behaviours];
    let mut of_lines = Vec::new();
    let mut through = Through::default();
    for same_probe in facts.chunk_by(|one, other| one.key.0 == other.key.0) {
        let probed = same_probe[0].probed;
        let (mut weight, mut of_all) = (Weight::default(), Said::default());
        of_lines.clear();
        of_lines.resize(probed.lines.len(), Said::default());
        for fact in same_probe {
            let through = edge.map(|edge| fact.fill(&mut through, edge)).map(|()| &through);
            fact.add_to_lines(through, &mut of_lines, &mut of_all);
            weight = weight.plus(fact.compared(through));
            for (behaviour, shares) in probed.mixed() {
                said[*behaviour as usize].add(&fact.said_by_mixed(shares, through));
            }
        }
        of_lines.iter_mut().for_each(|line| line.add(&of_all));
        for ((said, lacking), place) in said.iter_mut().zip(&mut lacking).zip(&probed.answers) {
            match *place {
                UNASKED => *lacking = lacking.plus(weight),
                MIXED => {}
                place => said.add(&of_lines[usize::from(place)]),
            }
        }
        whole = whole.plus(weight);
    }
    said.iter().zip(lacking).map(|(said, lacking)| said.sum(whole.less(lacking))).collect()
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
