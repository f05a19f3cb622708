//! Who answered what: every distinct observation once, with the class of answers that it belongs to.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use stews::database::Database;
use stews::features::{Fact, Kind, Layer, telling};
use stews::observation::Observation;
use stews::probe::ProbeId;
use stews::report::in_words;

/// One distinct observation.
#[derive(Debug)]
pub struct Line {
    /// It in the notation.
    pub text: String,
    /// It in words.
    pub words: String,
    /// Its class: observations of one class differ in nothing that tells servers apart.
    pub class: usize,
    /// The same by what the engine decides alone.
    pub engine_class: usize,
    /// What of it tells servers apart.
    pub facts: Vec<Fact>,
}

/// What the notation has for the payload of the ping that ends a script, and what people read.
const PING: &str = "<fence>";
const PING_IN_WORDS: &str = "<payload of our ping>";

/// What a behaviour answered a probe with: the numbers of lines, the most frequent first.
pub type Given = Vec<usize>;

/// All answers.
#[derive(Debug, Default)]
pub struct Answers {
    lines: Vec<Line>,
    /// By behaviour, in the order of the database.
    given: Vec<BTreeMap<ProbeId, Given>>,
}

/// Numbers for things that are equal.
#[derive(Default)]
struct Numbers(HashMap<Vec<Fact>, usize>);

impl Numbers {
    fn of(&mut self, facts: Vec<Fact>) -> usize {
        let next = self.0.len();
        *self.0.entry(facts).or_insert(next)
    }
}

impl Answers {
    /// Those of a database.
    pub fn of(database: &Database) -> Self {
        let mut all = Self::default();
        let (mut known, mut classes, mut engines) = (HashMap::new(), Numbers::default(), Numbers::default());
        for behaviour in &database.behaviours {
            let mut given = BTreeMap::new();
            for probe in behaviour.probes() {
                let mut counted: Vec<(&str, u32)> = database.answers(behaviour, probe).collect();
                counted.sort_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(other.0)));
                let number = |(text, _): &(&str, u32)| {
                    known.get(*text).copied().or_else(|| {
                        let line = Line::read(text, &mut classes, &mut engines)?;
                        all.lines.push(line);
                        known.insert((*text).to_owned(), all.lines.len() - 1);
                        Some(all.lines.len() - 1)
                    })
                };
                given.insert(probe, counted.iter().filter_map(number).collect());
            }
            all.given.push(given);
        }
        all
    }

    /// What a behaviour answered a probe with; nothing where it was not asked.
    pub fn given(&self, behaviour: usize, probe: ProbeId) -> &[usize] {
        self.given.get(behaviour).and_then(|given| given.get(&probe)).map_or(&[], Vec::as_slice)
    }

    /// A line by its number.
    pub fn line(&self, number: usize) -> &Line {
        &self.lines[number]
    }

    /// What a behaviour mostly answers a probe with.
    pub fn usual(&self, behaviour: usize, probe: ProbeId) -> Option<&Line> {
        self.given(behaviour, probe).first().map(|number| self.line(*number))
    }

    /// The classes of what a behaviour answers a probe with.
    pub fn classes(&self, behaviour: usize, probe: ProbeId) -> BTreeSet<usize> {
        self.given(behaviour, probe).iter().map(|number| self.line(*number).class).collect()
    }

    /// The same by what the engine decides.
    pub fn engine_classes(&self, behaviour: usize, probe: ProbeId) -> BTreeSet<usize> {
        self.given(behaviour, probe).iter().map(|number| self.line(*number).engine_class).collect()
    }

    /// Whether no run of one behaviour was answered as any run of the other; `None` where not both were asked.
    pub fn differ(&self, one: usize, other: usize, probe: ProbeId) -> Option<bool> {
        let (one, other) = (self.classes(one, probe), self.classes(other, probe));
        (!one.is_empty() && !other.is_empty()).then(|| one.is_disjoint(&other))
    }
}

impl Line {
    fn read(text: &str, classes: &mut Numbers, engines: &mut Numbers) -> Option<Self> {
        let observation: Observation = text.parse().ok()?;
        let facts: Vec<Fact> = telling(&observation).collect();
        let engine = facts.iter().filter(|(kind, _)| is_engines(*kind)).cloned().collect();
        Some(Self {
            text: text.to_owned(),
            words: in_words(&observation).replace(PING, PING_IN_WORDS),
            engine_class: engines.of(engine),
            class: classes.of(facts.clone()),
            facts,
        })
    }
}

/// Whether facts of a kind are the engine's to decide.
pub fn is_engines(kind: Kind) -> bool {
    kind.layer() == Layer::Engine
}

#[cfg(test)]
mod tests {
    use super::*;
    use stews::database::{Recording, derive};

    #[test]
    fn answers_are_alike_where_only_names_and_data_differ() {
        let probe = ProbeId::new(300);
        let line = |server: &str, status: &str| {
            format!("HTTP/1.1 {status} {{Server: {server}}} | fin").parse::<Observation>().unwrap()
        };
        let seen = [line("a", "400 Bad"), line("b", "400 Bad"), line("a", "426 Bad")];
        let names = ["one", "three", "two"];
        let recordings: Vec<Recording> = names
            .iter()
            .zip([&seen[0], &seen[2], &seen[1]])
            .map(|(name, seen)| Recording::of_runs(name, "1", &[[(probe, seen.clone())].into()]))
            .collect();
        let answers = Answers::of(&derive(&recordings, &[]));
        assert_eq!(answers.differ(0, 2, probe), Some(false));
        assert_eq!(answers.differ(0, 1, probe), Some(true));
        assert_eq!(answers.differ(0, 1, ProbeId::new(100)), None);
        assert_eq!(answers.usual(1, probe).unwrap().words, "refused with HTTP 426 Bad, then hung up");
    }
}
