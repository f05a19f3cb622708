//! The inverted index: for each probe the distinct lines, and for each behaviour which of them it answered with. What a feature says is
//! then worked out once for each line, and not for each of some hundred behaviours.

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use enum_map::EnumMap;
use fnv::FnvHashMap;

use super::columns::{
    AnswerClass, ColumnValue, DenseIds, LineShare, LineSlot, Recorded, UNSEEN_ANSWER, ValueColumn, columns,
    makes_classes,
};
use super::ids::{BehaviourId, EngineId, LineId, ProductId, ValueId};
use super::information::entropy;
use super::known_versions::{KnownVersions, known_versions};
use crate::database::{ABSENT, Behaviour, Database, Facts, Seen};
use crate::features::Kind;
use crate::observation::End;
use crate::probe::{ALL, ProbeId};

/// Pseudo-count of a value no product shows.
const PSEUDO_COUNT: f64 = 0.25;

/// The least share of servers that are taken to show a value of some kind that no product shows.
const MIN_UNSEEN: f64 = 0.02;

/// The most of them: also in a database of a few products, each of which is unlike the others.
const MAX_UNSEEN: f64 = 0.4;

/// What is known of the answers to one probe.
#[derive(Debug, Default)]
pub(super) struct ProbeColumn {
    /// The distinct lines.
    pub(super) lines: Vec<LineId>,
    /// By kind, what the lines show.
    columns: EnumMap<Kind, ValueColumn>,
    /// By behaviour, how it answered.
    pub(super) answers: Vec<Recorded>,
    mixed: Vec<MixedAnswers>,
    /// For each line one bit for each product that answered with it.
    supporters: Vec<u64>,
    /// How many products were asked.
    asked: f64,
    /// By kind, how many products show each value, once that was asked for.
    support: OnceLock<EnumMap<Kind, Vec<u32>>>,
    /// The lines by classes, once that was asked for.
    classes: OnceLock<AnswerClasses>,
}

/// The answers of a behaviour that did not always answer a probe alike.
#[derive(Debug)]
pub(super) struct MixedAnswers {
    pub(super) behaviour: BehaviourId,
    pub(super) shares: Vec<LineShare>,
}

/// The answers to one probe by classes: those of one class differ in nothing that tells servers apart.
#[derive(Debug, Default)]
pub(super) struct AnswerClasses {
    /// The class of the usual answer of each behaviour.
    class_of: Vec<Option<u32>>,
    classes: Vec<AnswerClass>,
    background_entropy: f64,
}

/// The whole database, inverted.
#[derive(Debug)]
pub(super) struct Index<'a> {
    database: &'a Database,
    table: Table<'a>,
    /// By row of the table, what is known of the answers to its probe, once that was asked for: a scan plays some twenty of hundreds of probes.
    columns: Vec<OnceLock<ProbeColumn>>,
    /// By behaviour, its product.
    pub(super) products: Vec<ProductId>,
    /// How many products there are.
    pub(super) product_count: usize,
    /// By behaviour, its engine.
    engines: Vec<EngineId>,
    /// How many engines there are.
    pub(super) engine_count: usize,
    /// By product, its versions.
    pub(super) versions: Vec<KnownVersions<'a>>,
}

impl<'a> Index<'a> {
    pub(super) fn new(database: &'a Database) -> Self {
        let (products, product_count) = number(database, |behaviour| &behaviour.product, ProductId::nth);
        let (engines, engine_count) = number(database, |behaviour| &behaviour.engine, EngineId::nth);
        let versions = known_versions(database, &products, product_count);
        let columns = ALL.iter().map(|_| OnceLock::new()).collect();
        let table = Table::new(database);
        Self { database, table, columns, products, product_count, engines, engine_count, versions }
    }

    /// What is known of the answers to a probe, if anybody was asked it.
    pub(super) fn column(&self, probe: ProbeId) -> Option<&ProbeColumn> {
        let row = ALL.binary_search_by_key(&probe, |probe| probe.id).ok()?;
        Some(self.columns[row].get_or_init(|| self.invert(row))).filter(|column| !column.lines.is_empty())
    }

    /// The answers to a probe by classes.
    pub(super) fn answer_classes(&self, probe: ProbeId) -> Option<&AnswerClasses> {
        let column = self.column(probe)?;
        Some(column.classes.get_or_init(|| AnswerClasses::new(self.database, self, column)))
    }

    /// The product of a behaviour.
    pub(super) fn product_of(&self, behaviour: BehaviourId) -> ProductId {
        self.products[behaviour.index()]
    }

    /// The engine of a behaviour.
    pub(super) fn engine_of(&self, behaviour: BehaviourId) -> EngineId {
        self.engines[behaviour.index()]
    }

    /// How common something is among products, each counted once, by behaviour whether it is shown; never 0.
    pub(super) fn background(&self, shown: &[bool]) -> f64 {
        let mut supports = vec![false; self.product_count];
        for (product, shown) in self.products.iter().zip(shown) {
            supports[product.index()] |= shown;
        }
        let support = supports.iter().filter(|supports| **supports).count();
        (support as f64 + PSEUDO_COUNT) / (self.product_count as f64 + 1.0)
    }

    /// Puts the answers to one probe side by side.
    fn invert(&self, row: usize) -> ProbeColumn {
        let (table, database) = (&self.table, self.database);
        let mut lines = DenseIds::new(database.lines().texts().len());
        let mut slot = |line: u32| LineSlot::new(lines.slot(line));
        let mut column = ProbeColumn { answers: vec![Recorded::Never; self.products.len()], ..ProbeColumn::default() };
        for (behaviour, line) in table.row(row).iter().enumerate().filter(|(_, line)| **line != Table::NONE) {
            if *line != Table::SEVERAL {
                let line = slot(*line);
                self.add_support(behaviour, line, &mut column.supporters);
                column.answers[behaviour] = Recorded::Always(line);
                continue;
            }
            let mine = table.several.get(&(row, behaviour)).copied().unwrap_or_default();
            let runs: f64 = mine.iter().map(|seen| f64::from(seen.count)).sum();
            let share = |seen: &Seen| LineShare { line: slot(seen.line), share: f64::from(seen.count) / runs };
            let shares: Vec<LineShare> = mine.iter().map(share).collect();
            shares.iter().for_each(|one| self.add_support(behaviour, one.line, &mut column.supporters));
            // Fewer behaviours are mixed than there are lines.
            column.answers[behaviour] = Recorded::Mixed(u16::try_from(column.mixed.len()).unwrap_or(u16::MAX));
            column.mixed.push(MixedAnswers { behaviour: BehaviourId::nth(behaviour), shares });
        }
        column.asked = f64::from(self.count(&column.supporters));
        column.lines = lines.ids().map(LineId::new).collect();
        column.columns = columns(database, &column.lines, &mut DenseIds::new(database.lines().values() as usize));
        column
    }

    /// How many words it takes to have a bit for each product.
    const fn words(&self) -> usize {
        self.product_count.div_ceil(64)
    }

    /// How many products support any of some lines.
    fn count(&self, supporters: &[u64]) -> u32 {
        let words = self.words();
        let any = |word: usize| supporters.iter().skip(word).step_by(words).fold(0, |all, products| all | products);
        (0..words).map(|word| any(word).count_ones()).sum()
    }

    /// Adds a behaviour's product to those that support a line.
    fn add_support(&self, behaviour: usize, line: LineSlot, supporters: &mut Vec<u64>) {
        let (product, first) = (self.products[behaviour].index(), line.index() * self.words());
        if supporters.len() <= first {
            supporters.resize(first + self.words(), 0);
        }
        supporters[first + product / 64] |= 1 << (product % 64);
    }
}

impl ProbeColumn {
    /// Whether a behaviour was asked.
    pub(super) fn was_asked(&self, behaviour: BehaviourId) -> bool {
        self.answers[behaviour.index()] != Recorded::Never
    }

    /// Where the column of a kind has a value.
    pub(super) fn find(&self, kind: Kind, value: ValueId) -> ColumnValue<'_> {
        self.columns[kind].find(value)
    }

    /// Whether any line shows anything of a kind.
    pub(super) fn shows_any(&self, kind: Kind) -> bool {
        !self.columns[kind].values.is_empty()
    }

    /// How common a value is among products, each counted once; never 0.
    pub(super) fn background(&self, kind: Kind, value: ColumnValue<'_>) -> f64 {
        let support = self.support.get_or_init(|| EnumMap::from_fn(|kind| self.support_of(kind)));
        let products = value.slot.map_or(0, |slot| support[kind][slot.index()]);
        (f64::from(products) + PSEUDO_COUNT) / (self.asked + 1.0)
    }

    /// How likely any server shows a value: as common as it is among products, but for the share of servers that are taken to show what
    /// none of them does. That share is as large as the share of products whose value is theirs alone (the Good-Turing estimate of what was
    /// not seen yet).
    pub(super) fn null(&self, kind: Kind, value: ColumnValue<'_>) -> f64 {
        let support = self.support.get_or_init(|| EnumMap::from_fn(|kind| self.support_of(kind)));
        let alone = support[kind].iter().filter(|products| **products == 1).count() as f64;
        let unseen = ((alone + PSEUDO_COUNT) / (self.asked + 1.0)).clamp(MIN_UNSEEN, MAX_UNSEEN);
        if value.is_shown() { (1.0 - unseen) * self.background(kind, value) } else { unseen }
    }

    /// How many products show each value of a kind.
    fn support_of(&self, kind: Kind) -> Vec<u32> {
        let column = &self.columns[kind];
        let words = (self.supporters.len() / self.lines.len().max(1)).max(1);
        let mut supporters = vec![0; words * column.values.len()];
        for (value, of_line) in column.of_line.iter().zip(self.supporters.chunks_exact(words)) {
            let of_value = &mut supporters[value.index() * words..];
            of_value.iter_mut().zip(of_line).for_each(|(all, products): (&mut u64, _)| *all |= products);
        }
        supporters.chunks_exact(words).map(|products| products.iter().map(|word| word.count_ones()).sum()).collect()
    }

    /// The behaviours that did not always answer alike.
    pub(super) fn mixed(&self) -> &[MixedAnswers] {
        &self.mixed
    }

    /// Calls `judge` with the lines with which a behaviour answered; with none where it was not asked.
    pub(super) fn with_lines_of<T>(&self, behaviour: BehaviourId, judge: impl FnOnce(&[LineShare]) -> T) -> T {
        match self.answers[behaviour.index()] {
            Recorded::Never => judge(&[]),
            Recorded::Always(line) => judge(&[LineShare { line, share: 1.0 }]),
            Recorded::Mixed(place) => judge(&self.mixed[usize::from(place)].shares),
        }
    }

    /// The line that a behaviour usually answers with.
    fn usual(&self, answer: Recorded) -> Option<LineSlot> {
        match answer {
            Recorded::Never => None,
            Recorded::Always(line) => Some(line),
            Recorded::Mixed(place) => {
                let shares = self.mixed[usize::from(place)].shares.iter();
                let most =
                    shares.max_by(|one, other| one.share.total_cmp(&other.share).then(other.line.cmp(&one.line)))?;
                Some(most.line)
            }
        }
    }
}

impl AnswerClasses {
    fn new(database: &Database, index: &Index<'_>, column: &ProbeColumn) -> Self {
        let silent = database.lines().value(End::Silent.word());
        let mut numbers: HashMap<Facts, u32> = HashMap::new();
        let mut classes = Self::default();
        let mut class_of_line = Vec::with_capacity(column.lines.len());
        for line in &column.lines {
            let mut facts = *database.lines().facts(line.get());
            Kind::ALL.into_iter().filter(|kind| !makes_classes(*kind)).for_each(|kind| facts[kind] = ABSENT);
            let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
            let number = *numbers.entry(facts).or_insert(next);
            if number == next {
                let silent = Some(facts[Kind::End]) == silent;
                classes.classes.push(AnswerClass { background: 0.0, silent });
            }
            class_of_line.push(number);
        }
        let class = |answer: &Recorded| column.usual(*answer).map(|line| class_of_line[line.index()]);
        classes.class_of = column.answers.iter().map(class).collect();
        classes.set_backgrounds(index);
        let answered = (0..).take(classes.classes.len()).map(|class| classes.answered_by_unknown(class));
        classes.background_entropy = answered.chain([UNSEEN_ANSWER]).map(|share| entropy(share, 1.0)).sum();
        classes
    }

    /// Works out how common classes are among products, each of which counts once for all its behaviours.
    fn set_backgrounds(&mut self, index: &Index<'_>) {
        let mut sizes = vec![0.0_f64; index.product_count];
        let asked =
            || index.products.iter().zip(&self.class_of).filter_map(|(product, class)| Some((product, (*class)?)));
        asked().for_each(|(product, _)| sizes[product.index()] += 1.0);
        let products = sizes.iter().filter(|size| **size > 0.0).count() as f64;
        let mut backgrounds = vec![0.0; self.classes.len()];
        asked().for_each(|(product, class)| {
            backgrounds[class as usize] += (sizes[product.index()] * products).recip();
        });
        self.classes.iter_mut().zip(backgrounds).for_each(|(class, background)| class.background = background);
    }

    /// The entropy in bits of what an unknown server answers.
    pub(super) const fn background_entropy(&self) -> f64 {
        self.background_entropy
    }

    /// In what share of cases an unknown server answers with a class.
    pub(super) fn answered_by_unknown(&self, class: u32) -> f64 {
        (1.0 - UNSEEN_ANSWER) * self.classes[class as usize].background
    }

    /// The class of a behaviour's usual answer, if it was asked.
    pub(super) fn class_of(&self, behaviour: BehaviourId) -> Option<u32> {
        self.class_of.get(behaviour.index()).copied().flatten()
    }

    /// All classes, by number.
    pub(super) fn classes(&self) -> &[AnswerClass] {
        &self.classes
    }

    /// Whether it takes a quiet period to see an answer of this class.
    pub(super) fn is_silent(&self, class: u32) -> bool {
        self.classes[class as usize].silent
    }
}

/// The numbers of the lines with which behaviours answered, a row for each probe. Filled behaviour by behaviour, as they lie in memory.
#[derive(Debug)]
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

/// Numbers what behaviours have by `name`, in the order in which behaviours have it: by behaviour, and how many there are.
fn number<T: Copy>(database: &Database, name: fn(&Behaviour) -> &str, nth: fn(usize) -> T) -> (Vec<T>, usize) {
    let mut numbers: BTreeMap<&str, T> = BTreeMap::new();
    let mut of_behaviours = Vec::with_capacity(database.behaviours.len());
    for behaviour in &database.behaviours {
        let next = nth(numbers.len());
        of_behaviours.push(*numbers.entry(name(behaviour)).or_insert(next));
    }
    (of_behaviours, numbers.len())
}
