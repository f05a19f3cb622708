//! The database turned round: for each probe the distinct lines, and for each behaviour which of them it answered with. What a fact
//! says is then worked out once for each line, and not for each of some hundred behaviours.

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use super::choose::{Class, makes_classes};
use crate::database::{ABSENT, Database, Facts, Seen, version_key};
use crate::features::Kind;
use crate::observation::End;
use crate::probe::ProbeId;

/// How a behaviour answered a probe, or the place of its line among those of the probe.
pub(super) type Answered = u16;

/// The behaviour was not asked.
pub(super) const UNASKED: Answered = u16::MAX;

/// It answered now so, now so.
pub(super) const MIXED: Answered = u16::MAX - 1;

/// What the voices of products nobody has heard add up to: half of a product, shared by all values.
const UNHEARD: f64 = 0.25;

/// What is known of the answers to one probe.
#[derive(Debug, Default)]
pub(super) struct Probed {
    /// The distinct lines, by their numbers in the database.
    pub(super) lines: Vec<u32>,
    /// By kind, the numbers of the values of the lines; none where no line shows anything of the kind.
    pub(super) values: [Vec<u32>; Kind::COUNT],
    /// By behaviour, which of the lines it answered with.
    pub(super) answers: Vec<Answered>,
    /// Behaviours that did not always answer alike: the places of their lines, and in what share of runs.
    mixed: Vec<(u32, Vec<(Answered, f64)>)>,
    /// For each line one bit for each product that answered with it: the first words of all lines, then the second ones, ….
    voices: Vec<u64>,
    /// How many products were asked.
    asked: f64,
    /// The lines by classes, once that was asked for.
    classed: OnceLock<Classed>,
}

/// Which lines of a probe show a value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shows<'a> {
    /// The value of each line; none where nobody shows anything of the kind, and so nobody this.
    known: &'a [u32],
    /// The number of the value.
    number: u32,
}

impl Shows<'_> {
    fn at(self, place: Answered) -> bool {
        self.known.get(usize::from(place)) == Some(&self.number)
    }

    /// Whether any line does.
    pub(super) fn any(self) -> bool {
        self.known.contains(&self.number)
    }

    /// Of some things, one for each line, those of the lines that show it.
    pub(super) fn of<T>(self, lines: impl Iterator<Item = T>) -> impl Iterator<Item = T> {
        lines.zip(self.known).filter(move |(_, known)| **known == self.number).map(|(line, _)| line)
    }
}

/// The answers to one probe by classes: those of one class differ in nothing that tells servers apart.
#[derive(Debug, Default)]
pub(super) struct Classed {
    /// The class of the usual answer of each behaviour.
    class_of: Vec<Option<u32>>,
    classes: Vec<Class>,
}

/// The whole database, turned round.
#[derive(Debug)]
pub(super) struct Index<'a> {
    probes: BTreeMap<ProbeId, Probed>,
    /// The number of each behaviour's product.
    pub(super) products: Vec<u32>,
    /// How many products there are.
    pub(super) product_count: usize,
    /// By product, its versions in order, each with its behaviour.
    pub(super) versions: Vec<Vec<(&'a str, usize)>>,
}

impl<'a> Index<'a> {
    pub(super) fn new(database: &'a Database) -> Self {
        let (products, product_count) = number_products(database);
        let versions = versions(database, &products, product_count);
        let mut index = Self { probes: BTreeMap::new(), products, product_count, versions };
        let mut cursors: Vec<&[Seen]> = database.behaviours.iter().map(|known| known.all_seen()).collect();
        let mut places = Places::new(database.lines().texts().len());
        while let Some(probe) = cursors.iter().filter_map(|rest| rest.first()).map(|seen| seen.probe).min() {
            let probed = index.turn_round(database, probe, &mut cursors, &mut places);
            index.probes.insert(probe, probed);
        }
        index
    }

    /// What is known of the answers to a probe.
    pub(super) fn probed(&self, probe: ProbeId) -> Option<&Probed> {
        self.probes.get(&probe)
    }

    /// The answers to a probe by classes.
    pub(super) fn classed(&self, database: &Database, probe: ProbeId) -> Option<&Classed> {
        let probed = self.probed(probe)?;
        Some(probed.classed.get_or_init(|| Classed::new(database, self, probed)))
    }

    /// How common something is among products, each of which has one voice, by behaviour whether it is shown; never 0.
    pub(super) fn common(&self, shown: &[bool]) -> f64 {
        let mut heard = vec![false; self.product_count];
        for (product, shown) in self.products.iter().zip(shown) {
            heard[*product as usize] |= shown;
        }
        let voices = heard.iter().filter(|heard| **heard).count();
        (voices as f64 + UNHEARD) / (self.product_count as f64 + 1.0)
    }

    /// Takes the answers to a probe from the front of what each behaviour was seen to do.
    fn turn_round(&self, database: &Database, probe: ProbeId, cursors: &mut [&[Seen]], places: &mut Places) -> Probed {
        places.clear();
        let mut probed = Probed { answers: vec![UNASKED; cursors.len()], ..Probed::default() };
        for (behaviour, cursor) in cursors.iter_mut().enumerate() {
            let (mine, rest) = cursor.split_at(cursor.iter().take_while(|seen| seen.probe == probe).count());
            *cursor = rest;
            probed.answers[behaviour] = match mine {
                [] => continue,
                [only] => places.of(only.line),
                several => {
                    let runs: f64 = several.iter().map(|seen| f64::from(seen.count)).sum();
                    let shares = several.iter().map(|seen| (places.of(seen.line), f64::from(seen.count) / runs));
                    probed.mixed.push((u32::try_from(behaviour).unwrap_or(u32::MAX), shares.collect()));
                    MIXED
                }
            };
        }
        probed.lines.clone_from(&places.lines);
        probed.values = values(database, &places.lines);
        self.count_voices(&mut probed);
        probed
    }

    fn count_voices(&self, probed: &mut Probed) {
        let (words, lines) = (self.product_count.div_ceil(64), probed.lines.len());
        let mut heard = vec![0_u64; words];
        probed.voices = vec![0; words * lines];
        for (behaviour, place) in probed.answers.iter().enumerate().filter(|(_, place)| **place != UNASKED) {
            let product = self.products[behaviour] as usize;
            let (word, bit) = (product / 64, 1 << (product % 64));
            heard[word] |= bit;
            if *place != MIXED {
                probed.voices[lines * word + usize::from(*place)] |= bit;
            }
        }
        for (behaviour, shares) in &probed.mixed {
            let product = self.products[*behaviour as usize] as usize;
            for (place, _) in shares {
                probed.voices[lines * (product / 64) + usize::from(*place)] |= 1 << (product % 64);
            }
        }
        probed.asked = f64::from(heard.iter().map(|word| word.count_ones()).sum::<u32>());
    }
}

impl Probed {
    /// Whether a behaviour was asked.
    pub(super) fn has(&self, behaviour: u32) -> bool {
        self.answers[behaviour as usize] != UNASKED
    }

    /// Which of the lines show a value of a kind.
    pub(super) fn shows(&self, kind: Kind, number: u32) -> Shows<'_> {
        Shows { known: &self.values[kind as usize], number }
    }

    /// How common a value is among products, each of which has one voice; never 0.
    pub(super) fn background(&self, shows: Shows<'_>) -> f64 {
        let heard = |word: &[u64]| {
            let mask = |known: &u32| if *known == shows.number { u64::MAX } else { 0 };
            word.iter().zip(shows.known).fold(0, |all, (voices, known)| all | (voices & mask(known))).count_ones()
        };
        let voices: u32 = self.voices.chunks_exact(self.lines.len().max(1)).map(heard).sum();
        (f64::from(voices) + UNHEARD) / (self.asked + 1.0)
    }

    /// The behaviours that did not always answer alike, each with the places of its lines, and in what share of runs.
    pub(super) fn mixed(&self) -> &[(u32, Vec<(Answered, f64)>)] {
        &self.mixed
    }

    /// The lines with which a behaviour answered, with their shares.
    pub(super) fn seen<T>(&self, behaviour: u32, judge: impl FnOnce(&[(Answered, f64)]) -> T) -> T {
        match self.answers[behaviour as usize] {
            UNASKED => judge(&[]),
            MIXED => {
                let known = self.mixed.iter().find(|(mixed, _)| *mixed == behaviour);
                judge(known.map_or(&[], |(_, shares)| shares))
            }
            place => judge(&[(place, 1.0)]),
        }
    }

    /// The place of the line that a behaviour usually answers with.
    fn usual(&self, behaviour: usize) -> Option<Answered> {
        match self.answers[behaviour] {
            UNASKED => None,
            MIXED => {
                let (_, shares) = self.mixed.iter().find(|(mixed, _)| *mixed as usize == behaviour)?;
                let most = shares.iter().max_by(|one, other| one.1.total_cmp(&other.1).then(other.0.cmp(&one.0)))?;
                Some(most.0)
            }
            place => Some(place),
        }
    }
}

impl Classed {
    fn new(database: &Database, index: &Index<'_>, probed: &Probed) -> Self {
        let silent = database.lines().value(End::Silent.word());
        let mut numbers: HashMap<Facts, u32> = HashMap::new();
        let mut classed = Self::default();
        let mut class_of_line = Vec::with_capacity(probed.lines.len());
        for line in &probed.lines {
            let mut facts = *database.lines().facts(*line);
            Kind::ALL.into_iter().filter(|kind| !makes_classes(*kind)).for_each(|kind| facts[kind as usize] = ABSENT);
            let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
            let number = *numbers.entry(facts).or_insert(next);
            if number == next {
                let silent = Some(facts[Kind::End as usize]) == silent;
                classed.classes.push(Class { number, background: 0.0, silent });
            }
            class_of_line.push(number);
        }
        let class = |behaviour| probed.usual(behaviour).map(|place| class_of_line[usize::from(place)]);
        classed.class_of = (0..probed.answers.len()).map(class).collect();
        classed.weigh(index);
        classed
    }

    /// How common classes are among products, each of which has one voice for all its behaviours.
    fn weigh(&mut self, index: &Index<'_>) {
        let mut sizes = vec![0.0_f64; index.product_count];
        let asked = || (0..).zip(&self.class_of).filter_map(|(at, class): (usize, _)| Some((at, (*class)?)));
        asked().for_each(|(behaviour, _)| sizes[index.products[behaviour] as usize] += 1.0);
        let products = sizes.iter().filter(|size| **size > 0.0).count() as f64;
        let mut voices = vec![0.0; self.classes.len()];
        asked().for_each(|(behaviour, class)| {
            voices[class as usize] += (sizes[index.products[behaviour] as usize] * products).recip();
        });
        self.classes.iter_mut().zip(voices).for_each(|(class, voice)| class.background = voice);
    }

    /// The class of a behaviour's usual answer, if it was asked.
    pub(super) fn class_of(&self, behaviour: u32) -> Option<u32> {
        self.class_of.get(behaviour as usize).copied().flatten()
    }

    /// The classes of answers.
    pub(super) fn classes(&self) -> &[Class] {
        &self.classes
    }

    /// Whether it takes a quiet period to see an answer of this class.
    pub(super) fn is_silent(&self, class: u32) -> bool {
        self.classes[class as usize].silent
    }
}

/// The values of lines, by kind.
fn values(database: &Database, lines: &[u32]) -> [Vec<u32>; Kind::COUNT] {
    let facts: Vec<&Facts> = lines.iter().map(|line| database.lines().facts(*line)).collect();
    Kind::ALL.map(|kind| {
        let values: Vec<u32> = facts.iter().map(|facts| facts[kind as usize]).collect();
        if values.iter().all(|value| *value == ABSENT) { Vec::new() } else { values }
    })
}

/// In what share of some runs a value was shown.
pub(super) fn share_of(shares: &[(Answered, f64)], shows: Shows<'_>) -> f64 {
    shares.iter().filter(|(place, _)| shows.at(*place)).map(|(_, share)| share).sum()
}

/// Gives the lines of one probe places, in the order in which they are met.
struct Places {
    of_line: Vec<Answered>,
    lines: Vec<u32>,
}

impl Places {
    fn new(lines: usize) -> Self {
        Self { of_line: vec![UNASKED; lines], lines: Vec::new() }
    }

    fn clear(&mut self) {
        self.lines.drain(..).for_each(|line| self.of_line[line as usize] = UNASKED);
    }

    fn of(&mut self, line: u32) -> Answered {
        let place = &mut self.of_line[line as usize];
        if *place == UNASKED {
            // A probe has fewer lines than a database behaviours.
            *place = Answered::try_from(self.lines.len()).unwrap_or(UNASKED);
            self.lines.push(line);
        }
        *place
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

fn versions<'a>(database: &'a Database, products: &[u32], product_count: usize) -> Vec<Vec<(&'a str, usize)>> {
    let mut versions: Vec<Vec<(&str, usize)>> = vec![Vec::new(); product_count];
    for (behaviour, product) in products.iter().enumerate() {
        let mine = database.behaviours[behaviour].versions.iter().map(|version| (version.as_str(), behaviour));
        versions[*product as usize].extend(mine);
    }
    for mine in &mut versions {
        mine.sort_by_cached_key(|(version, _)| version_key(version));
    }
    versions
}
