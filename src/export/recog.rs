//! Fingerprints in the XML of Rapid7's Recog.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::choice::chosen;
use super::naming::{Name, Versions};
use super::pattern::Pattern;
use super::rules::compile;
use crate::database::{Behaviour, Database};
use crate::observation::{Observation, Reply};

/// What is matched: a file of Recog is about one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matches {
    /// The value of the field Server.
    Server,
    /// The value of the field X-Powered-By.
    PoweredBy,
    /// The whole answer to one of the handshakes that tell most: status line, fields and content.
    Answer,
}

/// A fingerprint before it is written.
struct Fingerprint<'a> {
    regex: String,
    examples: Vec<Vec<u8>>,
    name: Name<'a>,
    description: String,
}

/// The most examples of one fingerprint.
const EXAMPLES: usize = 4;

/// All fingerprints of what is matched.
#[must_use]
pub fn recog(database: &Database, matches: Matches) -> String {
    let (key, fingerprints) = match matches {
        Matches::Server => ("http_header.server", banners(database, "server")),
        Matches::PoweredBy => ("http_header.x-powered-by", banners(database, "x-powered-by")),
        Matches::Answer => ("websocket.handshake", answers(database)),
    };
    let version = env!("CARGO_PKG_VERSION");
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <!-- By stews {version} from its recordings. A fingerprint names what everything recorded that it matches agrees on. -->\n\
         <fingerprints matches=\"{key}\" protocol=\"http\" database_type=\"service\" preference=\"0.50\">\n"
    );
    fingerprints.iter().for_each(|one| text.push_str(&xml(one)));
    text + "</fingerprints>\n"
}

/// Those of a field in which servers name themselves.
fn banners<'a>(database: &'a Database, field: &str) -> Vec<Fingerprint<'a>> {
    let mut said: BTreeMap<Vec<u8>, Vec<&Behaviour>> = BTreeMap::new();
    for behaviour in &database.behaviours {
        for value in behaviour
            .probes()
            .flat_map(|probe| database.answers(behaviour, probe))
            .flat_map(|(line, _)| values(line, field))
        {
            let who = said.entry(value).or_default();
            if !who.iter().any(|known| std::ptr::eq(*known, behaviour)) {
                who.push(behaviour);
            }
        }
    }
    let mut regexes: Vec<String> = said.keys().map(|value| Pattern::of_banner(value).regex() + "$").collect();
    regexes.sort();
    regexes.dedup();
    let mut all: Vec<Fingerprint<'a>> =
        regexes.iter().filter_map(|regex| banner(database, regex, &said, field)).collect();
    all.sort_by_cached_key(|one| (one.name.products.len(), one.regex.clone()));
    all
}

/// The values of a field in a stored answer; `<…>` stands for what varies, and names nobody.
fn values(line: &str, field: &str) -> Vec<Vec<u8>> {
    match line.parse::<Observation>().map(|seen| seen.reply) {
        Ok(Reply::Response { head, .. }) => {
            let mine = head.headers.into_iter().filter(|header| header.is(field));
            mine.map(|header| header.value).filter(|value| !value.is_empty() && !value.contains(&b'<')).collect()
        }
        _ => Vec::new(),
    }
}

fn banner<'a>(
    database: &'a Database,
    regex: &str,
    said: &BTreeMap<Vec<u8>, Vec<&'a Behaviour>>,
    field: &str,
) -> Option<Fingerprint<'a>> {
    let compiled = compile(regex)?;
    let matched: Vec<(&Vec<u8>, &Vec<&'a Behaviour>)> =
        said.iter().filter(|(value, _)| compiled.is_match(value)).collect();
    let who: Vec<&Behaviour> = matched.iter().flat_map(|(_, who)| who.iter().copied()).collect();
    let names = |value: &[u8]| who.iter().any(|known| names_itself(known, value));
    if !matched.iter().all(|(value, _)| names(value)) {
        return None;
    }
    let mut name = Name::of(database, &who)?;
    let is_version = |group: usize| {
        matched.iter().all(|(value, who)| {
            let found = compiled.captures(value).and_then(|found| found.get(group));
            let said = found.map_or(&b""[..], |group| group.as_bytes());
            who.iter().any(|known| known.versions.iter().any(|version| version.as_bytes() == said))
        })
    };
    if name.product().is_some()
        && let Some(group) = (1..compiled.captures_len()).find(|group| is_version(*group))
    {
        name.versions = Versions::Said(group);
    }
    let examples = matched.iter().rev().take(EXAMPLES).map(|(value, _)| (*value).clone()).collect();
    let description = format!("{} in the field {field}", name.title());
    Some(Fingerprint { regex: format!("^{regex}"), examples, name, description })
}

/// Whether a banner has a word of the name of whoever sends it: `BaseHTTP/0.6 Python/3.13` is a library's, and any application's.
fn names_itself(known: &Behaviour, value: &[u8]) -> bool {
    let value = String::from_utf8_lossy(value).to_lowercase();
    let names = [Some(&known.product), Some(&known.engine), known.framework.as_ref()];
    let mut words = names.into_iter().flatten().flat_map(|name| name.split(['-', '.', '/', ' ']));
    words.any(|word| word.len() > 2 && word != "websocket" && word != "http" && value.contains(&word.to_lowercase()))
}

/// Those of whole answers. Ruby's `^` is the beginning of any line, so that these begin with what is not.
fn answers(database: &Database) -> Vec<Fingerprint<'_>> {
    let of_probe = |chosen: &super::choice::Chosen<'_>| chosen.probe.summary;
    let mut all = Vec::new();
    for chosen in chosen(database) {
        let asked = of_probe(&chosen);
        all.extend(chosen.rules.into_iter().map(|rule| Fingerprint {
            description: format!("{} in answer to {asked}", rule.name.title()),
            regex: format!(r"\A{}", rule.regex),
            examples: vec![rule.example],
            name: rule.name,
        }));
    }
    all
}

fn xml(one: &Fingerprint<'_>) -> String {
    let mut text = format!("  <fingerprint pattern=\"{}\">\n", quoted(&one.regex));
    // Writing to a String cannot fail.
    let _ = writeln!(text, "    <description>{}</description>", quoted(&one.description));
    one.examples.iter().for_each(|example| text.push_str(&example_element(one, example)));
    let mut param = |position: usize, name: &str, value: &str| {
        let value = if value.is_empty() { String::new() } else { format!(" value=\"{}\"", quoted(value)) };
        let _ = writeln!(text, "    <param pos=\"{position}\" name=\"{name}\"{value}/>");
    };
    param(0, "service.product", &one.name.title());
    param(0, "service.component.product", one.name.engine);
    let cpe = one.name.cpe();
    cpe.iter().for_each(|(vendor, _)| param(0, "service.vendor", vendor));
    let version = match &one.name.versions {
        Versions::Said(group) => {
            param(*group, "service.version", "");
            "{service.version}"
        }
        Versions::Only(version) => {
            param(0, "service.version", version);
            version
        }
        _ => "-",
    };
    cpe.iter().for_each(|(vendor, product)| param(0, "service.cpe23", &format!("cpe:/a:{vendor}:{product}:{version}")));
    text + "  </fingerprint>\n"
}

/// An example, with what is to be found in it; coded where XML would not keep it.
fn example_element(one: &Fingerprint<'_>, example: &[u8]) -> String {
    let said = match one.name.versions {
        Versions::Said(group) => {
            compile(one.regex.trim_start_matches('^').trim_start_matches(r"\A")).and_then(|regex| {
                let found = regex.captures(example)?.get(group)?;
                Some(format!(" service.version=\"{}\"", quoted(&String::from_utf8_lossy(found.as_bytes()))))
            })
        }
        _ => None,
    };
    let said = said.unwrap_or_default();
    match std::str::from_utf8(example) {
        Ok(text) if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) => {
            format!("    <example{said}>{}</example>\n", quoted(text))
        }
        _ => {
            use base64::Engine as _;
            let coded = base64::engine::general_purpose::STANDARD.encode(example);
            format!("    <example _encoding=\"base64\"{said}>{coded}</example>\n")
        }
    }
}

/// Text as it may stand in an element or an attribute.
fn quoted(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
