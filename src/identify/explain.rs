//! Why an answer is what it is: the evidence for and against it by probe, what would decide, and what would change it.

use super::answer::{Mask, Observations};
use super::feature::ScoredFeature;
use super::hypotheses::{Posterior, tempers};
use super::ids::BehaviourId;
use super::likelihood::Likelihoods;
use super::matcher::{Matcher, Pair, Weighed};
use super::policy::Policy;
use crate::observation::Observation;
use crate::probe::{Probe, ProbeId, Risk, find};

/// The most probes that are said to decide between two.
const MAX_DECIDING: usize = 3;

/// What an answer rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The behaviour that explains what was observed best.
    pub first: Named,
    /// The best of the other products that default probes tell from the first.
    pub second: Named,
    /// The evidence of each probe, the strongest first.
    pub probes: Vec<ProbeEvidence>,
    /// Probes that were not played and that the two answer in different ways, those first that are expected to tell more.
    pub deciding: Vec<Deciding>,
    /// The probes that, had they all been answered as the second does, would have made another product the first; none where not even all
    /// of them would.
    pub turning: Vec<ProbeId>,
}

/// What speaks for an answer and against it, as far as it is worth a few sentences.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The behaviour that explains what was observed best.
    pub first: Named,
    /// The best of the other products that default probes tell from the first.
    pub second: Named,
    /// The evidence of the probes that tell most, the strongest first.
    pub probes: Vec<ProbeEvidence>,
}

/// A behaviour by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The product's id.
    pub product: String,
    /// The versions recorded with the behaviour, oldest first.
    pub versions: Vec<String>,
}

/// What one probe says for the first or the second.
#[derive(Clone, Debug, PartialEq)]
pub struct ProbeEvidence {
    /// The probe.
    pub probe: ProbeId,
    /// The tempered log-likelihood ratio in bits: positive for the first, negative for the second.
    pub bits: f64,
    /// What was observed.
    pub observed: Observation,
    /// What the first usually does, if that is something else.
    pub first: Option<Observation>,
    /// What the second usually does, if that is something else.
    pub second: Option<Observation>,
}

/// A probe that would tell the first from the second.
#[derive(Clone, Debug, PartialEq)]
pub struct Deciding {
    /// The probe.
    pub probe: ProbeId,
    /// What the first usually does.
    pub first: Observation,
    /// What the second usually does.
    pub second: Observation,
}

impl Matcher<'_> {
    /// Explains what [`Matcher::identify`] says of the same observations; `None` where there are no two products to compare.
    #[must_use]
    pub fn explain(&self, observations: &Observations) -> Option<Explanation> {
        let Weighed { likelihoods, posterior, .. } = self.weigh(observations, Mask::default());
        let pair = self.telling_pair(&posterior)?;
        let probes = self.probe_evidence(observations, &likelihoods, pair, usize::MAX);
        let turning = self.turning(observations, &probes);
        let deciding = self.deciding(observations, pair);
        Some(Explanation { first: self.named(pair.first), second: self.named(pair.second), probes, deciding, turning })
    }

    /// What speaks for what [`Matcher::identify`] says of the same observations and against it: up to so many probes; `None` where there are no
    /// two products to compare.
    #[must_use]
    pub fn compare(&self, observations: &Observations, most: usize) -> Option<Comparison> {
        let Weighed { likelihoods, posterior, .. } = self.weigh(observations, Mask::default());
        let pair = self.telling_pair(&posterior)?;
        let probes = self.probe_evidence(observations, &likelihoods, pair, most);
        Some(Comparison { first: self.named(pair.first), second: self.named(pair.second), probes })
    }

    /// The few probes with the strongest evidence, to be asked again: the first of them twice, so that of two back ends that take turns each is asked.
    #[must_use]
    pub fn to_ask_again(&self, observations: &Observations) -> Vec<&'static Probe> {
        self.strongest(&self.weigh(observations, Mask::default()), observations)
    }

    /// The few probes with the strongest evidence for what is believed.
    pub(super) fn strongest(&self, weighed: &Weighed<'_>, observations: &Observations) -> Vec<&'static Probe> {
        let evidence = self.evidence_of(weighed, observations);
        let light = evidence.iter().filter(|one| one.probe != ProbeId::BASELINE).filter_map(|one| find(one.probe).ok());
        let light: Vec<&'static Probe> = light.filter(|probe| probe.risk < Risk::Heavy).take(2).collect();
        light.first().into_iter().chain(&light).copied().collect()
    }

    /// The evidence of each probe for the best product or the second, the strongest first; nothing where there are no two.
    #[must_use]
    pub fn evidence_by_probe(&self, observations: &Observations) -> Vec<ProbeEvidence> {
        self.evidence_of(&self.weigh(observations, Mask::default()), observations)
    }

    fn evidence_of(&self, weighed: &Weighed<'_>, observations: &Observations) -> Vec<ProbeEvidence> {
        let pair = best_pair(&weighed.posterior);
        pair.map_or_else(Vec::new, |pair| self.probe_evidence(observations, &weighed.likelihoods, pair, usize::MAX))
    }

    /// The evidence of the probes that tell most, up to so many: what was observed may be long.
    fn probe_evidence(
        &self,
        observations: &Observations,
        likelihoods: &Likelihoods<'_>,
        pair: Pair,
        most: usize,
    ) -> Vec<ProbeEvidence> {
        let temper = tempers(&likelihoods.scores, &self.calibration);
        let bits = |feature: &ScoredFeature<'_>| pair.tempered_bits(feature, &temper);
        let known = |feature: &&ScoredFeature<'_>| pair.were_asked(feature);
        let of_probes = likelihoods.features.chunk_by(|one, other| one.probe == other.probe);
        let mut probes: Vec<(ProbeId, f64)> = of_probes
            .map(|of_probe| (of_probe[0].probe, of_probe.iter().filter(known).map(bits).sum()))
            .filter(|(probe, _)| observations.contains_key(probe))
            .collect();
        probes.sort_by(|one, other| other.1.abs().total_cmp(&one.1.abs()));
        probes.truncate(most);
        let told = |(probe, bits): (ProbeId, f64)| {
            let observed = observations.get(&probe)?;
            let usual = |behaviour| self.usual(behaviour, probe).filter(|usual| usual != observed);
            let (first, second) = (usual(pair.first), usual(pair.second));
            Some(ProbeEvidence { probe, bits, observed: observed.clone(), first, second })
        };
        probes.into_iter().filter_map(told).collect()
    }

    fn named(&self, behaviour: BehaviourId) -> Named {
        let known = &self.database.behaviours[behaviour.index()];
        Named { product: known.product.clone(), versions: known.versions.clone() }
    }

    /// The best behaviour, and the best of another product that default probes tell from it; where there is none, of any other.
    fn telling_pair(&self, posterior: &Posterior) -> Option<Pair> {
        let order = posterior.order();
        let first = order.first()?.behaviour;
        let twins = &self.database.behaviours[first.index()].twins;
        let is_twin = |behaviour: BehaviourId| twins.contains(&self.database.behaviours[behaviour.index()].product);
        let second = order[1..].iter().find(|share| !is_twin(share.behaviour)).or_else(|| order.get(1))?;
        Some(Pair { first, second: second.behaviour })
    }

    /// What a behaviour usually does.
    fn usual(&self, behaviour: BehaviourId, probe: ProbeId) -> Option<Observation> {
        let answers = self.database.answers(&self.database.behaviours[behaviour.index()], probe);
        // The first of the most frequent.
        let most = answers.fold(None, |best: Option<(&str, u32)>, (line, count)| match best {
            Some((_, most)) if most >= count => best,
            _ => Some((line, count)),
        });
        most.and_then(|(line, _)| line.parse().ok())
    }

    /// The fewest of the probes, the strongest first, that turn the answer.
    fn turning(&self, observations: &Observations, probes: &[ProbeEvidence]) -> Vec<ProbeId> {
        let product = |seen: &Observations| {
            let order = self.weigh(seen, Mask::default()).posterior.order();
            order.first().map(|best| self.index.product_of(best.behaviour))
        };
        let now = product(observations);
        let with = |evidence: &[&ProbeEvidence]| {
            let mut changed = observations.clone();
            for one in evidence {
                changed.extend(one.second.clone().map(|second| (one.probe, second)));
            }
            product(&changed) != now
        };
        let for_first: Vec<&ProbeEvidence> =
            probes.iter().filter(|one| one.bits > 0.0 && one.second.is_some()).collect();
        // More of them never turn it back, or hardly ever, so that halving finds how many it takes.
        let (mut low, mut high) = (0, for_first.len());
        if !with(&for_first) {
            return Vec::new();
        }
        while low < high {
            let middle = usize::midpoint(low, high);
            if with(&for_first[..middle]) { high = middle } else { low = middle + 1 }
        }
        for_first[..low].iter().map(|one| one.probe).collect()
    }

    /// What would tell two behaviours apart, without anything heavy.
    fn deciding(&self, observations: &Observations, pair: Pair) -> Vec<Deciding> {
        let differs = |probe: &&'static Probe| {
            let class = |behaviour| self.index.answer_classes(probe.id)?.class_of(behaviour);
            matches!((class(pair.first), class(pair.second)), (Some(one), Some(other)) if one != other)
        };
        let available: Vec<&'static Probe> = self.database.behaviours[pair.first.index()]
            .probes()
            .filter_map(|probe| find(probe).ok())
            .filter(|probe| probe.risk < Risk::Heavy && !observations.contains_key(&probe.id))
            .filter(differs)
            .collect();
        let policy = Policy { most: usize::MAX, batch: MAX_DECIDING, ..Policy::eager() };
        let chosen = self.next(observations, &available, &policy);
        let shown = |probe: &&'static Probe| {
            Some(Deciding {
                probe: probe.id,
                first: self.usual(pair.first, probe.id)?,
                second: self.usual(pair.second, probe.id)?,
            })
        };
        chosen.iter().filter_map(shown).collect()
    }
}

/// The best behaviours of the two best products.
fn best_pair(posterior: &Posterior) -> Option<Pair> {
    match posterior.order()[..] {
        [first, second, ..] => Some(Pair { first: first.behaviour, second: second.behaviour }),
        _ => None,
    }
}
