//! Recorded runs judged by a database that has not seen them. Nothing here starts a server.

use stews::database::{Database, Recording};
use stews::identify::{Answer, Calibration, Candidate, Mask, Matcher, Observations, Policy};
use stews::probe::{Probe, ProbeId, find, gentle_set};

use crate::evaluate::families::Families;
use crate::evaluate::parallel;

/// What is kept from the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HoldOut {
    /// Nothing: what is judged is no recording.
    Nothing,
    /// The run that is judged.
    Run,
    /// The version, of all products that are built from the same package; another of its engine is known.
    Version,
    /// The product; another on its engine is known.
    Product,
    /// The engine, and those made from it or it from them: the right answer is "unknown".
    Engine,
}

/// One recorded run.
pub struct Case<'a> {
    /// Whose.
    pub truth: &'a Recording,
    /// What the default set would have observed.
    pub observations: Observations,
    /// Which run of the recording, from 0.
    run: u32,
}

/// A run and the answer to it.
#[derive(Clone)]
pub struct Judged<'a> {
    /// Whose run it was.
    pub truth: &'a Recording,
    /// What was said.
    pub answer: Answer,
    /// The probes that were asked, where not all of them were.
    pub asked: Vec<ProbeId>,
}

/// All recorded runs.
pub fn cases(recordings: &[Recording]) -> Vec<Case<'_>> {
    let runs = recordings.iter().flat_map(|truth| (0..truth.runs).map(move |run| (truth, run)));
    runs.map(|(truth, run)| Case { truth, observations: light(truth, run), run }).collect()
}

/// What the default set would have observed in one run.
fn light(recording: &Recording, run: u32) -> Observations {
    let light = recording.run(run).into_iter().filter(|(id, _)| find(*id).is_ok_and(Probe::is_default));
    light.map(|(id, line)| (id, line.observation().clone())).collect()
}

impl<'a> Case<'a> {
    /// What was observed of a recorded server otherwise than in a run of its recording.
    pub const fn new(truth: &'a Recording, observations: Observations) -> Self {
        Self { truth, observations, run: 0 }
    }

    /// Whether it is the first run of its recording.
    pub const fn is_first_run(&self) -> bool {
        self.run == 0
    }

    /// Whether it is one of the few that stand for the runs of a recording whose runs differ.
    pub fn is_of_differing_runs(&self) -> bool {
        self.run % 2 == 1 && self.truth.runs_differ()
    }

    /// Product and version of its server.
    pub fn name(&self) -> (&'a str, &'a str) {
        (&self.truth.product, &self.truth.version)
    }

    /// The same case once more.
    pub fn again(&self) -> Self {
        Self { truth: self.truth, observations: self.observations.clone(), run: self.run }
    }
}

impl Case<'_> {
    /// The database that may judge the run; `None` where there is none: the only version of an engine cannot be left out and
    /// its engine be named.
    fn database(&self, whole: &Database, families: &Families, held: HoldOut) -> Option<Database> {
        let truth = self.truth;
        match held {
            HoldOut::Nothing => Some(whole.retain(|_| true)),
            HoldOut::Run => Some(whole.without_run(truth, self.run)),
            HoldOut::Version => {
                let rest = whole.without_version(&truth.product, &truth.version);
                rest.behaviours.iter().any(|known| known.engine == truth.engine).then_some(rest)
            }
            HoldOut::Product => {
                let rest = whole.retain(|known| known.product != truth.product);
                rest.behaviours.iter().any(|known| known.engine == truth.engine).then_some(rest)
            }
            HoldOut::Engine => {
                let family = families.root(&truth.engine);
                Some(whole.retain(|known| families.root(&known.engine) != family))
            }
        }
    }
}

/// All that is known before anything is left out.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// The database.
    pub database: &'a Database,
    /// Which engines were made from which.
    pub families: &'a Families,
}

/// Judges the cases of those engines for which `numbers` has any; `judge` is given what it takes to answer one.
pub fn each<'a, T>(
    cases: &'a [Case<'a>],
    whole: &Known<'_>,
    held: HoldOut,
    numbers: impl Fn(&str) -> Option<Calibration>,
    mut judge: impl FnMut(&'a Case<'a>, &Matcher<'_>) -> T,
) -> Vec<T> {
    let mut judged = Vec::new();
    // Runs of one recording stand together; but for the run itself they are judged by the same database.
    for same in cases.chunk_by(|one, other| std::ptr::eq(one.truth, other.truth)) {
        let Some(numbers) = numbers(&same[0].truth.engine) else { continue };
        let shared = match held {
            HoldOut::Run if same[0].truth.runs_differ() => None,
            _ => Some(same[0].database(whole.database, whole.families, held)),
        };
        if let Some(database) = &shared {
            let Some(database) = database else { continue };
            let matcher = Matcher::calibrated(database, numbers);
            judged.extend(same.iter().map(|case| judge(case, &matcher)));
            continue;
        }
        for case in same {
            let Some(database) = case.database(whole.database, whole.families, held) else { continue };
            judged.push(judge(case, &Matcher::calibrated(&database, numbers.clone())));
        }
    }
    judged
}

/// Judges the cases as [`each`] does, on two threads, and those of a recording that saw the same only once.
pub fn each_distinct<'a, T: Clone + Send>(
    cases: &'a [Case<'a>],
    whole: &Known<'_>,
    held: HoldOut,
    numbers: impl Fn(&str) -> Calibration + Sync,
    judge: impl Fn(&'a Case<'a>, &Matcher<'_>) -> T + Sync,
) -> Vec<T> {
    let recordings: Vec<&'a [Case<'a>]> = cases.chunk_by(|one, other| std::ptr::eq(one.truth, other.truth)).collect();
    let judged = parallel::map("recordings, each with its own left out", &recordings, |same| {
        let mut before: Vec<(&'a Observations, T)> = Vec::new();
        each(
            same,
            whole,
            held,
            |engine| Some(numbers(engine)),
            |case, matcher| {
                // Where its runs differ, each is left out of a database of its own.
                let is_shared = held != HoldOut::Run || !case.truth.runs_differ();
                let known = before.iter().find(|(seen, _)| is_shared && **seen == case.observations);
                if let Some((_, known)) = known {
                    return known.clone();
                }
                let judged = judge(case, matcher);
                before.push((&case.observations, judged.clone()));
                judged
            },
        )
    });
    judged.into_iter().flatten().collect()
}

impl<'a> Case<'a> {
    /// Whether the plain handshake was accepted.
    pub fn is_opened(&self) -> bool {
        self.observations.get(&ProbeId::BASELINE).is_some_and(|seen| seen.reply.is_upgrade())
    }

    /// The answer to all that was observed.
    pub fn answer(&self, matcher: &Matcher<'_>, mask: Mask) -> Judged<'a> {
        let answer = if self.is_opened() {
            matcher.identify(&self.observations, mask)
        } else {
            matcher.identify_refused(&self.observations)
        };
        Judged { truth: self.truth, answer, asked: Vec::new() }
    }

    /// The answer where the matcher asks as it would on the wire, a few probes at a time.
    pub fn adaptive_answer(&self, matcher: &Matcher<'_>, policy: &Policy) -> Judged<'a> {
        let order = self.asked(matcher, policy);
        let seen = self.seen_of(&order);
        let asked = seen.keys().copied().collect();
        Judged { truth: self.truth, answer: matcher.identify(&seen, Mask::default()), asked }
    }

    /// What was observed of some probes.
    pub fn seen_of(&self, probes: &[ProbeId]) -> Observations {
        probes.iter().filter_map(|id| Some((*id, self.observations.get(id)?.clone()))).collect()
    }

    /// The probes that the matcher asks as it would on the wire, in order, the baseline first.
    pub fn asked(&self, matcher: &Matcher<'_>, policy: &Policy) -> Vec<ProbeId> {
        let mut order = vec![ProbeId::BASELINE];
        let mut seen = self.seen_of(&order);
        // What a recording lacks (a probe of which its server dies) cannot be asked.
        let available: Vec<&'static Probe> =
            gentle_set().into_iter().filter(|probe| self.observations.contains_key(&probe.id)).collect();
        loop {
            let next = matcher.next(&seen, &available, policy);
            if next.is_empty() {
                break;
            }
            let next: Vec<ProbeId> = next.iter().map(|probe| probe.id).collect();
            seen.extend(self.seen_of(&next));
            order.extend(next);
        }
        order
    }
}

/// Whether an answer names a product, and beside it only products that nothing in the default set tells from it.
pub fn names_product(answer: &Answer, product: &str) -> bool {
    names(answer, product, |candidate| candidate.product == product)
}

/// Whether an answer names what is `right`, and beside it only what nothing in the default set tells from `product`.
fn names(answer: &Answer, product: &str, right: impl Fn(&Candidate) -> bool) -> bool {
    let named = answer.first();
    let is_twin = |candidate: &Candidate| candidate.twins.iter().any(|twin| twin == product);
    !answer.is_unknown()
        && named.iter().any(&right)
        && named.iter().all(|candidate| right(candidate) || is_twin(candidate))
}

impl Judged<'_> {
    /// Whether the engine is named of a server whose product nobody recorded, and beside it only what nothing in the default set tells from
    /// the product that is named for it.
    pub fn engine_is_named(&self) -> bool {
        let named = self.answer.first();
        let is_right = |candidate: &&Candidate| candidate.engine == self.truth.engine;
        let is_twin =
            |candidate: &Candidate| named.iter().filter(is_right).any(|right| right.twins.contains(&candidate.product));
        !self.answer.is_unknown()
            && named.iter().any(|candidate| is_right(&candidate))
            && named.iter().all(|candidate| is_right(&candidate) || is_twin(candidate))
    }

    /// Whether somebody else is named as surely as an engine that is identified: the engine is not among those that are named.
    pub fn is_wrongly_identified(&self) -> bool {
        let named = self.answer.first();
        self.answer.is_identified() && named.iter().all(|candidate| candidate.engine != self.truth.engine)
    }

    /// Whether the engine is named, and beside it only engines that nothing in the default set tells from it.
    pub fn engine_is_right(&self) -> bool {
        names(&self.answer, &self.truth.product, |candidate| candidate.engine == self.truth.engine)
    }

    /// Whether the product is named, and beside it only products that nothing in the default set tells from it.
    pub fn product_is_right(&self) -> bool {
        names_product(&self.answer, &self.truth.product)
    }

    /// The proxy that is named.
    pub fn proxy(&self) -> Option<&str> {
        self.answer.proxy.as_ref().map(|proxy| proxy.product.as_str())
    }

    /// Whether the true version is within the ranges named, by its place among the releases of its line.
    pub fn version_is_in_range(&self) -> bool {
        let mine = self.answer.first().iter().filter(|candidate| candidate.product == self.truth.product);
        mine.flat_map(|candidate| &candidate.ranges).any(|range| range.holds(&self.truth.version))
    }

    /// How many versions are named, of all products that are.
    pub fn versions_named(&self) -> usize {
        self.answer.first().iter().map(|candidate| candidate.versions.len()).sum()
    }

    /// How likely the answer takes itself to be right: in what it names, or in that it names nothing.
    pub fn confidence(&self) -> f64 {
        if self.answer.is_unknown() {
            return self.answer.unknown;
        }
        self.answer.confidence()
    }
}
