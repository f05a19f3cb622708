//! What each observed feature says for and against each behaviour.

use std::collections::{BTreeMap, BTreeSet};

use super::{Mask, Observations, change_rate, is_compared};
use crate::database::{Behaviour, Database};
use crate::features::{Kind, features, layer};
use crate::observation::Observation;
use crate::probe::{self, ProbeId};

/// The side of an answer that a value belongs to.
pub(super) type Key = (ProbeId, Kind);

/// Values with the share of runs in which each was seen.
type Shares = BTreeMap<Key, BTreeMap<String, f64>>;

/// The likelihood that a server outside the database shows a value never seen before.
const NOVELTY: f64 = 0.35;

/// The value of a feature that an answer does not have; no feature has a NUL in it.
const ABSENT: &str = "\0";

/// A behaviour as values and their shares.
pub(super) struct Model<'a> {
    pub(super) behaviour: &'a Behaviour,
    shares: Shares,
    probes: BTreeSet<ProbeId>,
}

impl<'a> Model<'a> {
    pub(super) fn of(behaviour: &'a Behaviour, mask: Mask) -> Self {
        let mut shares = Shares::new();
        let mut probes = BTreeSet::new();
        for (id, counted) in &behaviour.observations {
            let Some(probe) = id.parse().ok().and_then(|id| probe::find(id).ok()) else { continue };
            let runs: u32 = counted.values().sum();
            probes.insert(probe.id);
            for (line, count) in counted {
                let Ok(observation) = line.parse::<Observation>() else { continue };
                for feature in
                    features(probe, &observation).into_iter().filter(|feature| is_compared(feature.kind, mask))
                {
                    let values = shares.entry((feature.probe, feature.kind)).or_default();
                    *values.entry(feature.value).or_default() += f64::from(*count) / f64::from(runs.max(1));
                }
            }
        }
        Self { behaviour, shares, probes }
    }

    /// In what share of runs the behaviour showed this value.
    fn share(&self, key: Key, value: &str) -> f64 {
        match self.shares.get(&key) {
            Some(values) if value == ABSENT => (1.0 - values.values().sum::<f64>()).max(0.0),
            Some(values) => values.get(value).copied().unwrap_or(0.0),
            None => f64::from(u8::from(value == ABSENT)),
        }
    }

    pub(super) fn knows(&self, probe: ProbeId) -> bool {
        self.probes.contains(&probe)
    }
}

/// What was observed, and how each model takes it.
pub(super) struct Scales<'a> {
    pub(super) models: Vec<Model<'a>>,
    observed: BTreeMap<Key, Fact>,
}

/// An observed value, and what is the same for every model that it is held against.
struct Fact {
    value: String,
    weight: f64,
    /// How often its layer changes though the server does not.
    change: f64,
    /// How common the value is among products.
    background: f64,
    /// Whether any model ever showed it.
    ever_seen: bool,
}

impl<'a> Scales<'a> {
    pub(super) fn new(observations: &Observations, database: &'a Database, mask: Mask) -> Self {
        let models: Vec<Model<'a>> = database.behaviours.iter().map(|behaviour| Model::of(behaviour, mask)).collect();
        let values = values(observations, &models, mask);
        let weights = weights(&values);
        let fact = |(key, value): (Key, String)| {
            let change = probe::find(key.0).map_or(1.0, |probe| change_rate(layer(probe, key.1)));
            let background = background(&models, key, &value);
            let ever_seen = models.iter().any(|model| model.share(key, &value) > 0.0);
            let weight = weights.get(&key).copied().unwrap_or(0.0);
            (key, Fact { value, weight, change, background, ever_seen })
        };
        let observed = values.into_iter().map(fact).collect();
        Self { models, observed }
    }

    /// The keys that can be compared with a model.
    pub(super) fn keys<'s>(&'s self, model: &'s Model<'_>) -> impl Iterator<Item = Key> + 's {
        self.observed.keys().copied().filter(|(probe, _)| model.knows(*probe))
    }

    /// The observed value for people.
    pub(super) fn shown(&self, key: Key) -> String {
        match self.observed[&key].value.as_str() {
            ABSENT => "(none)".to_owned(),
            value => value.to_owned(),
        }
    }

    pub(super) fn weight(&self, key: Key) -> f64 {
        self.observed[&key].weight
    }

    /// The weighted logarithm, in bits, of how likely the model makes what was observed.
    pub(super) fn bits(&self, key: Key, model: &Model<'_>) -> f64 {
        let Fact { value, weight, change, background, .. } = &self.observed[&key];
        weight * ((1.0 - change) * model.share(key, value) + change * background).log2()
    }

    /// The same for a server that the database does not know.
    pub(super) fn unknown_bits(&self, key: Key) -> f64 {
        let Fact { weight, background, ever_seen, .. } = &self.observed[&key];
        let novelty = if *ever_seen { 0.0 } else { NOVELTY };
        weight * ((1.0 - NOVELTY) * background + novelty).log2()
    }

    /// The share of the key's weight that the model explains, 0 to 1.
    pub(super) fn agreement(&self, key: Key, model: &Model<'_>) -> f64 {
        model.share(key, &self.observed[&key].value).min(1.0)
    }
}

/// The values to compare: those observed, and that of nothing where some model has one and the target has not, which is a
/// difference too.
fn values(observations: &Observations, models: &[Model<'_>], mask: Mask) -> BTreeMap<Key, String> {
    let mut values = BTreeMap::new();
    for (id, observation) in observations {
        let Ok(probe) = probe::find(*id) else { continue };
        for feature in features(probe, observation).into_iter().filter(|feature| is_compared(feature.kind, mask)) {
            values.insert((feature.probe, feature.kind), feature.value);
        }
    }
    let known = models.iter().flat_map(|model| model.shares.keys());
    for key in known.filter(|(probe, _)| observations.contains_key(probe)) {
        values.entry(*key).or_insert_with(|| ABSENT.to_owned());
    }
    values
}

/// How common a value is among products; versions of one product have one voice.
fn background(models: &[Model<'_>], key: Key, value: &str) -> f64 {
    let mut by_product: BTreeMap<&str, f64> = BTreeMap::new();
    for model in models {
        let best = by_product.entry(&model.behaviour.product).or_default();
        *best = best.max(model.share(key, value));
    }
    (by_product.values().sum::<f64>() + 0.25) / (by_product.len() as f64 + 1.0)
}

/// Features of one kind that say the same thing share the voice of √n of them, whichever probes they come from: a server
/// that drops whatever it does not like says that once, not once for each thing.
fn weights(observed: &BTreeMap<Key, String>) -> BTreeMap<Key, f64> {
    let mut sizes: BTreeMap<(Kind, &str), f64> = BTreeMap::new();
    for ((_, kind), value) in observed {
        *sizes.entry((*kind, value)).or_default() += 1.0;
    }
    observed.iter().map(|(key, value)| (*key, sizes[&(key.1, value.as_str())].sqrt().recip())).collect()
}
