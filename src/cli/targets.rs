//! Targets from the command line and from files.

use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;

use super::args::Args;
use super::error::PlanError;
use super::hint;
use super::list::{Limits, Lines, shown};
use crate::target::{Scheme, Target};

/// How much of a list is read.
const LIMITS: Limits = Limits { line: 1 << 20, whole: 64 << 20 };

/// The most targets of a run.
const MOST: usize = 1_000_000;

/// The most lines that are told of one by one.
const MOST_TOLD: usize = 10;

/// The most letters of a text that an error shows.
const MOST_SHOWN: usize = 100;

/// Ends of file names that are no top-level domains.
const FILE_ENDS: [&str; 11] = ["txt", "csv", "tsv", "json", "jsonl", "lst", "list", "log", "xml", "yaml", "yml"];

/// Where to look.
#[derive(Default)]
pub(super) struct Targets {
    /// Each once, in the order of positional ones, `-u` and `-f`.
    pub(super) all: Vec<Target>,
    /// What is said of lines that are left out, the first of them.
    pub(super) skipped: Vec<String>,
    /// How many lines are left out.
    pub(super) skipped_lines: usize,
    seen: HashSet<Target>,
}

/// Reads all targets.
pub(super) fn collect(args: &Args) -> Result<Targets, PlanError> {
    let scheme = if args.no_encryption { Scheme::Ws } else { Scheme::Wss };
    let mut targets = Targets::default();
    for text in args.targets.iter().chain(&args.url) {
        targets.add(parse(text, scheme).map_err(PlanError::Target)?)?;
    }
    for path in &args.file {
        targets.read(path, scheme)?;
    }
    if targets.skipped_lines > 0 && !args.skip_invalid {
        return Err(PlanError::Lines { told: targets.skipped, lines: targets.skipped_lines });
    }
    if targets.all.is_empty() {
        return Err(PlanError::NoTarget);
    }
    targets.seen = HashSet::new();
    Ok(targets)
}

impl Targets {
    fn add(&mut self, target: Target) -> Result<(), PlanError> {
        if self.seen.insert(target.clone()) {
            self.all.push(target);
        }
        if self.all.len() > MOST { Err(PlanError::ManyTargets(MOST)) } else { Ok(()) }
    }

    fn read(&mut self, path: &Path, scheme: Scheme) -> Result<(), PlanError> {
        let name = shown(path);
        let mut is_empty = true;
        for line in Lines::open(path, LIMITS)? {
            let line = line?;
            let text = without_comment(&line.text);
            if text.is_empty() {
                continue;
            }
            is_empty = false;
            match parse(text, scheme) {
                Ok(target) => self.add(target)?,
                Err(why) => self.skip(format!("{name}, line {}: {why}", line.number)),
            }
        }
        if is_empty { Err(PlanError::EmptyFile(name)) } else { Ok(()) }
    }

    fn skip(&mut self, why: String) {
        self.skipped_lines += 1;
        if self.skipped.len() < MOST_TOLD {
            self.skipped.push(why);
        }
    }
}

/// A # starts a comment only where no URL can have it: at the start or after a space or tab.
fn without_comment(line: &str) -> &str {
    let mut before = ' ';
    let comment = line.char_indices().find(|(_, letter)| {
        let starts = *letter == '#' && before.is_whitespace();
        before = *letter;
        starts
    });
    line[..comment.map_or(line.len(), |(at, _)| at)].trim()
}

/// The target that a text names, or why it names none and what to do.
fn parse(text: &str, scheme: Scheme) -> Result<Target, String> {
    let text = text.trim();
    if let Some(why) = is_something_else(text) {
        return Err(format!("`{}` {why}", shortened(text)));
    }
    Target::parse(text, scheme).map_err(|error| hint::target(&error))
}

/// The text as an error shows it: escaped, and no more of it than tells which it is.
fn shortened(text: &str) -> String {
    let start: String = text.chars().take(MOST_SHOWN).collect();
    let end = if start.len() < text.len() { "…" } else { "" };
    format!("{}{end}", start.escape_debug())
}

/// What a text is that would pass for a host or a host and a path, and what to do.
fn is_something_else(text: &str) -> Option<&'static str> {
    let bare = text.split_once("://").map_or(text, |(_, rest)| rest);
    let host = bare.split(['/', '?', ':']).next().unwrap_or_default();
    let has_scheme = bare.len() < text.len();
    if !has_scheme && is_network(text) {
        return Some(
            "is a network, and nothing here expands networks; list its addresses (or give a scheme, if that is a path)",
        );
    }
    if is_range(host) {
        return Some("is a range of addresses, and nothing here expands ranges; list the addresses");
    }
    if !host.is_empty() && host.chars().all(|letter| "-_.".contains(letter)) {
        return Some("has no host; write host[:port][/path][?query] or a ws:// or wss:// URL");
    }
    if !has_scheme
        && ["ws", "wss", "http", "https"]
            .iter()
            .any(|scheme| text.trim_end_matches(['/', ':']).eq_ignore_ascii_case(scheme))
    {
        return Some("is a scheme without a host; write host[:port][/path][?query] or a ws:// or wss:// URL");
    }
    let end = host.rsplit_once('.').map(|(_, end)| end);
    if host == text && end.is_some_and(|end| FILE_ENDS.iter().any(|known| end.eq_ignore_ascii_case(known))) {
        return Some("looks like a file; -f reads targets from one");
    }
    None
}

/// `127.0.0.0/24`, `[fd00::]/8`, `10.0.0.0/255.0.0.0`.
fn is_network(text: &str) -> bool {
    let Some((address, mask)) = text.split_once('/') else { return false };
    let address = address.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    let bits = address.as_ref().map_or(0, |address| if address.is_ipv4() { 32 } else { 128 });
    let is_length = mask.parse::<u8>().is_ok_and(|length| length <= bits);
    address.is_ok() && (is_length || mask.parse::<Ipv4Addr>().is_ok())
}

/// `127.0.0.1-5`, `127.0.0.1-127.0.0.5`: no top-level domain is a number.
fn is_range(host: &str) -> bool {
    let is_number = |letter: char| letter.is_ascii_digit() || ".-".contains(letter);
    host.chars().all(is_number)
        && host.contains('-')
        && host.contains('.')
        && host.contains(|letter: char| letter.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn comments_begin_where_no_url_has_a_hash() {
        for (line, text) in [
            ("h # x", "h"),
            ("h\t# x", "h"),
            ("h#x", "h#x"),
            ("h#x #y", "h#x"),
            (" \t# x", ""),
            ("#", ""),
            ("h\u{a0}#\u{fffd}", "h"),
            (" h ", "h"),
        ] {
            assert_eq!(without_comment(line), text, "{line:?}");
        }
    }

    #[test]
    fn what_only_looks_like_a_target_is_refused() {
        for (text, part) in [
            ("127.0.0.0/24", "is a network"),
            ("127.0.0.1/32", "is a network"),
            ("10.0.0.0/255.0.0.0", "is a network"),
            ("[fd00::]/8", "is a network"),
            ("fe80::/10", "is a network"),
            ("127.0.0.1-5", "is a range"),
            ("ws://127.0.0.1-127.0.0.5:80/", "is a range"),
            ("-", "has no host"),
            ("ws://-.-/", "has no host"),
            ("http", "is a scheme"),
            ("WSS:", "is a scheme"),
            ("targets.TXT", "-f reads targets"),
        ] {
            let why = parse(text, Scheme::Ws).expect_err(text);
            assert!(why.contains(part) && why.starts_with(&format!("`{text}` ")), "{text}: {why}");
        }
        for text in [
            "127.0.0.1/33",
            "127.0.0.1/24/x",
            "ws://127.0.0.0/24",
            "127.0.0.1:80/24",
            "r3---sn-5.example",
            "ws:80",
            "ws://http/",
            "https.example",
            "a.txt:80",
            "a.txt/",
            "1-2",
        ] {
            assert!(parse(text, Scheme::Ws).is_ok(), "{text}: {:?}", parse(text, Scheme::Ws));
        }
    }

    #[test]
    fn an_error_shows_no_more_of_a_text_than_tells_which_it_is() {
        let why = parse(&"1.-".repeat(100_000), Scheme::Ws).unwrap_err();
        assert!(why.len() < 300 && why.contains("…` is a range"), "{why}");
    }

    proptest! {
        #[test]
        fn any_line_is_a_target_or_told_on_one_line(line in any::<String>(), likely in "[a-z0-9./:#\\[\\] \\t-]{0,20}") {
            for text in [without_comment(&line), without_comment(&likely)] {
                if let Err(why) = parse(text, Scheme::Ws) {
                    prop_assert!(!why.contains(char::is_control), "{:?}", why);
                }
            }
        }
    }
}
