//! What is expected of a probe: hypotheses in cells, those together that no probe chosen so far tells apart, and the information gain in each.

use super::columns::{AnswerClass, UNSEEN_ANSWER};
use super::ids::{BehaviourId, EngineId, ProductId};
use super::index::AnswerClasses;
use super::information::entropy;
use crate::probe::Probe;

/// How much a bit about products on one engine is worth, against one about engines.
const PRODUCT_GAIN_WEIGHT: f64 = 0.6;

/// How much a bit about versions of one product is worth, against one about engines.
const VERSION_GAIN_WEIGHT: f64 = 0.3;

/// A behaviour whose probability in a cell is lower is left out of it: after a handshake that is not legal, each may be in every cell.
pub(super) const MIN_IN_CELL: f64 = 1e-6;

/// What could be gained in a cell of less probability is not counted.
const MIN_CELL: f64 = 1e-4;

/// Hypotheses that no probe chosen so far tells apart.
#[derive(Clone, Debug, Default)]
pub(super) struct HypothesisCell {
    /// Behaviours, those of one engine and of one product together.
    pub(super) known: Vec<CellBehaviour>,
    /// The probability that an unknown server is here.
    pub(super) unknown: f64,
}

/// A behaviour in a cell.
#[derive(Clone, Copy, Debug)]
pub(super) struct CellBehaviour {
    pub(super) behaviour: BehaviourId,
    pub(super) engine: EngineId,
    pub(super) product: ProductId,
    /// The probability of it under its own front.
    pub(super) recorded: f64,
    /// The probability of it under another front.
    pub(super) other_front: f64,
}

/// The mass of each outcome of a probe within a group of hypotheses; a group has few outcomes.
#[derive(Default)]
struct OutcomeMasses {
    masses: Vec<(u32, f64)>,
    all: f64,
}

/// The masses of the groups that are summed up at a time: used again for each of them, since there are some thousands a target.
#[derive(Default)]
pub(super) struct Scratch {
    known: OutcomeMasses,
    of_engine: OutcomeMasses,
    of_product: OutcomeMasses,
}

impl HypothesisCell {
    /// The expected information gain in bits of a probe with these answers: all of those about the engine and whether it is known, and a part
    /// of those about products and versions.
    pub(super) fn gain(&self, probe: &Probe, classes: &AnswerClasses, scratch: &mut Scratch) -> f64 {
        let opens_legally = probe.opens_legally();
        let Scratch { known, of_engine, of_product } = scratch;
        known.clear();
        let (mut of_engines, mut of_products) = (0.0, 0.0);
        for engine in self.known.chunk_by(|one, other| one.engine == other.engine) {
            of_engine.clear();
            for product in engine.chunk_by(|one, other| one.product == other.product) {
                of_product.clear();
                for one in product {
                    // Who was not asked says nothing.
                    let Some(class) = classes.class_of(one.behaviour) else { continue };
                    of_product.add(class, one.telling(opens_legally));
                }
                of_products += of_product.entropy();
                of_product.masses.iter().for_each(|(class, mass)| of_engine.add(*class, *mass));
            }
            of_engines += of_engine.entropy();
            of_engine.masses.iter().for_each(|(class, mass)| known.add(*class, *mass));
        }
        if known.masses.is_empty() {
            return 0.0;
        }
        let gain = self.of_outcomes(known, classes)
            - (1.0 - PRODUCT_GAIN_WEIGHT) * of_engines
            - (PRODUCT_GAIN_WEIGHT - VERSION_GAIN_WEIGHT) * of_products;
        debug_assert!(gain > -1e-9, "{gain}: information is lost by no answer");
        gain.max(0.0)
    }

    /// The information in the outcome of a probe, in bits, where known servers have these outcomes. Of an unknown server only how common answers are
    /// is known.
    fn of_outcomes(&self, known: &OutcomeMasses, classes: &AnswerClasses) -> f64 {
        let (all, unknown) = (known.all + self.unknown, self.unknown);
        // The outcomes that no behaviour here has, all at once: their entropy is that of the unknown server's answers but for the others.
        let mut rest = 1.0;
        let mut of_rest = classes.background_entropy();
        let mut of_outcomes = 0.0;
        for (class, mass) in &known.masses {
            let share = classes.answered_by_unknown(*class);
            rest -= share;
            of_rest -= entropy(share, 1.0);
            of_outcomes += entropy(mass + unknown * share, all);
        }
        if unknown > 0.0 {
            of_outcomes += unknown * (of_rest + rest.max(0.0) * (all / unknown).log2());
        }
        of_outcomes - unknown * classes.background_entropy()
    }

    /// The probability that silence is the answer to a probe with these answers, of what is known here.
    pub(super) fn silent(&self, classes: &AnswerClasses) -> f64 {
        let is_silent =
            |one: &&CellBehaviour| classes.class_of(one.behaviour).is_some_and(|class| classes.is_silent(class));
        self.known.iter().filter(is_silent).map(CellBehaviour::all).sum()
    }

    /// The cells into which the answers to a probe split it. What a behaviour was not asked is no answer of its own: it is in the cell of
    /// each answer, as likely as that answer is by those that were asked and by how common it is among unknown servers.
    pub(super) fn split(&self, probe: &Probe, classes: &AnswerClasses) -> Vec<Self> {
        let mut parts: Vec<Self> = classes.classes().iter().map(|class| self.unknown_of(class)).collect();
        let mut silent: Vec<CellBehaviour> = Vec::new();
        for one in &self.known {
            let Some(class) = classes.class_of(one.behaviour) else {
                silent.push(*one);
                continue;
            };
            if probe.opens_legally() {
                parts[class as usize].known.push(*one);
            } else {
                // Under another front, a handshake that is not legal is that front's to answer.
                parts[class as usize].known.push(CellBehaviour { other_front: 0.0, ..*one });
                silent.push(CellBehaviour { recorded: 0.0, ..*one });
            }
        }
        if parts.iter().all(|part| part.known.is_empty()) {
            return vec![self.clone()];
        }
        silent.retain(|one| one.all() > 0.0);
        let masses: Vec<f64> = parts.iter().map(Self::mass).collect();
        let all: f64 = masses.iter().sum();
        for (part, mass) in parts.iter_mut().zip(masses).filter(|(_, mass)| *mass > 0.0) {
            part.known.extend(silent.iter().map(|one| one.scaled(mass / all)));
            part.known.retain(|one| one.all() > MIN_IN_CELL);
            part.known.sort_by_key(CellBehaviour::order);
        }
        // Where only an unknown server is left no probe tells anything more, so that its cells are left out; with them goes that it answers
        // as nobody does.
        parts.retain(|part| !part.known.is_empty() && part.mass() > MIN_CELL);
        parts
    }

    /// The cell of an answer before any behaviour is in it: the unknown server, as far as it answers so.
    fn unknown_of(&self, class: &AnswerClass) -> Self {
        Self { unknown: self.unknown * (1.0 - UNSEEN_ANSWER) * class.background, ..Self::default() }
    }

    /// The probability of all that is in it.
    pub(super) fn mass(&self) -> f64 {
        self.unknown + self.known.iter().map(CellBehaviour::all).sum::<f64>()
    }
}

impl CellBehaviour {
    /// The probability of it, whatever the front.
    pub(super) fn all(&self) -> f64 {
        self.recorded + self.other_front
    }

    /// The probability of it as far as the answer to a probe tells anything: under another front, a handshake that is not legal is that
    /// front's to answer.
    fn telling(&self, opens_legally: bool) -> f64 {
        if opens_legally { self.all() } else { self.recorded }
    }

    fn scaled(&self, factor: f64) -> Self {
        Self { recorded: self.recorded * factor, other_front: self.other_front * factor, ..*self }
    }

    /// By engine, product and behaviour.
    pub(super) const fn order(&self) -> (EngineId, ProductId, BehaviourId) {
        (self.engine, self.product, self.behaviour)
    }
}

impl OutcomeMasses {
    fn clear(&mut self) {
        self.masses.clear();
        self.all = 0.0;
    }

    fn add(&mut self, class: u32, mass: f64) {
        self.all += mass;
        match self.masses.iter_mut().find(|(known, _)| *known == class) {
            Some((_, sum)) => *sum += mass,
            None => self.masses.push((class, mass)),
        }
    }

    /// The entropy of the outcome in bits, times the mass of the group.
    fn entropy(&self) -> f64 {
        if self.masses.len() < 2 {
            return 0.0;
        }
        self.masses.iter().map(|(_, mass)| entropy(*mass, self.all)).sum()
    }
}
