//! The database turned round: for each probe and kind of fact the values, and for each value who shows it. A comparison
//! then touches only those that show what was observed.

use std::collections::BTreeMap;
use std::ops::Range;

use super::choose::{Class, makes_classes};
use crate::database::{ABSENT, Database, Facts, Seen};
use crate::features::Kind;
use crate::observation::End;
use crate::probe::ProbeId;

/// A behaviour, and in what share of its runs it showed something.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    pub(super) behaviour: u32,
    pub(super) share: f64,
}

/// Those that show one value.
#[derive(Clone, Debug)]
pub(super) struct Group {
    /// The value's number.
    value: u32,
    /// How common the value is among products, each of which has one voice; never 0.
    pub(super) background: f64,
    members: Range<usize>,
}

/// What is known of the answers to one probe.
#[derive(Debug, Default)]
pub(super) struct Probed {
    /// By kind, groups in the order of their values; none where nobody shows anything of the kind.
    kinds: [Vec<Group>; Kind::COUNT],
    /// The behaviours that were not asked.
    pub(super) missing: Vec<u32>,
    /// How common a value is that nobody shows.
    pub(super) never: f64,
    /// The class of the usual answer of each behaviour.
    class_of: Vec<Option<u32>>,
    classes: Vec<Class>,
}

/// The whole database, turned round.
#[derive(Debug)]
pub(super) struct Index {
    probes: BTreeMap<ProbeId, Probed>,
    members: Vec<Member>,
    /// The number of each behaviour's product.
    pub(super) products: Vec<u32>,
    /// How many products there are.
    pub(super) product_count: usize,
}

/// What the voices of products nobody has heard add up to: half of a product, shared by all values.
const UNHEARD: f64 = 0.25;

impl Index {
    pub(super) fn new(database: &Database) -> Self {
        let (products, product_count) = number_products(database);
        let mut index = Self { probes: BTreeMap::new(), members: Vec::new(), products, product_count };
        let mut cursors: Vec<&[Seen]> = database.behaviours.iter().map(|known| known.all_seen()).collect();
        while let Some(probe) = cursors.iter().filter_map(|rest| rest.first()).map(|seen| seen.probe).min() {
            let (lines, missing) = answers_to(probe, &mut cursors);
            let mut probed = index.turn_round(database, &lines, missing);
            index.classify(database, &lines, &mut probed);
            index.probes.insert(probe, probed);
        }
        index
    }

    /// What is known of the answers to a probe.
    pub(super) fn probed(&self, probe: ProbeId) -> Option<&Probed> {
        self.probes.get(&probe)
    }

    /// Those that show a group's value.
    pub(super) fn members(&self, group: &Group) -> &[Member] {
        &self.members[group.members.clone()]
    }

    fn turn_round(&mut self, database: &Database, lines: &BTreeMap<u32, Vec<Member>>, missing: Vec<u32>) -> Probed {
        let mut asked = vec![true; self.products.len()];
        missing.iter().for_each(|behaviour| asked[*behaviour as usize] = false);
        let mut heard = vec![false; self.product_count];
        (0..asked.len())
            .filter(|behaviour| asked[*behaviour])
            .for_each(|one| heard[self.products[one] as usize] = true);
        let voices = heard.iter().filter(|heard| **heard).count() as f64 + 1.0;
        let mut probed = Probed { missing, never: UNHEARD / voices, ..Probed::default() };
        for kind in Kind::ALL {
            let value = |line: &u32| database.lines().facts(*line)[kind as usize];
            let mut valued: Vec<(u32, &Vec<Member>)> =
                lines.iter().map(|(line, members)| (value(line), members)).collect();
            if valued.iter().all(|(value, _)| *value == ABSENT) {
                continue;
            }
            valued.sort_by_key(|(value, _)| *value);
            for parts in valued.chunk_by(|one, other| one.0 == other.0) {
                let (value, start) = (parts[0].0, self.members.len());
                self.members.extend(parts.iter().flat_map(|(_, members)| members.iter().copied()));
                if parts.len() > 1 {
                    add_shares(&mut self.members, start);
                }
                let background = (self.voices(start) + UNHEARD) / voices;
                probed.kinds[kind as usize].push(Group { value, background, members: start..self.members.len() });
            }
        }
        probed
    }

    fn classify(&self, database: &Database, lines: &BTreeMap<u32, Vec<Member>>, probed: &mut Probed) {
        let silent = database.lines().value(End::Silent.word());
        let mut numbers: BTreeMap<Facts, u32> = BTreeMap::new();
        let mut usual: Vec<Option<(u32, f64)>> = vec![None; self.products.len()];
        for (line, members) in lines {
            let mut facts = *database.lines().facts(*line);
            Kind::ALL.into_iter().filter(|kind| !makes_classes(*kind)).for_each(|kind| facts[kind as usize] = ABSENT);
            let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
            let number = *numbers.entry(facts).or_insert(next);
            if number == next {
                let silent = Some(facts[Kind::End as usize]) == silent;
                probed.classes.push(Class { number, background: 0.0, silent });
            }
            for member in members {
                let known = &mut usual[member.behaviour as usize];
                if known.is_none_or(|(_, share)| member.share > share) {
                    *known = Some((number, member.share));
                }
            }
        }
        probed.class_of = usual.into_iter().map(|usual| usual.map(|(number, _)| number)).collect();
        self.weigh_classes(probed);
    }

    /// How common classes are among products, each of which has one voice for all its behaviours.
    fn weigh_classes(&self, probed: &mut Probed) {
        let mut sizes = vec![0.0_f64; self.product_count];
        let asked = || (0..).zip(&probed.class_of).filter_map(|(at, class): (usize, _)| Some((at, (*class)?)));
        asked().for_each(|(behaviour, _)| sizes[self.products[behaviour] as usize] += 1.0);
        let products = sizes.iter().filter(|size| **size > 0.0).count() as f64;
        let mut voices = vec![0.0; probed.classes.len()];
        asked().for_each(|(behaviour, class)| {
            voices[class as usize] += (sizes[self.products[behaviour] as usize] * products).recip();
        });
        probed.classes.iter_mut().zip(voices).for_each(|(class, voice)| class.background = voice);
    }

    /// How many products the members from `start` on speak for.
    fn voices(&self, start: usize) -> f64 {
        let mut voices = 0.0;
        let mut product = (u32::MAX, 0.0_f64);
        // Behaviours of a product stand together in the database, and members in its order.
        for member in &self.members[start..] {
            let number = self.products[member.behaviour as usize];
            if product.0 != number {
                voices += product.1;
                product = (number, 0.0);
            }
            product.1 = product.1.max(member.share);
        }
        voices + product.1
    }
}

impl Probed {
    /// Whether anybody shows anything of a kind.
    pub(super) fn knows(&self, kind: Kind) -> bool {
        !self.kinds[kind as usize].is_empty()
    }

    /// Those that show a value.
    pub(super) fn group(&self, kind: Kind, value: u32) -> Option<&Group> {
        let groups = &self.kinds[kind as usize];
        groups.binary_search_by_key(&value, |group| group.value).ok().map(|place| &groups[place])
    }

    /// The class of a behaviour's usual answer, if it was asked.
    pub(super) fn class_of(&self, behaviour: u32) -> Option<u32> {
        self.class_of.get(behaviour as usize).copied().flatten()
    }

    /// The classes of answers: those of one class differ in nothing that tells servers apart.
    pub(super) fn classes(&self) -> &[Class] {
        &self.classes
    }

    /// Whether it takes a quiet period to see an answer of this class.
    pub(super) fn is_silent(&self, class: u32) -> bool {
        self.classes[class as usize].silent
    }
}

/// Numbers products in the order in which behaviours have them.
fn number_products(database: &Database) -> (Vec<u32>, usize) {
    let mut numbers: BTreeMap<&str, u32> = BTreeMap::new();
    let mut products = Vec::with_capacity(database.behaviours.len());
    for behaviour in &database.behaviours {
        let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
        products.push(*numbers.entry(&behaviour.product).or_insert(next));
    }
    (products, numbers.len())
}

/// Who answered a probe with which line, and who was not asked; moves the cursors behind it.
fn answers_to(probe: ProbeId, cursors: &mut [&[Seen]]) -> (BTreeMap<u32, Vec<Member>>, Vec<u32>) {
    let (mut lines, mut missing): (BTreeMap<u32, Vec<Member>>, Vec<u32>) = Default::default();
    for (behaviour, cursor) in (0..).zip(cursors) {
        let (mine, rest) = cursor.split_at(cursor.iter().take_while(|seen| seen.probe == probe).count());
        *cursor = rest;
        let runs: u32 = mine.iter().map(|seen| seen.count).sum();
        if mine.is_empty() {
            missing.push(behaviour);
        }
        for seen in mine {
            let share = f64::from(seen.count) / f64::from(runs);
            lines.entry(seen.line).or_default().push(Member { behaviour, share });
        }
    }
    (lines, missing)
}

/// Puts the members from `start` on in order, and those of one behaviour together.
fn add_shares(members: &mut Vec<Member>, start: usize) {
    members[start..].sort_by_key(|member| member.behaviour);
    let mut kept = start;
    for next in start + 1..members.len() {
        if members[kept].behaviour == members[next].behaviour {
            members[kept].share += members[next].share;
        } else {
            kept += 1;
            members[kept] = members[next];
        }
    }
    members.truncate(kept + 1);
}
