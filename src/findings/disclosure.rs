//! What a server tells of itself that nobody needs to know.

use std::collections::BTreeSet;

use bstr::ByteSlice as _;

use super::evidence::{Evidence, Seen};
use crate::observation::{Event, Observation, Reply};
use crate::probe::ProbeId;
use crate::wire::Header;
use crate::wire::escape::escape;

/// Fields in which servers name themselves.
const BANNERS: [&str; 6] =
    ["Server", "X-Powered-By", "X-AspNet-Version", "X-AspNetMvc-Version", "X-Generator", "uWebSockets"];

/// What stands in stack traces and names of exceptions of usual languages and hardly anywhere else.
const TRACES: [&str; 11] = [
    "Traceback (most recent call last)",
    "\n\tat ",
    "\n    at ",
    "\n   at ",
    "goroutine 1 [",
    "stack backtrace:",
    ".rb:",
    "java.lang.",
    "org.eclipse.jetty.http.",
    "node:internal/",
    "Stack trace:",
];

/// How absolute paths of files of a server begin, where they stand in an answer as no path of a URL does.
const PATHS: [&str; 9] =
    ["/usr/lib", "/usr/local/", "/usr/share/", "/home/", "/var/www/", "/var/lib/", "/opt/", "/root/", "C:\\"];

/// The most of what is quoted before and behind what was found, in bytes.
const AROUND: usize = 60;

/// The most answers that are told for one thing: the others say the same.
const MOST: usize = 3;

/// Each field that names a version, told once.
pub(super) fn versions(seen: &Seen<'_>) -> Vec<Evidence> {
    let (mut told, mut evidence) = (BTreeSet::new(), Vec::new());
    for (id, observation) in seen.observations {
        let Reply::Response { head, .. } = &observation.reply else { continue };
        for field in head.headers.iter().filter(|field| names_version(field)) {
            if told.insert((field.name.to_ascii_lowercase(), field.value.clone())) {
                evidence.push(Evidence::new(*id, &escape(&[field.name.as_bytes(), b": ", &field.value].concat())));
            }
        }
    }
    evidence.truncate(MOST);
    evidence
}

/// Whether a field says of which version a server is: `nginx/1.2`, `Jetty(9.4)`, `20`. A number that goes on in letters is some other name.
fn names_version(field: &Header) -> bool {
    let is_version = |word: &[u8]| {
        let digits = word.iter().take_while(|byte| byte.is_ascii_digit()).count();
        digits > 0 && word.get(digits).is_none_or(|byte| b".,;)".contains(byte))
    };
    BANNERS.iter().any(|name| field.is(name)) && field.value.split(|byte| b" /(".contains(byte)).any(is_version)
}

/// The pages and texts that show where in the code something failed.
pub(super) fn stack_traces(seen: &Seen<'_>) -> Vec<Evidence> {
    texts_with(seen, &TRACES, |_| true)
}

/// The pages and texts that show where files are.
pub(super) fn paths(seen: &Seen<'_>) -> Vec<Evidence> {
    texts_with(seen, &PATHS, begins_path)
}

/// Whether a slash behind this begins the path of a file: within a name or a link it is one of a URL. Python quotes its files.
fn begins_path(before: &[u8]) -> bool {
    let is_of_url = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.~%>/\"'=(".contains(byte);
    before.ends_with(b"File \"") || !before.last().is_some_and(is_of_url) || before.ends_with(b"<pre>")
}

/// The answers whose text holds one of some words, each where what stands `before` it is right.
fn texts_with(seen: &Seen<'_>, words: &[&str], is_right: impl Fn(&[u8]) -> bool) -> Vec<Evidence> {
    let quote = |(id, observation): (&ProbeId, &Observation)| {
        let texts = texts(observation);
        let (text, at) = texts.iter().find_map(|text| Some((*text, find(text, words, &is_right)?)))?;
        let around = &text[at.saturating_sub(AROUND)..text.len().min(at + AROUND)];
        Some(Evidence::new(*id, &escape(around)))
    };
    seen.observations.iter().filter_map(quote).take(MOST).collect()
}

/// Where one of some words is first found.
fn find(text: &[u8], words: &[&str], is_right: impl Fn(&[u8]) -> bool) -> Option<usize> {
    words.iter().find_map(|word| text.find_iter(word).find(|at| is_right(&text[..*at])))
}

/// What a server wrote in its own words: pages, reasons, and the reasons of its Closes.
fn texts(observation: &Observation) -> Vec<&[u8]> {
    let mut texts: Vec<&[u8]> = match &observation.reply {
        Reply::Response { head, body } => vec![head.reason.as_bytes(), body],
        Reply::Bytes(bytes) => vec![bytes],
        Reply::Usual | Reply::Nothing => Vec::new(),
    };
    texts.extend(observation.events.iter().filter_map(|event| match event {
        Event::Close(close) => Some(close.reason.as_slice()),
        _ => None,
    }));
    texts
}
