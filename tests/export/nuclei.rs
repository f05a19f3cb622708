//! nuclei's templates, by their documented structure, as far as ours use it.

use regex::bytes::Regex;
use stews::database::{Database, Recording};
use stews::export::nuclei;
use stews::observation::{Content, Event, Observation, Reply};
use stews::probe::{ALL, ProbeId};
use stews::wire::{FrameHead, Length, Opcode, Rsv};

use super::recorded::{self, answers};

/// A block of `tcp`: the summary of its probe, and its matchers by name.
#[derive(Default)]
struct Block {
    summary: String,
    data: String,
    matchers: Vec<(String, Vec<Regex>)>,
    /// Names with the bytes that an answer begins with.
    bytes: Vec<(String, Vec<u8>)>,
    frames: Vec<u8>,
}

fn unhex(text: &str) -> Vec<u8> {
    let digits = text.trim().trim_start_matches("- ").trim_matches('"').as_bytes();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

fn unquoted(text: &str) -> String {
    text.trim().strip_prefix("- '").and_then(|text| text.strip_suffix('\'')).unwrap().replace("''", "'")
}

/// The blocks; each line must be of a form that is known here.
fn parse(text: &str) -> Vec<Block> {
    let (head, tcp) = text.split_once("\ntcp:\n").unwrap();
    assert!(head.starts_with("id: stews-websocket-server\n\ninfo:\n  name: "), "{head}");
    for field in ["author: ", "severity: info\n", "tags: ", "max-request: "] {
        assert!(head.contains(field), "{field}");
    }
    let mut blocks: Vec<Block> = Vec::new();
    let (mut in_extractors, mut is_binary) = (false, false);
    for line in tcp.lines() {
        let text = line.trim_start();
        match line.len() - text.len() {
            2 if text.starts_with("# ") => blocks.push(Block { summary: text[2..].to_owned(), ..Block::default() }),
            2 => assert_eq!(text, "- host:"),
            4 => in_extractors = text == "extractors:" || (in_extractors && text != "matchers:"),
            6 if text.starts_with("- data: \"GET ") => {
                blocks.last_mut().unwrap().data = serde_json::from_str(&text["- data: ".len()..]).unwrap();
            }
            6 if text.starts_with("- data: ") => {
                blocks.last_mut().unwrap().frames = unhex(text.trim_start_matches("- data: "));
            }
            6 if text.starts_with("- type: ") => {
                is_binary = text == "- type: binary";
                assert!(is_binary || text == "- type: regex", "{line}");
            }
            6 => assert!(["- \"{{Hostname}}\"", "- \"tls://{{Hostname}}\""].contains(&text), "{line}"),
            8 if text.starts_with("name: ") && !in_extractors => {
                let (block, name) = (blocks.last_mut().unwrap(), text["name: ".len()..].to_owned());
                if is_binary {
                    block.bytes.push((name, Vec::new()));
                } else {
                    block.matchers.push((name, Vec::new()));
                }
            }
            8 => {
                let known =
                    ["name: ", "part: data", "part: raw", "group: ", "regex:", "binary:", "read: ", "type: hex"];
                assert!(known.iter().any(|word| text.starts_with(word)), "{line}");
            }
            10 if is_binary => blocks.last_mut().unwrap().bytes.last_mut().unwrap().1 = unhex(text),
            10 => {
                let regex = Regex::new(&unquoted(text)).unwrap_or_else(|error| panic!("{error}"));
                if !in_extractors {
                    blocks.last_mut().unwrap().matchers.last_mut().unwrap().1.push(regex);
                }
            }
            _ => panic!("{line}"),
        }
    }
    blocks
}

/// Whether a matcher is called by the product, or by its engine.
fn is_right(recording: &Recording, name: &str) -> bool {
    let is = |id: &str| name == id || name.starts_with(&format!("{id}-"));
    is(&recording.product) || is(&format!("engine-{}", recording.engine))
}

/// What came back after the 101 in one of the observations, as far as it is known.
fn frames(seen: &Observation) -> Vec<u8> {
    let mut bytes = Vec::new();
    for event in &seen.events {
        let (head, payload) = match event {
            Event::Close(close) => {
                let length = Length::minimal(close.encode().len() as u64);
                (FrameHead { fin: true, rsv: Rsv::NONE, opcode: Opcode::CLOSE, mask: None, length }, close.encode())
            }
            Event::Frame { head, content: Content::Sample(sample) } => (*head, sample.clone()),
            _ => break,
        };
        bytes.extend([head.encode(), payload].concat());
    }
    bytes
}

#[test]
fn no_frame_names_anybody_who_is_somebody_else() {
    let blocks = parse(&nuclei(&Database::embedded().unwrap()));
    let mut named = 0;
    for block in blocks.iter().filter(|block| !block.bytes.is_empty()) {
        let probe = ALL.iter().find(|probe| probe.summary == block.summary).unwrap();
        assert!(
            FrameHead::decode(&block.frames).is_some() && !probe.has_killed() && probe.is_default(),
            "{}",
            probe.id
        );
        for recording in recorded::ALL.iter() {
            let Some(seen) = recording.observations.get(&probe.id) else { continue };
            for seen in seen.seen.keys().filter(|seen| seen.observation().reply == Reply::Usual) {
                for head in answers(recording, ProbeId::BASELINE) {
                    let came = [head, frames(seen.observation())].concat();
                    for (name, _) in block.bytes.iter().filter(|(_, bytes)| came.starts_with(bytes)) {
                        assert!(is_right(recording, name), "{} is named {name}", recording.product);
                        named += 1;
                    }
                }
            }
        }
    }
    assert!(named > 10, "{named} conversations are named");
}

#[test]
fn each_matcher_names_nobody_who_is_somebody_else() {
    let blocks = parse(&nuclei(&Database::embedded().unwrap()));
    assert!(blocks.len() > 1);
    let mut named = 0;
    for block in &blocks {
        assert!(block.data.starts_with("GET ") && block.data.contains("\r\nHost: {{Hostname}}\r\n"), "{}", block.data);
        let probe = ALL.iter().find(|probe| probe.summary == block.summary).unwrap();
        for recording in recorded::ALL.iter() {
            for answer in answers(recording, probe.id) {
                for (name, _) in
                    block.matchers.iter().filter(|(_, any)| any.iter().any(|regex| regex.is_match(&answer)))
                {
                    let right = is_right(recording, name) || name == "websocket";
                    assert!(right, "{} {} is named {name}", recording.product, recording.version);
                    named += usize::from(name != "websocket");
                }
            }
        }
    }
    assert!(named > 500, "{named} answers are named");
}
