//! The likelihood of everything observed under each behaviour.

use strum::VariantArray as _;

use super::answer::{EngineEvidence, Mask, Observations};
use super::calibration::Calibration;
use super::columns::Recorded;
use super::encode::{EncodedObservation, Encoder};
use super::feature::{ScoredFeature, ViaProxy};
use super::ids::BehaviourId;
use super::index::{Index, ProbeColumn};
use super::part::{Part, part_of};
use super::proxy::compiled::{CompiledProxy, ObservedValue, ProxyHypothesis};
use super::proxy::responses::ProxyEvidence;
use super::score::{LogLikelihood, Score, Weight};
use crate::database::Database;
use crate::features::Kind;
use crate::observation::{End, Observation};
use crate::probe::{self, Probe, ProbeId};

/// What observations are scored with.
pub(super) struct Model<'m, 'i> {
    pub(super) database: &'m Database,
    pub(super) index: &'i Index<'i>,
    pub(super) calibration: &'m Calibration,
    pub(super) mask: Mask,
}

/// What was observed, and how well each behaviour explains it.
pub(super) struct Likelihoods<'a> {
    /// In the order of their probes and kinds.
    pub(super) features: Vec<ScoredFeature<'a>>,
    /// The distinct observations.
    observations: Vec<EncodedObservation>,
    /// By behaviour.
    pub(super) scores: Vec<Score>,
}

impl<'a> Likelihoods<'a> {
    pub(super) fn new(observations: &Observations, model: &Model<'_, 'a>) -> Self {
        let mut encoder = Encoder::new(model.database.lines());
        let mut features = scored_features(observations, model, &mut encoder);
        weigh(&mut features, encoder.groups());
        let scores = scores(&features, model.database.behaviours.len(), None);
        Self { features, observations: encoder.distinct, scores }
    }

    /// The log-likelihood ratio of a proxy against none by what it rewrites, in bits, whatever stands behind it. Duplicates count once, and
    /// what the proxy answers itself is counted apart.
    pub(super) fn rewritten_bits(
        duplicates: &[Vec<&ScoredFeature<'_>>],
        proxy: &CompiledProxy,
        evidence: &ProxyEvidence,
    ) -> f64 {
        let bits = |features: &Vec<&ScoredFeature<'_>>| {
            let feature = features.iter().find(|feature| !evidence.has_answered(feature.probe))?;
            Some(proxy.usual(feature.kind, feature.upgraded).bits(feature.observed))
        };
        duplicates.iter().filter_map(bits).sum()
    }

    /// The features that a proxy may rewrite, duplicates together.
    pub(super) fn rewritable(&self) -> Vec<Vec<&ScoredFeature<'a>>> {
        let mut duplicates: Vec<Vec<&ScoredFeature<'_>>> = Vec::new();
        for feature in self.features.iter().filter(|feature| feature.kind.may_be_rewritten()) {
            let place = 2 * feature.duplicate_group.index() + usize::from(feature.upgraded);
            if place >= duplicates.len() {
                duplicates.resize(place + 1, Vec::new());
            }
            duplicates[place].push(feature);
        }
        duplicates
    }

    /// The value of a feature, if anything was observed.
    pub(super) fn value(&self, feature: &ScoredFeature<'_>) -> Option<&str> {
        self.observations[feature.observation][feature.kind].value.as_deref()
    }

    /// The background probability of the answer to a probe: that of its rarest feature.
    pub(super) fn background(&self, probe: ProbeId) -> f64 {
        let first = self.features.partition_point(|feature| feature.probe < probe);
        let of_probe = self.features[first..].iter().take_while(|feature| feature.probe == probe);
        of_probe.map(|feature| feature.observed.background).fold(1.0, f64::min)
    }

    /// The scores under the hypothesis that a proxy stands in front.
    pub(super) fn scores_via_proxy(&self, proxy: ProxyHypothesis<'_>) -> Vec<Score> {
        scores(&self.features, self.scores.len(), Some(proxy))
    }

    /// Takes on the hypothesis that a proxy stands in front, with the scores under it.
    pub(super) fn accept(&mut self, proxy: ProxyHypothesis<'_>, scores: Vec<Score>) {
        for feature in &mut self.features {
            let mut via = ViaProxy::default();
            feature.fill_via_proxy(&mut via, proxy);
            feature.via_proxy = Some(via);
        }
        self.scores = scores;
    }

    /// How much of what the engine decides was compared with a behaviour, and how much of that is otherwise.
    pub(super) fn engine_evidence(&self, behaviour: BehaviourId) -> EngineEvidence {
        let score = &self.scores[behaviour.index()];
        let compared = score.engine_compared;
        EngineEvidence { compared, mismatched: (compared - score.engine_agreed).max(0.0) }
    }
}

/// All features that can be compared, in order; their weights are still missing.
fn scored_features<'a, 'o>(
    observations: &'o Observations,
    model: &Model<'_, 'a>,
    encoder: &mut Encoder<'o>,
) -> Vec<ScoredFeature<'a>> {
    let mut all = Vec::with_capacity(observations.len() * Kind::COUNT / 2);
    let own_ends = own_ends(observations);
    for (id, observation) in observations {
        let (Ok(probe), Some(column)) = (probe::find(*id), model.index.column(*id)) else { continue };
        let place = encoder.place(observation);
        let is_engines = !own_ends.iter().any(|own| ends_alike(own, observation));
        let encoded = &encoder.distinct[place];
        let answer = ProbeAnswer { probe, column, observation, place, encoded, is_engines };
        all.extend(Kind::ALL.into_iter().filter_map(|kind| answer.feature(kind, model)));
    }
    all
}

/// How the application hangs up by itself on a client that did nothing wrong: at once, or at a message that it does not like. It does so whatever
/// else is sent, and that is no answer of its engine.
fn own_ends(observations: &Observations) -> Vec<&Observation> {
    let hangs_up = |seen: &&Observation| {
        seen.reply.is_upgrade() && (seen.close().is_some() || matches!(seen.end, End::Fin | End::Reset | End::Broken))
    };
    ProbeId::PLAIN.iter().filter_map(|probe| observations.get(probe)).filter(hangs_up).collect()
}

/// Whether a target hung up in the same way twice.
fn ends_alike(own: &Observation, observation: &Observation) -> bool {
    match (own.close(), observation.close()) {
        (Some(own), Some(close)) => own == close,
        (None, None) => own.end == observation.end,
        _ => false,
    }
}

/// The answer to one probe.
struct ProbeAnswer<'a, 'o> {
    probe: &'static Probe,
    column: &'a ProbeColumn,
    observation: &'o Observation,
    place: usize,
    encoded: &'o EncodedObservation,
    /// Whether what happened after the handshake may be the engine's answer.
    is_engines: bool,
}

impl<'a> ProbeAnswer<'a, '_> {
    /// Its feature of a kind, if that is compared.
    fn feature(&self, kind: Kind, model: &Model<'_, '_>) -> Option<ScoredFeature<'a>> {
        let encoded = &self.encoded[kind];
        if !model.mask.lets_through(kind) || encoded.value.is_none() && !self.column.shows_any(kind) {
            return None;
        }
        let known = self.column.find(kind, encoded.id);
        let upgraded = self.observation.reply.is_upgrade();
        let part = part_of(self.probe, kind, upgraded).filter(|part| self.is_engines || *part != Part::Engine);
        Some(ScoredFeature {
            probe: self.probe.id,
            kind,
            observation: self.place,
            value: encoded.id,
            duplicate_group: encoded.duplicate_group,
            weight: 0.0,
            engine_weight: 0.0,
            change: model.calibration.change[kind],
            via_proxy: None,
            upgraded,
            part,
            column: self.column,
            observed: ObservedValue { key: encoded.key, background: self.column.background(kind, known) },
            null: self.column.null(kind, known),
            known,
        })
    }
}

/// Sets weights: n duplicates (same kind, same value) together weigh √n, whichever probes they come from. A server that drops whatever it
/// does not like says that once, not once for each thing.
fn weigh(features: &mut [ScoredFeature<'_>], groups: usize) {
    let is_engines = |feature: &ScoredFeature<'_>| feature.part == Some(Part::Engine);
    let (mut sizes, mut of_engine) = (vec![0.0_f64; groups], vec![0.0_f64; groups]);
    for feature in &*features {
        sizes[feature.duplicate_group.index()] += 1.0;
        of_engine[feature.duplicate_group.index()] += f64::from(u8::from(is_engines(feature)));
    }
    for feature in features {
        let group = feature.duplicate_group.index();
        feature.weight = sizes[group].sqrt().recip();
        feature.engine_weight = if is_engines(feature) { of_engine[group].sqrt().recip() } else { 0.0 };
    }
}

/// What all features together say of each behaviour, directly or through a proxy.
fn scores(features: &[ScoredFeature<'_>], behaviours: usize, proxy: Option<ProxyHypothesis<'_>>) -> Vec<Score> {
    let mut sums = vec![LogLikelihood::default(); behaviours];
    // What was compared with whoever was asked everything, and how much less it was with each.
    let mut whole = Weight::default();
    let mut compared = vec![Weight::default(); behaviours];
    let mut lines = Vec::new();
    let mut via = ViaProxy::default();
    for of_probe in features.chunk_by(|one, other| one.probe == other.probe) {
        let column = of_probe[0].column;
        let (mut weight, mut shared) = (Weight::default(), LogLikelihood::default());
        lines.clear();
        lines.resize(column.lines.len(), LogLikelihood::default());
        for feature in of_probe {
            let via = proxy.map(|proxy| feature.fill_via_proxy(&mut via, proxy)).map(|()| &via);
            feature.add_to_lines(via, &mut lines, &mut shared);
            weight.add(&feature.compared(), 1.0);
            for mixed in column.mixed() {
                let likelihood = feature.log_likelihood_mixed(&mixed.shares, via);
                sums[mixed.behaviour.index()].add(&likelihood, 1.0, feature.parts());
            }
        }
        let parts = parts_of(of_probe);
        lines.iter_mut().for_each(|line| line.add(&shared, 1.0, &parts));
        for ((sum, lacking), recorded) in sums.iter_mut().zip(&mut compared).zip(&column.answers) {
            match recorded {
                Recorded::Never => lacking.add(&weight, -1.0),
                Recorded::Mixed(_) => {}
                Recorded::Always(line) => sum.add(&lines[line.index()], 1.0, &parts),
            }
        }
        whole.add(&weight, 1.0);
    }
    compared.iter_mut().for_each(|compared| compared.add(&whole, 1.0));
    sums.iter().zip(compared).map(|(sum, compared)| sum.score(compared)).collect()
}

/// The parts that the answer to one probe says anything of.
fn parts_of(features: &[ScoredFeature<'_>]) -> Vec<Part> {
    Part::VARIANTS.iter().copied().filter(|part| features.iter().any(|feature| feature.part == Some(*part))).collect()
}
