//! One observed feature, and its likelihood under each behaviour: directly, or through a reverse proxy in front.

use super::columns::{ColumnValue, LineShare, LineSlot, ValueSlot};
use super::ids::{BehaviourId, DuplicateGroup, ValueId};
use super::index::ProbeColumn;
use super::part::Part;
use super::proxy::compiled::{Likelihood, ObservedValue, ProxyHypothesis};
use super::score::{LogLikelihood, Weight, bits_by_rate};
use crate::features::Kind;
use crate::probe::ProbeId;

/// An observed value, and which behaviours of the database show it.
pub(super) struct ScoredFeature<'a> {
    pub(super) probe: ProbeId,
    pub(super) kind: Kind,
    /// The place of the observation among the distinct ones ([`super::encode::Encoder`]).
    pub(super) observation: usize,
    /// [`ValueId::ABSENT`] where nothing was observed and some behaviour shows something, which is a difference too.
    pub(super) value: ValueId,
    pub(super) duplicate_group: DuplicateGroup,
    pub(super) weight: f64,
    /// The weight among what the engine decides: what another part shows too takes nothing from it, so that more evidence of the engine never
    /// counts as less. None where another part decides.
    pub(super) engine_weight: f64,
    /// How likely it is to change though the server does not.
    pub(super) change: f64,
    /// Its likelihoods through a proxy; `None` where nothing stands in front.
    pub(super) via_proxy: Option<ViaProxy>,
    /// Whether the handshake was accepted.
    pub(super) upgraded: bool,
    /// The part of the target that decides it.
    pub(super) part: Option<Part>,
    pub(super) column: &'a ProbeColumn,
    /// Which lines of the probe show the value.
    pub(super) known: ColumnValue<'a>,
    pub(super) observed: ObservedValue,
    /// How likely any server shows the value: the null every behaviour is compared with.
    pub(super) null: f64,
}

/// The likelihoods of a feature that was observed through a proxy.
#[derive(Default)]
pub(super) struct ViaProxy {
    /// Under a server that shows another value, whose rewriting is the usual.
    usual: Likelihood,
    /// Under servers that show each of the distinct values of the probe, where that is not [`ViaProxy::usual`].
    by_value: Vec<Option<Likelihood>>,
}

impl ViaProxy {
    /// Under a server that shows the value in a slot.
    fn by_value(&self, slot: Option<ValueSlot>) -> Likelihood {
        // Where a column is empty, the one value there is nothing.
        self.by_value[slot.map_or(0, ValueSlot::index)].unwrap_or(self.usual)
    }

    /// Under a server that answers with one of the lines of the probe.
    fn by_line(&self, known: ColumnValue<'_>, line: LineSlot) -> Likelihood {
        self.by_value(known.column.of_line.get(line.index()).copied())
    }
}

impl ScoredFeature<'_> {
    /// Works out its likelihoods through a proxy.
    pub(super) fn fill_via_proxy(&self, via: &mut ViaProxy, proxy: ProxyHypothesis<'_>) {
        let (rewrites, local) = (proxy.rewrites(self.kind, self.upgraded), proxy.answers(self.probe));
        let with_local = |of_server: Likelihood| Likelihood {
            probability: local + (1.0 - local) * of_server.probability,
            // If the proxy answered by itself, every kind counts as a match.
            relative_to_mode: of_server.relative_to_mode.max(f64::from(u8::from(local > 0.0))),
        };
        let by_value = |value: ValueId| match rewrites.special(value) {
            Some(rewrite) => Some(with_local(rewrite.likelihood(self.observed, value == self.value))),
            None if value == self.value => Some(with_local(rewrites.usual.likelihood(self.observed, true))),
            None => None,
        };
        let nothing = [ValueId::ABSENT];
        let known = if self.known.column.values.is_empty() { &nothing[..] } else { &self.known.column.values };
        via.by_value.clear();
        via.by_value.extend(known.iter().map(|value| by_value(*value)));
        via.usual = with_local(rewrites.usual.likelihood(self.observed, false));
    }

    /// Adds this feature's log-likelihood to each answer line; the part common to all goes to `shared`.
    pub(super) fn add_to_lines(&self, via: Option<&ViaProxy>, lines: &mut [LogLikelihood], shared: &mut LogLikelihood) {
        let parts = self.parts();
        let Some(via) = via else {
            let other = self.log_likelihood(self.likelihood_direct(0.0), 0.0);
            shared.add(&other, 1.0, parts);
            let mut more = self.log_likelihood(self.likelihood_direct(1.0), 1.0);
            more.add(&other, -1.0, parts);
            self.known.lines(lines.iter_mut()).for_each(|line| line.add(&more, 1.0, parts));
            return;
        };
        if self.known.column.of_line.is_empty() {
            // Every line shows the same: nothing.
            let same = via.by_value(None);
            shared.add(&self.log_likelihood(same, same.probability), 1.0, parts);
            return;
        }
        let usual = self.log_likelihood(via.usual, via.usual.probability);
        shared.add(&usual, 1.0, parts);
        for (slot, likelihood) in self.known.column.slots().zip(&via.by_value) {
            let Some(likelihood) = likelihood else { continue };
            let mut more = self.log_likelihood(*likelihood, likelihood.probability);
            more.add(&usual, -1.0, parts);
            self.known.column.lines_showing(slot, lines.iter_mut()).for_each(|line| line.add(&more, 1.0, parts));
        }
    }

    /// The parts in which it says anything.
    pub(super) fn parts(&self) -> &[Part] {
        self.part.as_slice()
    }

    /// Its likelihood where nothing stands in front, under a server that shows it in this share of its runs.
    fn likelihood_direct(&self, share: f64) -> Likelihood {
        let probability = (1.0 - self.change) * share + self.change * self.observed.background;
        Likelihood { probability, relative_to_mode: share }
    }

    /// Its likelihood under a server that answered with these lines, and how likely that server shows it if nothing changed.
    fn likelihood(&self, shares: &[LineShare], via: Option<&ViaProxy>) -> (Likelihood, f64) {
        let Some(via) = via else {
            let share = self.known.share_of(shares);
            return (self.likelihood_direct(share), share);
        };
        let mut mean = Likelihood::default();
        for one in shares {
            let of_line = via.by_line(self.known, one.line);
            mean.probability += one.share * of_line.probability;
            mean.relative_to_mode += one.share * of_line.relative_to_mode;
        }
        (mean, mean.probability)
    }

    /// Its log-likelihood under a behaviour that did not always answer alike.
    pub(super) fn log_likelihood_mixed(&self, shares: &[LineShare], via: Option<&ViaProxy>) -> LogLikelihood {
        let (likelihood, unchanged) = self.likelihood(shares, via);
        self.log_likelihood(likelihood, unchanged)
    }

    /// Whether a behaviour was asked this probe.
    pub(super) fn was_asked(&self, behaviour: BehaviourId) -> bool {
        self.column.was_asked(behaviour)
    }

    /// The weighted log-likelihood in bits under a behaviour that was asked this probe.
    pub(super) fn bits(&self, behaviour: BehaviourId) -> f64 {
        let likelihood = |shares: &[LineShare]| self.likelihood(shares, self.via_proxy.as_ref()).0;
        self.bits_of(self.column.with_lines_of(behaviour, likelihood))
    }

    fn bits_of(&self, likelihood: Likelihood) -> f64 {
        self.weight * likelihood.probability.log2()
    }

    /// weight × log2 of the background probability.
    pub(super) fn null_bits(&self) -> f64 {
        self.weight * self.null.log2()
    }

    /// The weight with which it is compared.
    pub(super) fn compared(&self) -> Weight {
        let all = self.behavioural_weight();
        let mut weight = Weight { all, engine: self.engine_weight, ..Weight::default() };
        if let Some(part) = self.part {
            // What everybody shows tells nobody apart, and is no reason to trust what does any less.
            weight.parts[part] = self.weight * (1.0 - self.null);
        }
        weight
    }

    /// The weight of what a server does: none of what it says of itself.
    fn behavioural_weight(&self) -> f64 {
        if self.part == Some(Part::Banner) { 0.0 } else { self.weight }
    }

    /// The log-likelihood where it has this likelihood at the measured rate of change, and `unchanged` if nothing changed.
    fn log_likelihood(&self, likelihood: Likelihood, unchanged: f64) -> LogLikelihood {
        let bits = self.bits_of(likelihood) - self.null_bits();
        let mut sum = LogLikelihood {
            bits,
            bits_without_banners: if self.part == Some(Part::Banner) { 0.0 } else { bits },
            agreed: likelihood.relative_to_mode * self.behavioural_weight(),
            engine_agreed: likelihood.relative_to_mode * self.engine_weight,
            ..LogLikelihood::default()
        };
        if let Some(part) = self.part {
            sum.parts[part] = bits_by_rate(unchanged / self.null, self.weight);
        }
        sum
    }
}
