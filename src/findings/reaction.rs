//! What a server did about frames.

use std::collections::BTreeMap;

use super::evidence::{Evidence, Seen};
use crate::observation::{Content, End, Event, Observation};
use crate::probe::{self, Payload, Probe, ProbeId, Step};
use crate::wire::{Close, Opcode};

/// Whether it went on after the frames of a probe that end with a fence. Silence proves nothing, unless one of the frames came back.
pub(super) fn goes_on(observation: &Observation) -> bool {
    if !observation.reply.is_upgrade() {
        return false;
    }
    let until_it_ends = || observation.events.iter().take_while(|event| !ends_it(event));
    let has_ended = observation.events.iter().any(ends_it);
    let passed_fence = until_it_ends().any(|event| matches!(event, Event::Fence));
    let sent_back = || until_it_ends().any(|event| matches!(event, Event::Frame { content: Content::Echo, .. }));
    passed_fence || !has_ended && (observation.end == End::Alive || observation.end == End::Silent && sent_back())
}

/// Whether no frames are to be read after this.
fn ends_it(event: &Event) -> bool {
    match event {
        Event::Frame { head, .. } => head.opcode == Opcode::CLOSE,
        Event::Close(_) | Event::Response(_) | Event::Partial(_) => true,
        Event::Fence | Event::ReactedAt(_) | Event::After(_) | Event::More => false,
    }
}

/// Whether it answered the Close of a probe with its code, and does not close with that by itself.
pub(super) fn returns_code(
    probe: &Probe,
    observation: &Observation,
    observations: &BTreeMap<ProbeId, Observation>,
) -> bool {
    let Some(close) = observation.close().filter(|_| observation.reply.is_upgrade()) else { return false };
    let of_its_own =
        ProbeId::PLAIN.iter().filter_map(|id| observations.get(id)?.close()).any(|own| own.code == close.code);
    !of_its_own && sent_close(probe).is_some_and(|sent| sent.code == close.code)
}

/// The Close of a probe.
fn sent_close(probe: &Probe) -> Option<Close> {
    sent_closes(probe).find_map(Close::decode).filter(|close| close.code.is_some())
}

/// The payloads of all Closes of a probe.
fn sent_closes(probe: &Probe) -> impl Iterator<Item = &'static [u8]> + use<> {
    let frames = probe.script.iter().flat_map(Step::frames).filter(|frame| frame.opcode == Opcode::CLOSE);
    frames.filter_map(|frame| match frame.payload {
        Payload::Free(bytes) | Payload::Exact(bytes) => Some(bytes),
        Payload::Fill { .. } => None,
    })
}

/// Whether the reason of its Close is no UTF-8, or has something in place of bytes that are none.
pub(super) fn returns_reason(observation: &Observation) -> bool {
    let replaced = |reason: &[u8]| String::from_utf8_lossy(reason).contains(char::REPLACEMENT_CHARACTER);
    observation.reply.is_upgrade() && observation.close().is_some_and(|close| replaced(&close.reason))
}

/// Whether it sent back a Close of the length that the probe's has, which is no length that a Close has.
pub(super) fn returns_bad_close(probe: &Probe, observation: &Observation) -> bool {
    let sent: Vec<u64> = sent_closes(probe).map(|payload| payload.len() as u64).collect();
    observation.reply.is_upgrade()
        && observation.events.iter().any(|event| {
            matches!(event, Event::Frame { head, .. } if head.opcode == Opcode::CLOSE && sent.contains(&head.length.bytes()))
        })
}

/// Whether it sent a message after its Close.
pub(super) fn speaks_after_close(observation: &Observation) -> bool {
    let is_message = |event: &Event| matches!(event, Event::Frame { head, content: Content::Echo } if [Opcode::TEXT, Opcode::BINARY].contains(&head.opcode));
    observation.events.iter().skip_while(|event| !matches!(event, Event::Close(_))).any(is_message)
}

/// Whether a server answered the ping behind the legal handshake.
pub(super) fn answers_pings(observations: &BTreeMap<ProbeId, Observation>) -> bool {
    observations.get(&ProbeId::BASELINE).is_some_and(|baseline| baseline.end == End::Alive)
}

/// Whether a server that answers pings did nothing about the head of a frame but wait for its payload.
pub(super) fn waits(observation: &Observation, observations: &BTreeMap<ProbeId, Observation>) -> bool {
    let waits = observation.end == End::Silent && !observation.events.iter().any(ends_it);
    answers_pings(observations) && waits && observation.reply.is_upgrade()
}

/// Whether it answered a message of a single quote that was sent as the content of a request.
pub(super) fn answers_content(observation: &Observation) -> bool {
    let sent_back = |content: &Content| matches!(content, Content::Echo) || *content == Content::Sample(b"'".to_vec());
    let is_answer = |event: &Event| matches!(event, Event::Frame { head, content } if head.opcode == Opcode::TEXT && sent_back(content));
    observation.reply.is_upgrade() && observation.events.iter().any(is_answer)
}

/// The first masked frame of a server, in a WebSocket of RFC 6455 that was not ended before.
pub(super) fn masked_frames(seen: &Seen<'_>) -> Option<Evidence> {
    let is_rfc_6455 = |id: ProbeId| probe::find(id).is_ok_and(|probe| !probe.speaks_a_draft());
    seen.observations.iter().find_map(|(id, observation)| {
        let frames = || observation.events.iter().take_while(|event| !ends_it(event));
        let masked = frames().any(|event| matches!(event, Event::Frame { head, .. } if head.mask.is_some()));
        let holds = masked && observation.reply.is_upgrade() && is_rfc_6455(*id);
        holds.then(|| Evidence::new(*id, &observation.to_string()))
    })
}
