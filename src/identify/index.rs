//! The database turned round: for each probe the distinct lines, and for each behaviour which of them it answered with. What a fact
//! says is then worked out once for each line, and not for each of some hundred behaviours.

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use fnv::FnvHashMap;

use super::choose::{Class, makes_classes};
use super::sides::{Places, Shows, Side, sides};
use crate::database::{ABSENT, Database, Facts, Seen, version_key};
use crate::features::Kind;
use crate::observation::End;
use crate::probe::{ALL, ProbeId};

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
    /// By kind, what the lines show.
    sides: [Side; Kind::COUNT],
    /// By behaviour, which of the lines it answered with.
    pub(super) answers: Vec<Answered>,
    /// Behaviours that did not always answer alike: the places of their lines, and in what share of runs.
    mixed: Vec<(u32, Vec<(Answered, f64)>)>,
    /// For each line one bit for each product that answered with it.
    voices: Vec<u64>,
    /// How many products were asked.
    asked: f64,
    /// By kind, how many products show each value, once that was asked for.
    heard: OnceLock<[Vec<u32>; Kind::COUNT]>,
    /// The lines by classes, once that was asked for.
    classed: OnceLock<Classed>,
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
        let mut places = [database.lines().texts().len(), database.lines().values() as usize].map(Places::new);
        let table = Table::new(database);
        for (row, probe) in ALL.iter().enumerate() {
            let probed = index.turn_round(database, &table, row, &mut places);
            if !probed.lines.is_empty() {
                index.probes.insert(probe.id, probed);
            }
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

    /// Puts the answers to one probe side by side.
    fn turn_round(
        &self,
        database: &Database,
        table: &Table<'_>,
        row: usize,
        [places, of_values]: &mut [Places; 2],
    ) -> Probed {
        places.clear();
        let mut probed = Probed { answers: vec![UNASKED; self.products.len()], ..Probed::default() };
        for (behaviour, line) in table.row(row).iter().enumerate().filter(|(_, line)| **line != Table::NONE) {
            if *line != Table::SEVERAL {
                let place = places.of(*line);
                self.hear(behaviour, place, &mut probed.voices);
                probed.answers[behaviour] = place;
                continue;
            }
            let mine = table.several.get(&(row, behaviour)).copied().unwrap_or_default();
            let runs: f64 = mine.iter().map(|seen| f64::from(seen.count)).sum();
            let shares: Vec<_> = mine.iter().map(|seen| (places.of(seen.line), f64::from(seen.count) / runs)).collect();
            shares.iter().for_each(|(place, _)| self.hear(behaviour, *place, &mut probed.voices));
            probed.mixed.push((u32::try_from(behaviour).unwrap_or(u32::MAX), shares));
            probed.answers[behaviour] = MIXED;
        }
        probed.asked = f64::from(self.count(&probed.voices));
        probed.lines.clone_from(&places.met);
        probed.sides = sides(database, &places.met, of_values);
        probed
    }

    /// How many words it takes to have a bit for each product.
    const fn words(&self) -> usize {
        self.product_count.div_ceil(64)
    }

    /// How many products have a voice in any of some places.
    fn count(&self, voices: &[u64]) -> u32 {
        let words = self.words();
        let any = |word: usize| voices.iter().skip(word).step_by(words).fold(0, |all, voices| all | voices);
        (0..words).map(|word| any(word).count_ones()).sum()
    }

    /// Adds the voice of a behaviour's product to those at a place.
    fn hear(&self, behaviour: usize, place: Answered, voices: &mut Vec<u64>) {
        let (product, first) = (self.products[behaviour] as usize, usize::from(place) * self.words());
        if voices.len() <= first {
            voices.resize(first + self.words(), 0);
        }
        voices[first + product / 64] |= 1 << (product % 64);
    }
}

impl Probed {
    /// Whether a behaviour was asked.
    pub(super) fn has(&self, behaviour: u32) -> bool {
        self.answers[behaviour as usize] != UNASKED
    }

    /// Which of the lines show a value of a kind.
    pub(super) fn shows(&self, kind: Kind, number: u32) -> Shows<'_> {
        self.sides[kind as usize].shows(number)
    }

    /// Whether any line shows anything of a kind.
    pub(super) fn shows_any(&self, kind: Kind) -> bool {
        !self.sides[kind as usize].values.is_empty()
    }

    /// How common a value is among products, each of which has one voice; never 0.
    pub(super) fn background(&self, kind: Kind, shows: Shows<'_>) -> f64 {
        let heard = self.heard.get_or_init(|| Kind::ALL.map(|kind| self.heard_of(kind)));
        let voices = shows.place.map_or(0, |place| heard[kind as usize][usize::from(place)]);
        (f64::from(voices) + UNHEARD) / (self.asked + 1.0)
    }

    /// How many products show each value of a kind.
    fn heard_of(&self, kind: Kind) -> Vec<u32> {
        let side = &self.sides[kind as usize];
        let words = (self.voices.len() / self.lines.len().max(1)).max(1);
        let mut heard = vec![0; words * side.values.len()];
        for (place, voices) in side.of_line.iter().zip(self.voices.chunks_exact(words)) {
            let of_value = &mut heard[usize::from(*place) * words..];
            of_value.iter_mut().zip(voices).for_each(|(all, voices): (&mut u64, _)| *all |= voices);
        }
        heard.chunks_exact(words).map(|voices| voices.iter().map(|word| word.count_ones()).sum()).collect()
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

/// The numbers of the lines with which behaviours answered, a row for each probe. Filled behaviour by behaviour, as they lie in memory.
struct Table<'a> {
    lines: Vec<u32>,
    /// How many behaviours there are.
    width: usize,
    /// By row and behaviour, the answers of those that did not always answer alike.
    several: FnvHashMap<(usize, usize), &'a [Seen]>,
}

impl<'a> Table<'a> {
    /// Not asked.
    const NONE: u32 = u32::MAX;

    /// See [`Table::several`].
    const SEVERAL: u32 = u32::MAX - 1;

    fn new(database: &'a Database) -> Self {
        let width = database.behaviours.len();
        let mut table = Self { lines: vec![Self::NONE; ALL.len() * width], width, several: FnvHashMap::default() };
        for (behaviour, known) in database.behaviours.iter().enumerate() {
            let mut rows = ALL.iter().enumerate().peekable();
            for mine in known.all_seen().chunk_by(|one, other| one.probe == other.probe) {
                while rows.next_if(|(_, probe)| probe.id < mine[0].probe).is_some() {}
                // What another version of the tool asked is left out.
                let Some((row, _)) = rows.next_if(|(_, probe)| probe.id == mine[0].probe) else { continue };
                table.lines[row * width + behaviour] = if let [only] = mine { only.line } else { Self::SEVERAL };
                if mine.len() > 1 {
                    table.several.insert((row, behaviour), mine);
                }
            }
        }
        table
    }

    fn row(&self, row: usize) -> &[u32] {
        &self.lines[row * self.width..][..self.width]
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
