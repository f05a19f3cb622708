//! From likelihoods to a ranking: the posterior of products, of an unknown server, and of a proxy in front.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use enum_map::EnumMap;
use fnv::FnvHashMap;

use super::answer::{Answer, Candidate, EngineShare, Evidence, Mask, Observations, ProxyCandidate};
use super::banner::{Banner, BannerNames, Believed, banners};
use super::calibration::Calibration;
use super::contradiction::{Contradiction, contradictions};
use super::feature::ScoredFeature;
use super::hypotheses::{Posterior, ProductShare, tempers};
use super::ids::BehaviourId;
use super::index::Index;
use super::known_versions::KnownVersion;
use super::likelihood::{Likelihoods, Model};
use super::memo::{Judgement, Memo};
use super::part::{ByRate, Part};
use super::protocols::protocols;
use super::proxy::compiled::{CompiledProxy, ProxyHypothesis};
use super::proxy::model::ReverseProxy;
use super::proxy::responses::{LocalResponses, ProxyEvidence};
use super::ranges::{Fitting, ranges, share_of_ranges};
use super::score::Score;
use crate::database::{Behaviour, Database};
use crate::features::Feature;
use crate::observation::Observation;
use crate::probe::ProbeId;

/// How many proxies are tried at most.
const MAX_PROXIES: usize = 3;

/// A proxy whose log-likelihood ratio from its local responses is below this is not tried.
const MIN_PROXY_LLR: f64 = -15.0;

/// How much a bit counts by which a server behind a proxy explains more than one without.
const EXPLANATION_WEIGHT: f64 = 0.5;

/// How many pieces of evidence are kept.
const MAX_EVIDENCE: usize = 64;

/// Evidence of fewer bits is not kept.
const MIN_EVIDENCE_BITS: f64 = 0.05;

/// A database made ready for many identifications.
///
/// ```
/// use stews::{Database, Mask, Matcher, Observations};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let database = Database::embedded()?;
/// let matcher = Matcher::new(&database);
/// let seen = Observations::from([("203".parse()?, "close 1002 | fin".parse()?)]);
///
/// let answer = matcher.identify(&seen, Mask::default());
/// let known: f64 = answer.candidates.iter().map(|candidate| candidate.probability).sum();
/// assert!((known + answer.unknown - 1.0).abs() < 1e-9);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Matcher<'a> {
    pub(super) database: &'a Database,
    pub(super) index: Index<'a>,
    pub(super) calibration: Cow<'a, Calibration>,
    pub(super) local_responses: LocalResponses,
    /// In the order of [`Calibration::proxies`].
    compiled_proxies: Vec<CompiledProxy>,
    pub(super) memo: Memo,
    banner_names: BannerNames<'a>,
}

/// The weight of a fact that no other repeats.
const ONE_FACT: f64 = 1.0;

/// What was observed says of a behaviour, before it is tempered.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Bits {
    /// The log-likelihood ratio in bits by all but what the server says of itself.
    pub without_banners: f64,
    /// By part, the log-likelihood ratio in bits at each of [`RATES`](super::RATES).
    pub parts: EnumMap<Part, ByRate>,
    /// By part, the weight of what was compared.
    pub weights: EnumMap<Part, f64>,
    /// How much of what was compared disagrees, banners aside, by weight.
    pub disagreed: f64,
}

/// What is believed of a target, and the likelihoods under the likeliest proxy.
pub(super) struct Weighed<'m> {
    pub(super) likelihoods: Likelihoods<'m>,
    pub(super) posterior: Posterior,
    pub(super) proxy: Option<FoundProxy<'m>>,
}

/// A proxy that is likelier to stand in front than none.
#[derive(Clone, Copy, Debug)]
pub(super) struct FoundProxy<'m> {
    pub(super) proxy: &'m ReverseProxy,
    pub(super) probability: f64,
}

/// The hypothesis that a proxy stands in front, worked out.
struct TriedProxy {
    /// The place of the proxy.
    place: usize,
    /// The unnormalised log-posterior, in bits.
    bits: f64,
    scores: Vec<Score>,
}

/// Ranks all known products by how well they explain what was observed. For more than one target, [`Matcher`] is quicker.
#[must_use]
pub fn identify(observations: &Observations, database: &Database, mask: Mask) -> Answer {
    Matcher::new(database).identify(observations, mask)
}

impl<'a> Matcher<'a> {
    /// One with the measured numbers.
    ///
    /// # Panics
    ///
    /// As [`Calibration::measured`] does.
    #[must_use]
    pub fn new(database: &'a Database) -> Self {
        Self::of(database, Cow::Borrowed(Calibration::measured()))
    }

    /// One with other numbers.
    #[must_use]
    pub fn calibrated(database: &'a Database, calibration: Calibration) -> Self {
        Self::of(database, Cow::Owned(calibration))
    }

    fn of(database: &'a Database, calibration: Cow<'a, Calibration>) -> Self {
        let local_responses = LocalResponses::new(&calibration.proxies);
        let compiled_proxies = calibration.proxies.iter().map(CompiledProxy::new).collect();
        let (index, memo, banner_names) = (Index::new(database), Memo::default(), BannerNames::new(database));
        Self { database, index, local_responses, compiled_proxies, calibration, memo, banner_names }
    }

    /// Ranks all known products by how well they explain what was observed.
    #[must_use]
    pub fn identify(&self, observations: &Observations, mask: Mask) -> Answer {
        self.answered(&self.weigh(observations, mask), observations)
    }

    /// The answer, and what is to be asked again to see whether it holds; the last ones are remembered for targets that answer alike.
    #[must_use]
    pub fn judge(&self, observations: &Observations) -> Arc<Judgement> {
        self.memo.get_or_judge(observations, || {
            let weighed = self.weigh(observations, Mask::default());
            let ask_again = self.strongest(&weighed, observations);
            Judgement { answer: self.answered(&weighed, observations), ask_again }
        })
    }

    /// Forgets what was made of targets before: then the next takes as long as the first.
    pub fn forget(&self) {
        self.memo.forget();
    }

    /// What is told of what is believed.
    pub(super) fn answered(&self, weighed: &Weighed<'_>, observations: &Observations) -> Answer {
        let proxy = weighed.proxy.filter(|found| found.probability >= 0.5);
        let proxy =
            proxy.map(|found| ProxyCandidate { product: found.proxy.product.clone(), probability: found.probability });
        Answer { proxy, ..self.answer(&weighed.likelihoods, &weighed.posterior, observations) }
    }

    /// What likelihoods amount to.
    pub(super) fn answer(
        &self,
        likelihoods: &Likelihoods<'_>,
        posterior: &Posterior,
        observations: &Observations,
    ) -> Answer {
        let (mut order, scores) = (posterior.order(), &likelihoods.scores);
        // Of equally likely products those that match alike stand together.
        let matches = |share: &ProductShare| scores[share.behaviour.index()].match_percent();
        order.sort_by(|one, other| {
            other.all().total_cmp(&one.all()).then_with(|| matches(other).total_cmp(&matches(one)))
        });
        let mut answer = Answer { protocols: protocols(observations), ..Answer::none() };
        let Some(first) = order.first().map(|first| first.behaviour) else { return answer };
        answer.unknown = posterior.unknown;
        answer.engine_evidence = likelihoods.engine_evidence(first);
        answer.candidates = order.iter().map(|share| self.candidate(scores, share, posterior)).collect();
        answer.engines = engines(&answer.candidates);
        answer.compared = likelihoods.features.iter().filter(|feature| feature.was_asked(first)).count();
        if let Some(second) = order.get(1) {
            answer.evidence = self.evidence(likelihoods, observations, &Pair { first, second: second.behaviour });
        }
        answer
    }

    /// What a target says of itself, set against the candidates that an answer names first.
    #[must_use]
    pub fn banners(&self, observations: &Observations, answer: &Answer) -> Vec<Banner> {
        let product = answer.proxy.as_ref().map(|proxy| &proxy.product);
        let proxy = self.calibration.proxies.iter().find(|known| Some(&known.product) == product);
        banners(observations, &self.banner_names, Believed { first: answer.first(), proxy })
    }

    /// Where a target answered otherwise when it was asked again.
    #[must_use]
    pub fn contradictions(
        &self,
        observations: &Observations,
        again: &[(ProbeId, Observation)],
        answer: &Answer,
    ) -> Vec<Contradiction> {
        contradictions(observations, again, answer, self.database)
    }

    /// The numbers that it works with.
    #[must_use]
    pub fn calibration(&self) -> &Calibration {
        &self.calibration
    }

    /// The behaviours of the database.
    #[must_use]
    pub fn behaviours(&self) -> &'a [Behaviour] {
        &self.database.behaviours
    }

    /// What was observed says of each behaviour of the database, in its order, under the likeliest proxy or none.
    #[must_use]
    pub fn bits(&self, observations: &Observations, mask: Mask) -> Vec<Bits> {
        let scores = self.weigh(observations, mask).likelihoods.scores;
        let bits = |score: &Score| Bits {
            without_banners: score.bits_without_banners,
            parts: score.parts,
            weights: score.weights,
            disagreed: score.disagreed(),
        };
        scores.iter().map(bits).collect()
    }

    /// The likelihoods where nothing stands in front.
    pub(super) fn likelihoods(&self, observations: &Observations, mask: Mask) -> Likelihoods<'_> {
        let model = Model { database: self.database, index: &self.index, calibration: &self.calibration, mask };
        Likelihoods::new(observations, &model)
    }

    /// What is believed, mixed over the proxies that may stand in front; the scores are those under the most probable of them, or under none.
    pub(super) fn weigh(&self, observations: &Observations, mask: Mask) -> Weighed<'_> {
        let mut likelihoods = self.likelihoods(observations, mask);
        let background = |probe| likelihoods.background(probe);
        let evidence = self.local_responses.evidence(&self.calibration.proxies, observations, background);
        let likely = self.likely_proxies(&likelihoods, &evidence);
        let tried = likely.into_iter().map(|place| self.try_proxy(&likelihoods, place, &evidence[place]));
        let tried: Vec<TriedProxy> = tried.collect();
        let believed = |scores: &[Score]| Posterior::new(scores, &self.index, &self.calibration);
        let none = (1.0 - self.calibration.proxy_prior).log2();
        let top = tried.iter().map(|proxy| proxy.bits).fold(none, f64::max);
        let sum: f64 = tried.iter().map(|proxy| proxy.bits).chain([none]).map(|bits| (bits - top).exp2()).sum();
        let share = |bits: f64| (bits - top).exp2() / sum;
        let mut all: Vec<(f64, Posterior)> =
            tried.iter().map(|proxy| (share(proxy.bits), believed(&proxy.scores))).collect();
        all.push((share(none), believed(&likelihoods.scores)));
        let posterior = Posterior::mix(all);
        let best = tried.into_iter().find(|proxy| proxy.bits >= top && proxy.bits > none);
        let Some(TriedProxy { place, scores, bits }) = best else {
            return Weighed { likelihoods, posterior, proxy: None };
        };
        likelihoods.accept(self.hypothesis(place, &evidence[place]), scores);
        let proxy = FoundProxy { proxy: &self.calibration.proxies[place], probability: share(bits) };
        Weighed { likelihoods, posterior, proxy: Some(proxy) }
    }

    fn hypothesis<'m>(&'m self, place: usize, evidence: &'m ProxyEvidence) -> ProxyHypothesis<'m> {
        self.compiled_proxies[place].hypothesis(&self.calibration.proxies[place], evidence, self.database.lines())
    }

    fn try_proxy(&self, direct: &Likelihoods<'_>, place: usize, evidence: &ProxyEvidence) -> TriedProxy {
        let scores = direct.scores_via_proxy(self.hypothesis(place, evidence));
        let explained = EXPLANATION_WEIGHT * (most_bits(&scores) - most_bits(&direct.scores));
        let prior = (self.calibration.proxy_prior / self.calibration.proxies.len() as f64).log2();
        TriedProxy { place, bits: explained + evidence.bits_against() + prior, scores }
    }

    /// The places of the few proxies whose log-likelihood ratio is positive, the likeliest first.
    fn likely_proxies(&self, direct: &Likelihoods<'_>, evidence: &[ProxyEvidence]) -> Vec<usize> {
        let rewritable = direct.rewritable();
        let proxies = (0..).zip(&self.compiled_proxies).zip(evidence);
        let possible = proxies.filter(|(_, evidence)| evidence.bits() > MIN_PROXY_LLR);
        let bits = possible.map(|((place, proxy), evidence)| {
            (evidence.bits() + Likelihoods::rewritten_bits(&rewritable, proxy, evidence), place)
        });
        let mut likely: Vec<(f64, usize)> = bits.filter(|(bits, _)| *bits > 0.0).collect();
        likely.sort_by(|one, other| other.0.total_cmp(&one.0));
        likely.into_iter().take(MAX_PROXIES).map(|(_, place)| place).collect()
    }

    /// A product by its best behaviour, with all versions that are only a little worse than the best.
    fn candidate(&self, scores: &[Score], share: &ProductShare, posterior: &Posterior) -> Candidate {
        let behaviour = share.behaviour;
        let known = &self.database.behaviours[behaviour.index()];
        let all = &self.index.versions[self.index.product_of(behaviour).index()];
        // What a server says of itself is shown apart: a version is what behaves like it.
        let score = |version: &KnownVersion<'_>| &scores[version.behaviour.index()];
        let by_bits = |one: &&Score, other: &&Score| one.bits_without_banners.total_cmp(&other.bits_without_banners);
        let best = all.recorded.iter().map(score).max_by(by_bits);
        let least =
            best.map_or(0.0, |best| best.bits_without_banners - self.calibration.range_bits * (1.0 + best.disagreed()));
        let fits = |version: &KnownVersion<'_>| score(version).bits_without_banners >= least;
        let fitting = Fitting { fits, is_explained: best.is_none_or(|best| best.disagreed() < ONE_FACT) };
        Candidate {
            product: known.product.clone(),
            engine: known.engine.clone(),
            framework: known.framework.clone(),
            ranges: ranges(all, &fitting),
            versions: all.recorded.iter().filter(|one| (fitting.fits)(one)).map(|one| one.version.to_owned()).collect(),
            recorded: all.recorded.len(),
            probability: share.all(),
            with_its_front: share.recorded,
            in_ranges: share_of_ranges(all, |version| posterior.of_behaviour(version.behaviour), &fitting),
            match_percent: scores[behaviour.index()].match_percent(),
            twins: known.twins.clone(),
        }
    }

    /// What tells the first from the second, the strongest first.
    fn evidence(&self, likelihoods: &Likelihoods<'_>, observations: &Observations, pair: &Pair) -> Vec<Evidence> {
        let temper = tempers(&likelihoods.scores, &self.calibration);
        let known = likelihoods.features.iter().filter(|feature| pair.were_asked(feature));
        let mut strongest: Vec<(f64, &ScoredFeature<'_>)> =
            known.map(|feature| (pair.tempered_bits(feature, &temper), feature)).collect();
        strongest.retain(|(bits, _)| bits.abs() > MIN_EVIDENCE_BITS);
        // Features come in the order of their probes and kinds, and the sort keeps that of equals.
        strongest.sort_by(|one, other| other.0.abs().total_cmp(&one.0.abs()));
        strongest.truncate(MAX_EVIDENCE);
        // Many probes are answered alike.
        let mut written: FnvHashMap<usize, Arc<str>> = FnvHashMap::default();
        let mut write = |feature: &ScoredFeature<'_>| {
            let write = || observations.get(&feature.probe).map(ToString::to_string).unwrap_or_default().into();
            written.entry(feature.observation).or_insert_with(write).clone()
        };
        let evidence = |(bits, feature): (f64, &ScoredFeature<'_>)| Evidence {
            feature: Feature {
                probe: feature.probe,
                kind: feature.kind,
                value: likelihoods.value(feature).unwrap_or("(none)").to_owned(),
            },
            observation: write(feature),
            bits,
        };
        strongest.into_iter().map(evidence).collect()
    }
}

/// Two behaviours that are compared with each other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair {
    pub(super) first: BehaviourId,
    pub(super) second: BehaviourId,
}

impl Pair {
    /// Whether both were asked the probe of a feature.
    pub(super) fn were_asked(&self, feature: &ScoredFeature<'_>) -> bool {
        feature.was_asked(self.first) && feature.was_asked(self.second)
    }

    /// The log-likelihood ratio of the first against the second by a feature, in bits, before it is tempered.
    pub(super) fn bits(&self, feature: &ScoredFeature<'_>) -> f64 {
        feature.bits(self.first) - feature.bits(self.second)
    }

    /// The same with what a bit of each part counts; what the application decides is no evidence.
    pub(super) fn tempered_bits(&self, feature: &ScoredFeature<'_>, temper: &EnumMap<Part, f64>) -> f64 {
        feature.part.map_or(0.0, |part| temper[part] * self.bits(feature))
    }
}

/// The most bits of any behaviour.
fn most_bits(scores: &[Score]) -> f64 {
    scores.iter().map(|score| score.bits).fold(f64::NEG_INFINITY, f64::max)
}

/// The probabilities of engines, the most likely first.
fn engines(candidates: &[Candidate]) -> Vec<EngineShare> {
    let mut sums: BTreeMap<&str, f64> = BTreeMap::new();
    for candidate in candidates {
        *sums.entry(&candidate.engine).or_default() += candidate.probability;
    }
    let mut engines: Vec<EngineShare> =
        sums.into_iter().map(|(engine, probability)| EngineShare { engine: engine.to_owned(), probability }).collect();
    engines.sort_by(|one, other| other.probability.total_cmp(&one.probability));
    engines
}
