//! nuclei's templates, by their documented structure, as far as ours use it.

use regex::bytes::Regex;
use stews::database::Database;
use stews::export::nuclei;
use stews::probe::ALL;

use super::recorded::{self, answers};

/// A block of `tcp`: the summary of its probe, and its matchers by name.
#[derive(Default)]
struct Block {
    summary: String,
    data: String,
    matchers: Vec<(String, Vec<Regex>)>,
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
    let mut in_extractors = false;
    for line in tcp.lines() {
        let text = line.trim_start();
        match line.len() - text.len() {
            2 if text.starts_with("# ") => blocks.push(Block { summary: text[2..].to_owned(), ..Block::default() }),
            2 => assert_eq!(text, "- host:"),
            4 => in_extractors = text == "extractors:" || (in_extractors && text != "matchers:"),
            6 if text.starts_with("- data: ") => {
                blocks.last_mut().unwrap().data = serde_json::from_str(&text["- data: ".len()..]).unwrap();
            }
            6 => assert!(["- type: regex", "- \"{{Hostname}}\"", "- \"tls://{{Hostname}}\""].contains(&text), "{line}"),
            8 if text.starts_with("name: ") && !in_extractors => {
                blocks.last_mut().unwrap().matchers.push((text["name: ".len()..].to_owned(), Vec::new()));
            }
            8 => assert!(
                ["name: ", "part: data", "group: ", "regex:"].iter().any(|word| text.starts_with(word)),
                "{line}"
            ),
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
                    let is = |id: &str| name.as_str() == id || name.starts_with(&format!("{id}-"));
                    let right =
                        is(&recording.product) || is(&format!("engine-{}", recording.engine)) || name == "websocket";
                    assert!(right, "{} {} is named {name}", recording.product, recording.version);
                    named += usize::from(name != "websocket");
                }
            }
        }
    }
    assert!(named > 500, "{named} answers are named");
}
