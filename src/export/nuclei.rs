//! A template for nuclei.
//!
//! The handshakes are those of the service probes for nmap, sent by its `tcp` protocol and not by `http`: the order and the case of header
//! fields tell servers apart, and its HTTP client shows neither. Behind them, where the 101 is that of many, come frames, whose answers are
//! compared as bytes: what is no UTF-8 is nothing for Go's expressions.

use std::fmt::Write as _;

use super::choice::{Chosen, chosen};
use super::frames::{Conversation, conversations};
use super::naming::{Name, Versions};
use super::pattern::escape;
use super::rules::Rule;
use super::stand::{ACCEPT, KEY};
use crate::database::Database;
use crate::probe::{Probe, RequestContext, plain_request};

/// The most bytes of an answer that are read.
const READ: usize = 4096;

/// The template, in YAML.
#[must_use]
pub fn nuclei(database: &Database) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let handshakes = chosen(database);
    let frames = conversations(database, &handshakes);
    let mut text = format!(
        "id: stews-websocket-server\n\n\
         info:\n  \
         name: WebSocket server, by its answers to the opening handshake\n  \
         author: stews\n  \
         severity: info\n  \
         description: |\n    \
         Names the WebSocket server or its engine from the exact answer to legal opening handshakes.\n    \
         By stews {version} from its recordings. A matcher names what everything recorded that gives the answer agrees on.\n  \
         metadata:\n    \
         max-request: {}\n  \
         tags: websocket,network,tech,discovery\n\n\
         tcp:\n",
        2 * (handshakes.len() + frames.len())
    );
    handshakes.iter().enumerate().for_each(|(index, chosen)| text.push_str(&block(chosen, index == 0)));
    frames.iter().for_each(|one| text.push_str(&conversation(one)));
    text
}

/// The beginning of a block: what is sent first, with and without TLS.
fn beginning(probe: &Probe) -> String {
    format!(
        "  # {}\n  - host:\n      - \"{{{{Hostname}}}}\"\n      - \"tls://{{{{Hostname}}}}\"\n    inputs:\n      - data: {}\n",
        probe.summary,
        double_quoted(&request(probe))
    )
}

/// The handshake and frames behind it, and whose bytes come back.
fn conversation(one: &Conversation<'_>) -> String {
    let mut text = beginning(one.probe);
    // Writing to a String cannot fail.
    let _ = writeln!(text, "        read: {READ}\n      - data: \"{}\"\n        type: hex", hex(&one.frames));
    let _ = writeln!(text, "    read-size: {READ}\n    matchers-condition: or\n    matchers:");
    for (bytes, name) in &one.rules {
        let name = matcher_name(name);
        let _ = writeln!(text, "      - type: binary\n        name: {name}\n        part: raw\n        binary:");
        let _ = writeln!(text, "          - \"{}\"", hex(bytes));
    }
    text
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A handshake, and who answers how.
fn block(chosen: &Chosen<'_>, is_first: bool) -> String {
    let mut text = beginning(chosen.probe);
    // Writing to a String cannot fail.
    let _ = writeln!(text, "    read-size: {READ}\n    matchers-condition: or\n    matchers:");
    if is_first {
        let accept = escape(ACCEPT.as_bytes());
        let regex = format!(r"(?i)^HTTP/1\.\d 101[^\r\n]*\r?\n(?:[^\r\n]+\r?\n)*?sec-websocket-accept: *{accept}");
        matcher(&mut text, "websocket", &[&regex]);
    }
    let mut rest = &chosen.rules[..];
    // The rules of a name stand together.
    let mut rules: Vec<(String, Vec<&Rule<'_>>)> = Vec::new();
    while let Some((rule, after)) = rest.split_first() {
        let name = matcher_name(&rule.name);
        match rules.iter_mut().find(|(known, _)| *known == name) {
            Some((_, rules)) => rules.push(rule),
            None => rules.push((name, vec![rule])),
        }
        rest = after;
    }
    for (name, rules) in &rules {
        let regexes: Vec<String> = rules.iter().map(|rule| format!("^{}", rule.regex)).collect();
        matcher(&mut text, name, &regexes.iter().map(String::as_str).collect::<Vec<_>>());
    }
    extractors(&mut text, &chosen.rules);
    text
}

/// The handshake as it is sent; the host is put in by nuclei.
fn request(probe: &Probe) -> String {
    let context = RequestContext::new(false, "{{Hostname}}", "/");
    String::from_utf8_lossy(&plain_request(probe, &context, KEY).encode()).into_owned()
}

/// Product or engine, and its versions where that says something.
fn matcher_name(name: &Name<'_>) -> String {
    let versions = name.versions.in_words().map(|words| format!("-{words}")).unwrap_or_default();
    let plain = |letter: char| if letter.is_ascii_alphanumeric() || ".-_".contains(letter) { letter } else { '-' };
    let name: String = format!("{}{versions}", name.id()).chars().map(plain).collect();
    let mut short = String::new();
    name.chars().for_each(|letter| {
        if letter != '-' || !short.ends_with('-') {
            short.push(letter);
        }
    });
    short
}

fn matcher(text: &mut String, name: &str, regexes: &[&str]) {
    let _ = writeln!(text, "      - type: regex\n        name: {name}\n        part: data\n        regex:");
    for regex in regexes {
        let _ = writeln!(text, "          - {}", single_quoted(regex));
    }
}

/// The versions that answers say themselves.
fn extractors(text: &mut String, rules: &[Rule<'_>]) {
    let said = rules.iter().filter_map(|rule| match rule.name.versions {
        Versions::Said(group) => Some((group, rule)),
        _ => None,
    });
    for (index, (group, rule)) in said.enumerate() {
        if index == 0 {
            text.push_str("    extractors:\n");
        }
        let regex = single_quoted(&format!("^{}", rule.regex));
        let _ = writeln!(
            text,
            "      - type: regex\n        name: {}-version\n        part: data\n        group: {group}\n        regex:\n          - {regex}",
            rule.name.id()
        );
    }
}

/// A YAML scalar in which nothing but the quote is special.
fn single_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A YAML scalar with escapes.
fn double_quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\r', "\\r").replace('\n', "\\n");
    format!("\"{escaped}\"")
}
