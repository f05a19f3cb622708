//! Service probes in the form of `nmap-service-probes`.

use std::fmt::Write as _;

use super::choice::{Chosen, chosen};
use super::client_hello::client_hello;
use super::naming::{Name, Versions};
use super::pattern::escape;
use super::rules::Rule;
use super::stand::{ACCEPT, KEY};
use crate::database::Database;
use crate::probe::{Probe, RequestContext, plain_request};

/// Where WebSockets are spoken without TLS. Other ports are tried as well, by the rarity of the probes.
const PORTS: &str = "80,81,1880,3000-3003,4000,5000-5001,6001,7000-7001,7860,8000-8100,8123,8484,8545-8546,8765,8787,8880-8888,9000-9002,9090,9222,18789";

/// Where they are spoken over TLS.
const TLS_PORTS: &str = "443,832,981,1311,2083,2087,2096,4443,5443,6443,7443,8008,8443,8843,9443,10443";

/// The longest line that is written: nmap reads no longer ones.
const LINE: usize = 2000;

/// How long an answer is waited for, in milliseconds: a WebSocket stays open and says no more.
const WAIT: u32 = 2500;

/// The host that is asked for. A probe of nmap cannot know where it is sent, and those that come with it say this as well.
const HOST: &str = "nm";

/// All probes with their lines, for `nmap -sV --versiondb`.
#[must_use]
pub fn nmap(database: &Database) -> String {
    let chosen = chosen(database);
    let mut text = head(database, &chosen);
    for (index, chosen) in chosen.iter().enumerate() {
        text.push_str(&probe(index + 1, chosen));
    }
    text + &tls()
}

fn head(database: &Database, chosen: &[Chosen<'_>]) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let lines: usize = chosen.iter().map(|chosen| chosen.rules.len()).sum();
    format!(
        "# Service probes for WebSocket servers, by stews {version} from its recordings (set of probes {}).\n\
         # To be used in place of nmap's own: nmap -sV --versiondb FILE -p PORTS HOST\n\
         # {} legal handshakes, {lines} lines. A line names what everything recorded that gives the answer agrees on; versions are\n\
         # recorded ones, and others may answer alike.\n\n",
        database.probe_set,
        chosen.len(),
    )
}

/// One probe with its lines.
fn probe(number: usize, chosen: &Chosen<'_>) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(text, "# {}; it tells {:.2} bits", chosen.probe.summary.trim_end_matches('.'), chosen.bits);
    let _ = writeln!(text, "Probe TCP Stews{} q|{}|", chosen.probe.id, request(chosen.probe));
    let _ = writeln!(text, "rarity {}", number.min(7));
    let _ = writeln!(text, "ports {PORTS}\nsslports {TLS_PORTS}\ntotalwaitms {WAIT}");
    for rule in &chosen.rules {
        let line = line(rule);
        if line.len() <= LINE {
            text.push_str(&line);
        }
    }
    // A 101 that is right, whoever gives it, and the alert of a server that speaks TLS.
    let accept = escape(ACCEPT.as_bytes());
    let _ = writeln!(
        text,
        r"softmatch websocket m|^HTTP/1\.\d 101[^\r\n]*\r?\n(?:[^\r\n]+\r?\n)*?sec-websocket-accept: *{accept}|i"
    );
    let _ = writeln!(text, "{ALERT}\n");
    text
}

/// A TLS alert in answer to what is no TLS, or to versions that are not wanted.
const ALERT: &str = r"match ssl m|^\x15\x03[\x00-\x04]\x00\x02[\x01\x02]|s p/TLS/ i/alert/";

/// What finds out that TLS is spoken, so that the others are sent over it.
fn tls() -> String {
    let hello: String = client_hello().iter().map(|byte| format!("\\x{byte:02x}")).collect();
    format!(
        "# The beginning of TLS: where it is answered, all of the above are sent over it\n\
         Probe TCP StewsTLS q|{hello}|\nrarity 1\nports {TLS_PORTS}\ntotalwaitms {WAIT}\n\
         match ssl m|^\\x16\\x03[\\x00-\\x04]..\\x02|s\n{ALERT}\n"
    )
}

/// A handshake in the form of a probe string.
fn request(probe: &Probe) -> String {
    let context = RequestContext::new(false, HOST, "/");
    let bytes = plain_request(probe, &context, KEY).encode();
    let mut text = String::new();
    for byte in bytes {
        match byte {
            b'\r' => text.push_str("\\r"),
            b'\n' => text.push_str("\\n"),
            b'\\' => text.push_str("\\\\"),
            b' '..=b'~' if byte != b'|' => text.push(char::from(byte)),
            _ => text.push_str(&format!("\\x{byte:02x}")),
        }
    }
    text
}

fn line(rule: &Rule<'_>) -> String {
    let name = &rule.name;
    let mut text = format!("match websocket m|^{}|", rule.regex);
    let mut field = |letter: &str, value: &str| {
        let mark = mark(value);
        let _ = write!(text, " {letter}{mark}{value}{mark}");
    };
    field("p", &name.title());
    match &name.versions {
        Versions::Said(group) => field("v", &format!("${group}")),
        versions => versions.in_words().iter().for_each(|words| field("v", words)),
    }
    field("i", &name.info());
    if let Some(cpe) = cpe(name) {
        let _ = write!(text, " {cpe}");
    }
    text + "\n"
}

/// A delimiter that a value does not have.
fn mark(value: &str) -> char {
    ['/', '%', '=', '@', ','].into_iter().find(|mark| !value.contains(*mark)).unwrap_or('/')
}

/// The CPE name, with the version where there is one.
fn cpe(name: &Name<'_>) -> Option<String> {
    let (vendor, product) = name.cpe()?;
    let version = match &name.versions {
        Versions::Said(group) => format!(":${group}"),
        _ => String::new(),
    };
    Some(format!("cpe:/a:{vendor}:{product}{version}/"))
}
