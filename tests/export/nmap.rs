//! `nmap-service-probes`, by its documented grammar.

use std::collections::BTreeSet;

use regex::bytes::{Regex, RegexBuilder};
use stews::database::{Database, Recording};
use stews::export::nmap;
use stews::probe::ProbeId;

use super::recorded::{self, answers, is_among, is_right};

/// A probe, and its lines.
struct Probe {
    name: String,
    string: Vec<u8>,
    lines: Vec<Line>,
}

struct Line {
    soft: bool,
    service: String,
    regex: Regex,
    /// By letter (`p`, `v`, `i`), or `cpe:`.
    info: Vec<(String, String)>,
}

/// The directives, and what must hold for each.
fn parse(text: &str) -> Vec<Probe> {
    let mut probes: Vec<Probe> = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        assert!(line.len() < 2048 && line.is_ascii(), "{line}");
        let (word, rest) = line.split_once(' ').unwrap();
        match word {
            "Probe" => probes.push(probe(rest)),
            "rarity" => assert!((1..=9).contains(&rest.parse::<u8>().unwrap())),
            "ports" | "sslports" => assert!(rest.split(',').all(is_port), "{rest}"),
            "totalwaitms" => assert!((100..=300_000).contains(&rest.parse::<u32>().unwrap())),
            "match" | "softmatch" => {
                let line = read_line(word, rest);
                probes.last_mut().unwrap().lines.push(line);
            }
            _ => panic!("no directive: {line}"),
        }
    }
    probes
}

fn is_port(text: &str) -> bool {
    text.split('-').count() <= 2 && text.split('-').all(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
}

fn probe(rest: &str) -> Probe {
    let rest = rest.strip_prefix("TCP ").unwrap();
    let (name, string) = rest.split_once(" q|").unwrap();
    assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{name}");
    let string = string.strip_suffix('|').filter(|string| !string.contains('|')).unwrap();
    let string = stews::wire::escape::unescape(&string.replace('"', "\\\"")).unwrap();
    Probe { name: name.to_owned(), string, lines: Vec::new() }
}

fn read_line(word: &str, rest: &str) -> Line {
    let (service, rest) = rest.split_once(" m|").unwrap();
    let (regex, rest) = rest.split_once('|').unwrap();
    let (flags, mut rest) = rest.split_once(' ').unwrap_or((rest, ""));
    assert!(flags.bytes().all(|flag| b"is".contains(&flag)), "{flags}");
    let mut info = Vec::new();
    while !rest.is_empty() {
        let (letter, value);
        if let Some(cpe) = rest.strip_prefix("cpe:") {
            let end =
                cpe[1..].match_indices('/').find(|(at, _)| cpe[at + 2..].is_empty() || cpe[at + 2..].starts_with(' '));
            let end = end.unwrap().0 + 1;
            (letter, value) = ("cpe:".to_owned(), cpe[1..end].to_owned());
            rest = cpe[end + 1..].trim_start();
        } else {
            let mark = rest.chars().nth(1).unwrap();
            let (inside, after) = rest[2..].split_once(mark).unwrap();
            (letter, value) = (rest[..1].to_owned(), inside.to_owned());
            rest = after.trim_start();
        }
        assert!(["p", "v", "i", "cpe:"].contains(&letter.as_str()) && !value.is_empty(), "{letter} {value}");
        info.push((letter, value));
    }
    let regex = RegexBuilder::new(&format!("(?-u){regex}"))
        .case_insensitive(flags.contains('i'))
        .dot_matches_new_line(flags.contains('s'))
        .build()
        .unwrap();
    Line { soft: word == "softmatch", service: service.to_owned(), regex, info }
}

impl Line {
    fn info(&self, letter: &str) -> Option<&str> {
        self.info.iter().find(|(known, _)| known == letter).map(|(_, value)| value.as_str())
    }

    /// The version that it names for an answer.
    fn version(&self, answer: &[u8]) -> Option<String> {
        let words = self.info("v")?;
        let Some(group) = words.strip_prefix('$') else { return Some(words.to_owned()) };
        let found = self.regex.captures(answer).unwrap();
        Some(String::from_utf8(found[group.parse::<usize>().unwrap()].to_vec()).unwrap())
    }
}

fn exported() -> Vec<Probe> {
    parse(&nmap(&Database::embedded().unwrap()))
}

fn id(probe: &Probe) -> Option<ProbeId> {
    probe.name.strip_prefix("Stews").and_then(|number| number.parse().ok())
}

/// What nmap makes of a server: the first line that matches; a soft one where no probe has another.
fn identify<'a>(probes: &'a [Probe], recording: &Recording, number: usize) -> Option<(&'a Line, Vec<u8>)> {
    let mut soft = None;
    for probe in probes {
        let Some(id) = id(probe) else { continue };
        let all = answers(recording, id);
        let Some(answer) = all.get(number.min(all.len().saturating_sub(1))) else { continue };
        match probe.lines.iter().find(|line| line.regex.is_match(answer)) {
            Some(line) if !line.soft => return Some((line, answer.clone())),
            Some(line) => soft = Some((line, answer.clone())),
            None => {}
        }
    }
    soft
}

#[test]
fn probes_are_few_and_handshakes_that_are_known() {
    let probes = exported();
    assert!((2..=10).contains(&probes.len()), "{}", probes.len());
    let (tls, handshakes) = probes.split_last().unwrap();
    assert!(tls.string.starts_with(&[22, 3, 1]) && tls.lines.iter().all(|line| line.service == "ssl"));
    for probe in handshakes {
        let text = String::from_utf8(probe.string.clone()).unwrap();
        assert!(text.starts_with("GET /") && text.contains("\r\nHost: nm\r\n") && text.ends_with("\r\n\r\n"), "{text}");
        let known = stews::probe::find(id(probe).unwrap()).unwrap();
        assert!(known.risk == stews::probe::Risk::Polite && known.kills.is_empty());
        assert!(probe.lines.iter().all(|line| ["websocket", "ssl"].contains(&line.service.as_str())));
    }
}

/// Each line against each recorded answer to its probe, not only the first that matches.
#[test]
fn no_line_names_anybody_who_is_somebody_else() {
    for probe in exported() {
        let Some(id) = id(&probe) else { continue };
        for recording in recorded::ALL.iter() {
            for answer in answers(recording, id) {
                for line in probe.lines.iter().filter(|line| line.regex.is_match(&answer)) {
                    let Some(name) = line.info("p") else { continue };
                    let who = format!("{} {}", recording.product, recording.version);
                    assert!(is_right(recording, name), "{who} is named {name} by {}", line.regex);
                    let version = line.version(&answer);
                    assert!(
                        version.as_ref().is_none_or(|words| is_among(&recording.version, words)),
                        "{who} is named {name} {version:?} by {}",
                        line.regex
                    );
                }
            }
        }
    }
}

/// How many products nmap names: in all recorded versions and runs by their own name, or by their engine's.
#[test]
fn most_products_are_named() {
    let probes = exported();
    let all: BTreeSet<&str> = recorded::ALL.iter().map(|recording| recording.product.as_str()).collect();
    let (mut product, mut engine, mut at_all) = (all.clone(), all.clone(), all.clone());
    for recording in recorded::ALL.iter() {
        for number in 0..2 {
            let found = identify(&probes, recording, number);
            let name = found.as_ref().and_then(|(line, _)| line.info("p"));
            if name != Some(stews::database::vocabulary::name_of(&recording.product)) {
                product.remove(recording.product.as_str());
            }
            if name.is_none() {
                engine.remove(recording.product.as_str());
            }
            if found.is_none() {
                at_all.remove(recording.product.as_str());
            }
        }
    }
    let counts = [all.len(), product.len(), engine.len(), at_all.len()];
    println!("{counts:?} products are there, named, named or their engine is, found");
    assert!(at_all.len() * 10 > all.len() * 9, "{counts:?}");
    let readme = std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let said = format!(
        "Of {} products nmap names {} in all their recorded versions, and the engine of {} more.",
        all.len(),
        product.len(),
        engine.len() - product.len()
    );
    assert!(readme.contains(&said), "README.md does not say: {said}");
}
