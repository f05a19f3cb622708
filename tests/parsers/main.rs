//! The parsers of what others wrote, given a committed corpus (`tests/corpus/<parser>/`) and inputs that are nearly like it. `cargo test` runs
//! a few thousand cases of each, the same each time; `cargo xtask fuzz-parsers` runs a million, and writes `fingerprints/fuzz.md`.

mod mutate;
mod recorded;
mod targets;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use fastrand::Rng;
use proptest::strategy::{BoxedStrategy, Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use stews::wire::ResponseHead;
use stews::wire::handshake::HeadResult;
use targets::{ALL, Subject, Verdict};

/// Cases of each parser with each `cargo test`.
const CASES: u64 = 2_000;

/// One case of so many is drawn, and not made from the corpus: drawing takes longer.
const DRAWN: u64 = 8;

/// What the cases of a plain `cargo test` are drawn from.
const SEED: u64 = 6455;

/// An input with which something does not hold.
#[derive(Debug)]
struct Find {
    input: Vec<u8>,
    what: String,
}

/// Runs cases of one parser.
struct Fuzzer<'a> {
    subject: &'a Subject,
    corpus: Vec<Vec<u8>>,
    drawn: BoxedStrategy<Vec<u8>>,
    seed: u64,
}

impl<'a> Fuzzer<'a> {
    fn new(subject: &'a Subject, seed: u64) -> Self {
        Self { subject, corpus: corpus(subject.name), drawn: (subject.drawn)(), seed }
    }

    /// Runs one case: the same for the same number and seed.
    fn run(&self, case: u64) -> Option<Find> {
        let mut rng = Rng::with_seed(self.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(case));
        let mut input = if case % DRAWN == 0 {
            self.draw(&mut rng)
        } else {
            mutate::mutated(&self.corpus, self.subject.words, &mut rng)
        };
        input.truncate(mutate::LONGEST);
        self.find(input, &mut rng)
    }

    fn draw(&self, rng: &mut Rng) -> Vec<u8> {
        let seed: [u8; 32] = std::array::from_fn(|_| rng.u8(..));
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
        let mut runner = TestRunner::new_with_rng(Config::default(), rng);
        self.drawn.new_tree(&mut runner).map(|tree| tree.current()).unwrap_or_default()
    }

    fn find(&self, input: Vec<u8>, rng: &mut Rng) -> Option<Find> {
        self.verdict(&input, rng).err().map(|what| Find { input, what })
    }

    /// What is wrong with what the parser makes of an input; a panic is.
    fn verdict(&self, input: &[u8], rng: &mut Rng) -> Verdict {
        let checked = catch_unwind(AssertUnwindSafe(|| (self.subject.check)(input, rng)));
        checked.unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
            Err(format!("it panics: {}", text.unwrap_or("without a word")))
        })
    }

    /// Runs all of the corpus, each member cut in several ways.
    fn run_corpus(&self) -> Vec<Find> {
        let cases = self.corpus.iter().flat_map(|input| (0..20).map(move |seed| (input, seed)));
        cases.filter_map(|(input, seed)| self.find(input.clone(), &mut Rng::with_seed(seed))).collect()
    }
}

/// The folder of the corpus of a parser.
fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(name)
}

/// The committed inputs of a parser, in the order of their names, so that cases are the same everywhere.
fn corpus(name: &str) -> Vec<Vec<u8>> {
    let entries = std::fs::read_dir(folder(name)).expect("each parser has a corpus");
    let paths: BTreeSet<PathBuf> = entries.map(|entry| entry.expect("a file").path()).collect();
    assert!(paths.len() > 4, "the corpus of `{name}` is gone");
    paths.iter().map(|path| std::fs::read(path).expect("a file")).collect()
}

/// Writes an input with which something does not hold into the corpus, from where it is run each time.
fn keep(name: &str, find: &Find) -> PathBuf {
    let hash = find
        .input
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    let path = folder(name).join(format!("found-{hash:016x}"));
    std::fs::write(&path, &find.input).expect("the corpus can be written");
    path
}

/// The corpus of a parser, and a few thousand cases.
fn hold(name: &str) {
    let subject = ALL.iter().find(|subject| subject.name == name).expect("there is such a parser");
    let fuzzer = Fuzzer::new(subject, SEED);
    let mut finds = fuzzer.run_corpus();
    finds.extend((0..CASES).filter_map(|case| fuzzer.run(case)));
    for find in finds.iter().take(5) {
        println!("{} {}\n  with {}", subject.name, find.what, find.input.escape_ascii());
        println!("  kept as {}", keep(name, find).display());
    }
    assert!(finds.is_empty(), "{} of the inputs of `{name}` go wrong", finds.len());
}

#[test]
fn frames_hold() {
    hold("frames");
}

#[test]
fn heads_hold() {
    hold("heads");
}

#[test]
fn the_notation_holds() {
    hold("notation");
}

#[test]
fn targets_hold() {
    hold("target");
}

#[test]
fn databases_hold() {
    hold("database");
}

#[test]
fn recordings_hold() {
    hold("recording");
}

/// A corpus of which nothing reads, or from which nothing that reads is made, tests only how things are refused.
#[test]
fn the_corpora_and_what_is_made_of_them_read_now_and_then() {
    let text = |input: &[u8]| String::from_utf8_lossy(input).into_owned();
    let reads = |name: &str, input: &[u8]| match name {
        "notation" => text(input).parse::<stews::Observation>().is_ok(),
        "target" => stews::Target::parse(&text(input), stews::Scheme::Ws).is_ok(),
        "database" => stews::Database::from_text(&text(input), "").is_ok(),
        "recording" => stews::database::Recording::from_text(&text(input), "").is_ok(),
        "heads" => matches!(ResponseHead::decode(input), HeadResult::Complete(..)),
        _ => stews::wire::FrameHead::decode(input).is_some(),
    };
    for subject in &ALL {
        let fuzzer = Fuzzer::new(subject, SEED);
        let whole = fuzzer.corpus.iter().filter(|input| reads(subject.name, input)).count();
        assert!(whole >= 5, "{}: {whole} of the corpus read", subject.name);
        let made = (0..500).filter(|seed| {
            let mut rng = Rng::with_seed(*seed);
            reads(subject.name, &mutate::mutated(&fuzzer.corpus, subject.words, &mut rng))
        });
        let (made, mut rng) = (made.count(), Rng::with_seed(1));
        let drawn = (0..200).filter(|_| reads(subject.name, &fuzzer.draw(&mut rng))).count();
        assert!(made >= 10 && drawn >= 4, "{}: {made} of 500 and {drawn} of 200 read", subject.name);
    }
}

/// That something is wrong is found at all: a property that does not hold, and a panic.
#[test]
fn what_does_not_hold_is_found() {
    let wrong = Subject {
        name: "frames",
        check: |input, _| if input.contains(&0xff) { Err("255 is in it".to_owned()) } else { Ok(()) },
        ..ALL[0]
    };
    let fuzzer = Fuzzer::new(&wrong, SEED);
    let find = (0..CASES).find_map(|case| fuzzer.run(case)).expect("some input holds 255");
    assert!(find.input.contains(&0xff) && find.what == "255 is in it");
    let dying = Subject { check: |input, _| panic!("of {}", input.len()), ..ALL[0] };
    let find = Fuzzer::new(&dying, SEED).run(1).expect("it panics");
    assert_eq!(find.what, format!("it panics: of {}", find.input.len()));
}
