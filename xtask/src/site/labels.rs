//! What things are called and where their pages are.

use stews::database::Behaviour;
use stews::features::Layer;
use stews::probe::{Probe, ProbeId, Risk};

/// The most versions that are named one by one.
const MOST_NAMED: usize = 3;

/// The path of a product's page.
pub fn product_file(product: &str) -> String {
    format!("products/{product}.html")
}

/// The path of a probe's page.
pub fn probe_file(probe: ProbeId) -> String {
    format!("probes/{probe}.html")
}

/// The letter of a product's behaviour, by its place among them: A to Z, then AA.
pub fn letter(place: usize) -> String {
    let last = char::from(b'A' + u8::try_from(place % 26).unwrap_or_default());
    match place / 26 {
        0 => last.to_string(),
        more => letter(more - 1) + &last.to_string(),
    }
}

/// The versions of a behaviour in a few words.
pub fn versions(behaviour: &Behaviour) -> String {
    match behaviour.versions.as_slice() {
        [first, .., last] if behaviour.versions.len() > MOST_NAMED => {
            format!("{first} … {last} ({} recorded)", behaviour.versions.len())
        }
        few => few.join(", "),
    }
}

/// A word as the id of an element: letters and digits with hyphens between.
pub fn anchor(text: &str) -> String {
    let letters =
        text.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { ' ' });
    letters.collect::<String>().split_whitespace().collect::<Vec<_>>().join("-")
}

/// A count with its noun, which takes an `s` where there is not one.
pub fn counted(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}

/// What a probe may cost the server.
pub fn risk(probe: &Probe) -> &'static str {
    match probe.risk {
        _ if probe.is_slow() => "slow: it waits for timers, and is sent only where that is asked for",
        Risk::Polite => "polite: nothing that an ordinary client might not send",
        Risk::Malformed => "malformed: it breaks a rule, and costs its own connection",
        Risk::Heavy => "heavy: large payloads, sent or only declared, or known to kill; never sent by default",
    }
}

/// Who decides what a probe brings to light.
pub const fn decided_by(probe: &Probe) -> &'static str {
    match probe.layer {
        Layer::Engine => "the WebSocket engine",
        Layer::Edge => "the HTTP server, or a proxy in front",
        Layer::Banner => "what the server calls itself",
        Layer::App => "the application, by its code or its settings",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_go_on_after_z() {
        assert_eq!([0, 25, 26, 52].map(letter), ["A", "Z", "AA", "BA"]);
    }

    #[test]
    fn an_anchor_is_made_of_letters_and_hyphens() {
        assert_eq!(anchor("Upgrade and Connection"), "upgrade-and-connection");
        assert_eq!(anchor("Engine.IO <b>"), "engine-io-b");
    }

    #[test]
    fn one_is_singular() {
        assert_eq!([0, 1, 2].map(|count| counted(count, "probe")), ["0 probes", "1 probe", "2 probes"]);
    }
}
