//! What frames tell where the handshake does not: for tools that can send a frame after the 101 and compare bytes.

use std::collections::{BTreeMap, BTreeSet};

use super::choice::Chosen;
use super::naming::Name;
use super::pattern::Pattern;
use crate::database::{Behaviour, Database};
use crate::observation::{Content, Event, Observation, Reply};
use crate::probe::{Frame, Payload, Probe, ProbeId, Step, Variation, gentle_set};
use crate::wire::frame::apply_mask;
use crate::wire::{FrameHead, Length, Opcode, Rsv};

/// The most conversations that are exported.
const MOST: usize = 2;

/// A conversation: the legal handshake, and frames once it is answered.
#[derive(Clone, Debug)]
pub(super) struct Conversation<'a> {
    pub(super) probe: &'static Probe,
    /// The frames, as they are sent.
    pub(super) frames: Vec<u8>,
    /// What comes back, from the first byte of the 101 on, and whose all of that is.
    pub(super) rules: Vec<(Vec<u8>, Name<'a>)>,
}

/// What came back in one run; where it is `open`, more came than is kept.
#[derive(Clone, Debug)]
struct Heard<'a> {
    behaviour: &'a Behaviour,
    bytes: Vec<u8>,
    open: bool,
}

/// The conversations that name most of those whom the handshakes do not name as precisely.
pub(super) fn conversations<'a>(database: &'a Database, handshakes: &[Chosen<'a>]) -> Vec<Conversation<'a>> {
    let mut best = named_so_far(handshakes);
    let mut left: Vec<Conversation<'a>> = candidates().map(|probe| conversation(database, probe)).collect();
    let mut chosen = Vec::new();
    while chosen.len() < MOST {
        left.iter_mut().for_each(|one| one.rules.retain(|(_, name)| is_better(name, &best)));
        let most = left.iter().enumerate().rev().max_by_key(|(_, one)| gained(one, &best));
        let Some(index) = most.filter(|(_, one)| !one.rules.is_empty()).map(|(index, _)| index) else { break };
        let one = left.remove(index);
        for (_, name) in &one.rules {
            name.products.iter().for_each(|product| _ = best.insert(product, name.products.len()));
        }
        chosen.push(one);
    }
    chosen
}

/// By product, how many products the most precise handshake leaves in every version; nothing where one is not named at all.
fn named_so_far<'a>(handshakes: &[Chosen<'a>]) -> BTreeMap<&'a str, usize> {
    let mut best: BTreeMap<&str, usize> = BTreeMap::new();
    for rule in handshakes.iter().flat_map(|chosen| &chosen.rules) {
        for product in &rule.name.products {
            let least = best.entry(product).or_insert(usize::MAX);
            *least = (*least).min(rule.name.products.len());
        }
    }
    best
}

fn is_better(name: &Name<'_>, best: &BTreeMap<&str, usize>) -> bool {
    name.products.iter().any(|product| best.get(product).is_none_or(|least| name.products.len() < *least))
}

/// How many products are named more precisely.
fn gained(one: &Conversation<'_>, best: &BTreeMap<&str, usize>) -> usize {
    let better = one.rules.iter().filter(|(_, name)| is_better(name, best));
    better.flat_map(|(_, name)| name.products.iter()).collect::<BTreeSet<_>>().len()
}

/// What a scan sends unasked, of which nothing is left to an application, in one write behind the 101.
fn candidates() -> impl Iterator<Item = &'static Probe> {
    let fits = |probe: &&Probe| {
        probe.opens_legally()
            && !probe.speaks_to_application()
            && probe.payload_bytes() < 256
            && script(probe).is_some()
    };
    gentle_set().into_iter().filter(fits)
}

/// The frames of a script that is no more than frames and a fence behind them.
fn script(probe: &Probe) -> Option<&'static [Frame]> {
    match probe.script {
        [Step::Send(frame)] | [Step::Send(frame), Step::Fence] => Some(std::slice::from_ref(frame)),
        [Step::Together(frames)] | [Step::Together(frames), Step::Fence] => Some(frames),
        _ => None,
    }
}

fn conversation<'a>(database: &'a Database, probe: &'static Probe) -> Conversation<'a> {
    let all: Vec<Heard<'a>> = database.behaviours.iter().flat_map(|known| heard(database, known, probe)).collect();
    let distinct: BTreeSet<&[u8]> = all.iter().filter(|one| !one.open).map(|one| one.bytes.as_slice()).collect();
    let is_whole_head = |bytes: &&[u8]| !bytes.ends_with(b"\r\n\r\n");
    let rules = distinct.into_iter().filter(is_whole_head).filter_map(|bytes| {
        let may_be = |one: &&Heard<'_>| one.bytes.starts_with(bytes) || one.open && bytes.starts_with(&one.bytes);
        let members: Vec<&Behaviour> = all.iter().filter(may_be).map(|one| one.behaviour).collect();
        Some((bytes.to_vec(), Name::of(database, &members)?))
    });
    let frames = script(probe).into_iter().flatten().flat_map(sent).collect();
    Conversation { probe, frames, rules: rules.collect() }
}

/// What one behaviour gave back, for each way in which it answered handshake and frames.
fn heard<'a>(database: &'a Database, behaviour: &'a Behaviour, probe: &Probe) -> Vec<Heard<'a>> {
    let seen = |id: ProbeId| {
        database.answers(behaviour, id).filter_map(|(line, _)| line.parse::<Observation>().ok()).collect::<Vec<_>>()
    };
    let mut all = Vec::new();
    for baseline in seen(ProbeId::BASELINE) {
        // An answer that says the time is no fixed sequence of bytes, and none like one.
        let Some(head) = Pattern::of_reply(&baseline.reply).filter(Pattern::is_fixed) else { continue };
        for observed in seen(probe.id).into_iter().filter(|observed| observed.reply == Reply::Usual) {
            let mut bytes = head.example();
            let open = !observed.events.iter().all(|event| say(event, &mut bytes));
            all.push(Heard { behaviour, bytes, open });
        }
    }
    all
}

/// Adds the bytes of an event; `false` where they are not known.
fn say(event: &Event, bytes: &mut Vec<u8>) -> bool {
    match event {
        Event::Close(close) => {
            let payload = close.encode();
            let length = Length::minimal(payload.len() as u64);
            let head = FrameHead { fin: true, rsv: Rsv::NONE, opcode: Opcode::CLOSE, mask: None, length };
            bytes.extend([head.encode(), payload].concat());
            true
        }
        Event::Frame { head, content: Content::Sample(sample) }
            if head.mask.is_none() && head.length.bytes() == sample.len() as u64 && !sample.contains(&b'<') =>
        {
            bytes.extend([head.encode(), sample.clone()].concat());
            true
        }
        _ => false,
    }
}

/// A frame as it is sent, with the masking key of recordings.
fn sent(frame: &Frame) -> Vec<u8> {
    let mut payload = match frame.payload {
        Payload::Free(bytes) | Payload::Exact(bytes) => bytes.to_vec(),
        Payload::Fill { byte, length } => vec![byte; usize::try_from(length).unwrap_or_default()],
    };
    if frame.masked {
        apply_mask(Variation::MASK, &mut payload, 0);
    }
    [frame.head(Variation::MASK).encode(), payload].concat()
}
