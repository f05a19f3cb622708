//! The few handshakes that tell most, where one answer has to do.

use std::collections::{BTreeMap, BTreeSet};

use super::answers::answers;
use super::pattern::Pattern;
use super::rules::{Rule, rules, shows_websocket};
use crate::database::{Behaviour, Database};
use crate::probe::{Opening, Probe, Risk, gentle_set};

/// The most probes that are exported.
const MOST: usize = 8;

/// What a probe more has to tell, in bits.
const WORTH: f64 = 0.02;

/// A probe, and the rules for its answers.
#[derive(Clone, Debug)]
pub(super) struct Chosen<'a> {
    pub(super) probe: &'static Probe,
    /// The bits that it tells beside those before it: how much smaller the set of products is that an answer leaves, on average over products.
    pub(super) bits: f64,
    pub(super) rules: Vec<Rule<'a>>,
}

/// The probes that tell most, the first of them most of all, with the rules for their answers. A name that a later probe makes more
/// precise for anyone is left to that: whoever matches line by line stops at the first name.
pub(super) fn chosen(database: &Database) -> Vec<Chosen<'_>> {
    let mut chosen: Vec<Chosen<'_>> = greedy(database)
        .into_iter()
        .map(|(probe, bits)| Chosen { probe, bits, rules: rules(database, probe) })
        .collect();
    for index in 0..chosen.len() {
        let (before, later) = chosen.split_at_mut(index + 1);
        before[index].rules.retain(|rule| !is_bettered(rule, later));
    }
    chosen
}

/// Whether a later probe names any of those that a rule names more precisely.
fn is_bettered(rule: &Rule<'_>, later: &[Chosen<'_>]) -> bool {
    let precise = |other: &&Rule<'_>| other.name.products.len() < rule.name.products.len();
    let better = later.iter().flat_map(|chosen| &chosen.rules).filter(precise);
    better.flat_map(|other| &other.members).any(|member| rule.members.contains(member))
}

/// What may be sent unasked: legal handshakes that nothing is known to have died of, and whose answer needs no frame.
fn candidates() -> impl Iterator<Item = &'static Probe> {
    let fits = |probe: &&Probe| {
        probe.risk == Risk::Polite
            && probe.is_handshake()
            && !probe.may_be_cut_short()
            && matches!(probe.opening, Opening::Upgrade(_))
    };
    gentle_set().into_iter().filter(fits)
}

/// By product and behaviour, the number of products that the answer to a probe leaves.
type Left<'a> = BTreeMap<&'a str, Vec<usize>>;

fn greedy(database: &Database) -> Vec<(&'static Probe, f64)> {
    let products: BTreeSet<&str> = database.behaviours.iter().map(|known| known.product.as_str()).collect();
    let mut left: Left<'_> = BTreeMap::new();
    for known in &database.behaviours {
        left.entry(&known.product).or_default().push(products.len());
    }
    let mut candidates: Vec<(&Probe, Left<'_>)> =
        candidates().map(|probe| (probe, after(database, probe, products.len()))).collect();
    let mut chosen = Vec::new();
    while chosen.len() < MOST {
        let gains = candidates.iter().map(|(_, after)| gain(&left, after)).enumerate();
        // Of equals the first: it has the lower number.
        let best = gains.rev().max_by(|(_, one), (_, other)| one.total_cmp(other));
        let Some((index, bits)) = best.filter(|(_, bits)| *bits >= WORTH) else { break };
        let (probe, after) = candidates.remove(index);
        left = smaller(&left, &after);
        chosen.push((probe, bits));
    }
    chosen
}

/// What the answers to one probe leave.
fn after<'a>(database: &'a Database, probe: &Probe, all: usize) -> Left<'a> {
    let mut classes: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    let mut given: Vec<(&Behaviour, Option<String>)> = Vec::new();
    for answer in answers(database, probe.id) {
        let shown = shows_websocket(&answer.reply);
        let class = Pattern::of_reply(&answer.reply).map(|pattern| pattern.regex()).filter(|_| shown);
        if let Some(class) = &class {
            classes.entry(class.clone()).or_default().insert(&answer.behaviour.product);
        }
        given.push((answer.behaviour, class));
    }
    let size = |class: &Option<String>| class.as_ref().map_or(all, |class| classes[class].len());
    let mut left: Left<'a> = BTreeMap::new();
    for known in &database.behaviours {
        let mine = given.iter().filter(|(behaviour, _)| std::ptr::eq(*behaviour, known));
        // Where it answers now so, now so, the worse counts.
        left.entry(&known.product).or_default().push(mine.map(|(_, class)| size(class)).max().unwrap_or(all));
    }
    left
}

fn smaller<'a>(one: &Left<'a>, other: &Left<'a>) -> Left<'a> {
    let both = one.iter().map(|(product, left)| {
        let left = left.iter().zip(&other[product]).map(|(one, other)| *one.min(other)).collect();
        (*product, left)
    });
    both.collect()
}

/// How many bits one more probe tells, each product counting once.
fn gain(left: &Left<'_>, after: &Left<'_>) -> f64 {
    let bits = |(one, other): (&usize, &usize)| (*one as f64 / *one.min(other) as f64).log2();
    let of_product = |(product, left): (&&str, &Vec<usize>)| {
        left.iter().zip(&after[*product]).map(bits).sum::<f64>() / left.len() as f64
    };
    left.iter().map(of_product).sum::<f64>() / left.len() as f64
}
