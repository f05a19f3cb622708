//! What a probe sends, in words.

use crate::probe::{Frame, Probe, RequestContext, Step, Variation, request};
use crate::wire::escape::escape;

/// The handshake of a probe with an example of a target, escaped, and the key in it.
pub(super) fn handshake(probe: &Probe) -> (String, String) {
    let context = RequestContext::new(true, "example.org", "/");
    let (request, key) = request(probe, &context, &Variation::default());
    (escape(&request.encode()), key)
}

/// What it does then, step by step.
pub(super) fn then(probe: &Probe) -> Vec<String> {
    let with_it = probe.pipelined().map(|frame| format!("in the same write {}", frame_in_words(frame)));
    with_it.chain(probe.script.iter().flat_map(step_in_words)).collect()
}

fn frame_in_words(frame: &Frame) -> String {
    let head = frame.head(Variation::MASK);
    let fin = if frame.fin { "" } else { ", not final" };
    let masked = if frame.masked { "" } else { ", unmasked" };
    let length = head.length.bytes();
    let bytes = if length == 1 { "byte" } else { "bytes" };
    let form = if head.length.is_minimal() { "" } else { ", its length in a longer form than needed" };
    let rest = if frame.payload.len() < length { ", its payload left out or cut short" } else { "" };
    format!("a {} frame of {length} {bytes}, RSV {:03b}{fin}{masked}{form}{rest}", frame.opcode, frame.rsv.value())
}

fn step_in_words(step: &Step) -> Vec<String> {
    match step {
        Step::Send(frame) => vec![format!("send {}", frame_in_words(frame))],
        Step::Together(frames) => {
            let first = std::iter::once("send at once".to_owned());
            first.chain(frames.iter().map(|frame| format!("  {}", frame_in_words(frame)))).collect()
        }
        Step::Drip(frame) => vec![format!("send byte by byte {}", frame_in_words(frame))],
        Step::Fence => vec!["fence: a ping; its pong proves that all before it was taken".to_owned()],
        Step::HalfClose => vec!["end our side of the connection".to_owned()],
        Step::Wait(time) => vec![format!("wait {} s, answering nothing", time.as_secs())],
    }
}
