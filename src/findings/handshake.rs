//! What a server did about opening handshakes.

use std::collections::BTreeMap;

use super::reaction::answers_pings;
use crate::observation::{End, Event, Observation, Reply};
use crate::probe::{Probe, ProbeId, RequestContext, Variation, request};
use crate::wire::handshake::SUBPROTOCOL;
use crate::wire::{Header, Request, ResponseHead};

const ORIGIN: &str = "Origin";
const EXTENSIONS: &str = "Sec-WebSocket-Extensions";

/// Whether it opened a WebSocket and kept it open: it answered the fence, or, where it answers no pings, sent a 101 that is right. One that
/// answers pings elsewhere and not here may have taken the rest of the request for frames.
pub(super) fn opens(observation: &Observation, observations: &BTreeMap<ProbeId, Observation>) -> bool {
    let closed = observation
        .events
        .iter()
        .any(|event| matches!(event, Event::Close(_) | Event::Response(_) | Event::Partial(_)));
    let open = match observation.end {
        End::Alive => observation.reply.is_upgrade(),
        End::Silent => observation.reply.is_websocket() && !answers_pings(observations),
        End::Fin | End::Reset | End::Broken | End::Cut => false,
    };
    open && !closed
}

/// Whether a probe comes from a page of somebody else: its Origin is not that of the target, nor what the user has all handshakes say.
pub(super) fn comes_from_elsewhere(probe: &Probe, context: &RequestContext) -> bool {
    let sent = origin_of(&request_of(probe, context));
    let own = RequestContext::new(context.url.starts_with("wss:"), &context.authority, "").origin;
    let users = origin_of(&request_of(crate::probe::BASELINE, context));
    sent.is_some() && sent != own.map(String::into_bytes) && sent != users
}

fn request_of(probe: &Probe, context: &RequestContext) -> Request {
    request(probe, context, &Variation::default()).0
}

fn origin_of(request: &Request) -> Option<Vec<u8>> {
    request.headers.iter().find(|field| field.is(ORIGIN)).map(|field| field.value.clone())
}

/// Whether its answer takes permessage-deflate and does not say that it forgets its context after each message (RFC 7692 section 7.1.1.1).
pub(super) fn keeps_context(observation: &Observation) -> bool {
    let Some(head) = upgrade(observation) else { return false };
    let taken = head.headers.iter().filter(|field| field.is(EXTENSIONS)).flat_map(members);
    let deflate: Vec<String> = taken.filter(|member| name_of(member) == "permessage-deflate").collect();
    let forgets = |member: &String| member.split(';').any(|part| part.trim() == "server_no_context_takeover");
    !deflate.is_empty() && !deflate.iter().any(forgets)
}

/// Whether its 101 names an extension or a subprotocol that the request did not offer (RFC 6455 section 4.1).
pub(super) fn agrees_to_nothing_offered(probe: &Probe, observation: &Observation, context: &RequestContext) -> bool {
    let Some(head) = upgrade(observation) else { return false };
    let request = request_of(probe, context);
    [EXTENSIONS, SUBPROTOCOL].into_iter().any(|name| {
        let of = |fields: &[Header]| -> Vec<String> {
            fields.iter().filter(|field| field.is(name)).flat_map(members).map(|one| name_of(&one)).collect()
        };
        let offered = of(&request.headers);
        // What stands for a word of the user's own is none of the server's.
        let is_own = |taken: &String| taken.starts_with('<') || offered.contains(taken);
        of(&head.headers).iter().any(|taken| !taken.is_empty() && !is_own(taken))
    })
}

fn upgrade(observation: &Observation) -> Option<&ResponseHead> {
    match &observation.reply {
        Reply::Response { head, .. } if head.status == 101 => Some(head),
        _ => None,
    }
}

/// The members of the list that a field holds.
fn members(field: &Header) -> Vec<String> {
    String::from_utf8_lossy(&field.value).split(',').map(|member| member.trim().to_owned()).collect()
}

/// The name of a member of a list, without its parameters and in lower case.
fn name_of(member: &str) -> String {
    member.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}
