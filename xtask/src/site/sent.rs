//! What a probe sends.

use maud::{Markup, html};
use stews::cli::explain_probe;
use stews::probe::{Frame, Payload, Probe, RequestContext, Step, Variation, request};
use stews::wire::escape::escape;

/// The key of the sample in RFC 6455 section 1.3, in the place of one that is drawn.
const SAMPLE_KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

/// How much of a frame is shown, in bytes.
const SHOWN: usize = 48;

/// The section of a probe's page.
pub fn section(probe: &Probe) -> Markup {
    let frames: Vec<&Frame> = probe.pipelined().chain(probe.script.iter().flat_map(Step::frames)).collect();
    html! {
        section aria-labelledby="sent" {
            h2 id="sent" { "What is sent" }
            p { "The opening handshake, to example.org. Where the key is the one of RFC 6455 section 1.3, each connection has its own." }
            pre tabindex="0" { code { @for line in handshake(probe) { (line) "\n" } } }
            p { "Then:" }
            ol.steps { @for step in script(probe) { li { (step) } } }
            @if !frames.is_empty() {
                p {
                    "The frames in bytes, as they were recorded. To a target, each frame is masked with a key of its own; here it is that of RFC 6455 section 5.7."
                }
                pre tabindex="0" { code { @for frame in frames { (bytes(frame)) "\n" } } }
            }
        }
    }
}

/// The lines of the handshake.
fn handshake(probe: &Probe) -> Vec<String> {
    let context = RequestContext::new(true, "example.org", "/");
    // What is drawn differs from one time to the next.
    let (text, key) = request(probe, &context, &Variation::default());
    let (_, other) = request(probe, &context, &Variation::default());
    let mut text = escape(&text.encode());
    if key != other {
        text = text.replace(&key, SAMPLE_KEY);
    }
    text.split_inclusive("\\r\\n").map(str::to_owned).collect()
}

/// What is done after the handshake, step by step, as `stews probes` tells it.
fn script(probe: &Probe) -> Vec<String> {
    let text = explain_probe(probe);
    let (_, steps) = text.split_once("\nThen\n").unwrap_or_default();
    let mut list: Vec<String> = Vec::new();
    for step in steps.lines() {
        let step = step.strip_prefix("  ").unwrap_or(step);
        match (step.strip_prefix("  "), list.last_mut()) {
            // What is sent at once stands below.
            (Some(part), Some(together)) => {
                let separator = if together.ends_with("at once") { ": " } else { "; " };
                together.push_str(separator);
                together.push_str(part);
            }
            _ => list.push(step.replacen("fence: a ping; its pong", "send a ping: its pong", 1)),
        }
    }
    list
}

/// A frame as it stands on the wire, as far as it is shown.
fn bytes(frame: &Frame) -> String {
    let key = Variation::MASK;
    let head = frame.head(key).encode();
    let (mut payload, length) = match frame.payload {
        Payload::Free(bytes) | Payload::Exact(bytes) => (bytes[..bytes.len().min(SHOWN)].to_vec(), bytes.len() as u64),
        Payload::Fill { byte, length } => (vec![byte; usize::try_from(length).unwrap_or(SHOWN).min(SHOWN)], length),
    };
    if frame.masked {
        // RFC 6455 section 5.3.
        payload.iter_mut().zip(key.iter().cycle()).for_each(|(byte, key)| *byte ^= key);
    }
    let more = length - payload.len() as u64;
    let rest = if more == 0 { String::new() } else { format!(" … and {more} bytes more") };
    let digits: Vec<String> = head.iter().chain(&payload).map(|byte| format!("{byte:02x}")).collect();
    digits.join(" ") + &rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use stews::probe::{ALL, ProbeId, find};

    #[test]
    fn the_same_is_told_each_time_of_every_probe() {
        for probe in ALL.iter() {
            let (one, other) = (section(probe).into_string(), section(probe).into_string());
            assert!(one == other, "{}", probe.id);
            assert!(!script(probe).is_empty(), "{}", probe.id);
            assert!(!one.contains("fence"), "{}", probe.id);
        }
    }

    #[test]
    fn a_frame_is_masked_as_it_was_recorded() {
        // RFC 6455 section 5.7: a masked text message that holds "Hello".
        let hello = Frame::new(stews::wire::Opcode::TEXT, Payload::Exact(b"Hello"));
        assert_eq!(bytes(&hello), "81 85 37 fa 21 3d 7f 9f 4d 51 58");
        let long = Frame::new(stews::wire::Opcode::BINARY, Payload::Fill { byte: 0, length: 1000 }).unmasked();
        assert!(bytes(&long).starts_with("82 7e 03 e8 00 00") && bytes(&long).ends_with(" … and 952 bytes more"));
    }

    #[test]
    fn what_is_sent_at_once_is_one_step() {
        let steps = script(find(ProbeId::new(826)).unwrap());
        assert_eq!(steps.len(), 2, "{steps:?}");
        assert!(
            steps[0].starts_with("send at once: a ping frame") && steps[0].contains("; a continuation frame"),
            "{steps:?}"
        );
    }
}
