//! What each observed feature says for and against each behaviour.

use std::collections::HashMap;

use super::{Mask, Observations, change_rate, is_compared};
use crate::database::{ABSENT, Behaviour, Database, Seen};
use crate::features::{Kind, facts, layer};
use crate::probe::{self, ProbeId};

/// The side of an answer that a value belongs to.
pub(super) type Key = (ProbeId, Kind);

/// The likelihood that a server outside the database shows a value never seen before.
const NOVELTY: f64 = 0.35;

/// What was observed, and how each behaviour takes it.
pub(super) struct Scales<'a> {
    pub(super) database: &'a Database,
    /// The observed facts, in order.
    facts: Vec<Fact>,
}

/// An observed value, and what is the same for every behaviour that it is held against.
pub(super) struct Fact {
    pub(super) key: Key,
    /// The value; `None` where nothing was observed and some behaviour shows something, which is a difference too.
    pub(super) value: Option<String>,
    pub(super) weight: f64,
    /// How often its layer changes though the server does not.
    change: f64,
    /// How common the value is among products.
    background: f64,
    /// In what share of runs each behaviour showed the value; `None` where the probe was not played.
    shares: Vec<Option<f64>>,
}

impl<'a> Scales<'a> {
    pub(super) fn new(observations: &Observations, database: &'a Database, mask: Mask) -> Self {
        let mut scales = Self { database, facts: Vec::new() };
        let mut numbers = Numbers { database, strange: HashMap::new() };
        let mut values = Vec::new();
        let products = Products::of(database);
        for (id, observation) in observations {
            let Ok(probe) = probe::find(*id) else { continue };
            let answers: Vec<&[Seen]> = database.behaviours.iter().map(|known| known.seen(*id)).collect();
            let mut observed: [Option<String>; Kind::COUNT] = Default::default();
            for (kind, value) in facts(observation) {
                observed[kind as usize] = Some(value);
            }
            for (kind, value) in Kind::ALL.into_iter().zip(observed) {
                if !is_compared(kind, mask) || value.is_none() && !scales.any_has(kind, &answers) {
                    continue;
                }
                let number = numbers.of(value.as_deref());
                let shares: Vec<Option<f64>> = answers.iter().map(|seen| scales.share(kind, number, seen)).collect();
                let change = change_rate(layer(probe, kind));
                let background = products.background(&shares, number == ABSENT);
                scales.facts.push(Fact { key: (*id, kind), value, weight: 0.0, change, background, shares });
                values.push((kind, number));
            }
        }
        scales.share_voices(&values);
        scales
    }

    /// Whether any behaviour shows something of this kind.
    fn any_has(&self, kind: Kind, answers: &[&[Seen]]) -> bool {
        let lines = self.database.lines();
        answers.iter().any(|seen| seen.iter().any(|one| lines.facts(one.line)[kind as usize] != ABSENT))
    }

    /// In what share of runs a probe's answers showed a value.
    fn share(&self, kind: Kind, number: u32, seen: &[Seen]) -> Option<f64> {
        let lines = self.database.lines();
        let has = |one: &&Seen| lines.facts(one.line)[kind as usize] == number;
        match seen {
            [] => None,
            [only] => Some(f64::from(u8::from(has(&only)))),
            several => {
                let runs: u32 = several.iter().map(|one| one.count).sum();
                Some(f64::from(several.iter().filter(has).map(|one| one.count).sum::<u32>()) / f64::from(runs))
            }
        }
    }

    /// Features of one kind that say the same thing share the voice of √n of them, whichever probes they come from: a
    /// server that drops whatever it does not like says that once, not once for each thing.
    fn share_voices(&mut self, values: &[(Kind, u32)]) {
        let mut sizes: HashMap<(Kind, u32), f64> = HashMap::new();
        for value in values {
            *sizes.entry(*value).or_default() += 1.0;
        }
        for (fact, value) in self.facts.iter_mut().zip(values) {
            fact.weight = sizes[value].sqrt().recip();
        }
    }

    /// The facts that can be compared with a behaviour.
    pub(super) fn facts(&self, behaviour: usize) -> impl Iterator<Item = &Fact> {
        self.facts.iter().filter(move |fact| fact.shares[behaviour].is_some())
    }

    pub(super) fn behaviours(&self) -> &'a [Behaviour] {
        &self.database.behaviours
    }
}

impl Fact {
    /// Whether the behaviour was asked the same.
    pub(super) fn is_known_of(&self, behaviour: usize) -> bool {
        self.shares[behaviour].is_some()
    }

    /// The weighted logarithm, in bits, of how likely the behaviour makes what was observed.
    pub(super) fn bits(&self, behaviour: usize) -> f64 {
        self.weight * ((1.0 - self.change) * self.agreement(behaviour) + self.change * self.background).log2()
    }

    /// The same for a server that the database does not know.
    pub(super) fn unknown_bits(&self) -> f64 {
        let ever_seen = self.shares.iter().flatten().any(|share| *share > 0.0);
        let novelty = if ever_seen { 0.0 } else { NOVELTY };
        self.weight * ((1.0 - NOVELTY) * self.background + novelty).log2()
    }

    /// The share of the fact's weight that the behaviour explains, 0 to 1.
    pub(super) fn agreement(&self, behaviour: usize) -> f64 {
        self.shares[behaviour].unwrap_or(0.0)
    }
}

/// Numbers of values; those that the database does not have get numbers beyond its own.
struct Numbers<'a> {
    database: &'a Database,
    strange: HashMap<String, u32>,
}

impl Numbers<'_> {
    fn of(&mut self, value: Option<&str>) -> u32 {
        let Some(value) = value else { return ABSENT };
        let lines = self.database.lines();
        lines.value(value).unwrap_or_else(|| {
            let next = lines.values() + u32::try_from(self.strange.len()).unwrap_or(0);
            *self.strange.entry(value.to_owned()).or_insert(next)
        })
    }
}

/// Which product each behaviour is of, by number.
struct Products {
    of: Vec<usize>,
    count: usize,
}

impl Products {
    fn of(database: &Database) -> Self {
        let mut numbers: HashMap<&str, usize> = HashMap::new();
        let mut of = Vec::with_capacity(database.behaviours.len());
        for behaviour in &database.behaviours {
            let next = numbers.len();
            of.push(*numbers.entry(&behaviour.product).or_insert(next));
        }
        Self { of, count: numbers.len() }
    }

    /// How common a value is among products; versions of one product have one voice. One that was not asked shows nothing.
    fn background(&self, shares: &[Option<f64>], nothing: bool) -> f64 {
        let mut best = vec![0.0_f64; self.count];
        for (product, share) in self.of.iter().zip(shares) {
            best[*product] = best[*product].max(share.unwrap_or(f64::from(u8::from(nothing))));
        }
        (best.iter().sum::<f64>() + 0.25) / (self.count as f64 + 1.0)
    }
}
