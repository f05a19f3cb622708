//! Targets from the command line and from lists: looked through before anything is sent, where they can be read twice.

use std::fs::metadata;
use std::io::{IsTerminal as _, stdin};
use std::path::{Path, PathBuf};

use super::args::Args;
use super::error::PlanError;
use super::hint;
use super::list::{Limits, Lines, shown};
use crate::fleet::{Expansion, Spec, SpecError};
use crate::target::shown::shown_in_error;

/// How much of a line of a list is read.
pub(super) const LIMITS: Limits = Limits { line: 1 << 20, whole: usize::MAX };

/// The most lines that are told of one by one.
pub(super) const MOST_TOLD: u64 = 10;

/// Ends of file names that are no top-level domains.
const FILE_ENDS: [&str; 11] = ["txt", "csv", "tsv", "json", "jsonl", "lst", "list", "log", "xml", "yaml", "yml"];

/// Where targets come from, looked through as far as that can be done twice.
pub(super) struct Sources {
    /// Those of the command line.
    pub(super) texts: Vec<Spec>,
    /// Lists.
    pub(super) lists: Vec<List>,
    /// How many targets there are, each named twice counted twice; none where that is seen only at the end.
    pub(super) count: Option<u64>,
    /// Whether any of them may be asked over TLS.
    pub(super) may_be_secure: bool,
    /// Whether they are more than what was typed one by one.
    pub(super) is_list: bool,
    /// What is said of lines that are left out, the first of them.
    pub(super) skipped: Vec<String>,
    /// How many lines are left out.
    pub(super) skipped_lines: u64,
}

/// A list of targets.
pub(super) struct List {
    pub(super) path: PathBuf,
    /// Whether it is a file that was looked through already.
    pub(super) is_checked: bool,
    /// Whether it is standard input that nobody named.
    pub(super) is_tacit: bool,
}

/// Looks through all that can be read twice.
pub(super) fn look_through(args: &Args, expansion: &Expansion) -> Result<Sources, PlanError> {
    let mut sources = Sources {
        texts: Vec::new(),
        lists: lists(args)?,
        count: Some(0),
        may_be_secure: false,
        is_list: false,
        skipped: Vec::new(),
        skipped_lines: 0,
    };
    for text in args.listed.targets.iter().chain(&args.listed.url) {
        let spec = parse(text, expansion).map_err(PlanError::Target)?;
        sources.note(&spec, expansion);
        sources.texts.push(spec);
    }
    sources.is_list = !sources.lists.is_empty() || sources.count != Some(sources.texts.len() as u64);
    for place in 0..sources.lists.len() {
        if sources.lists[place].is_checked {
            let path = sources.lists[place].path.clone();
            sources.check(&path, expansion)?;
        } else {
            sources.count = None;
            sources.may_be_secure |= !args.listed.no_encryption;
        }
    }
    if sources.skipped_lines > 0 && !args.listed.skip_invalid {
        return Err(PlanError::Lines { told: sources.skipped, lines: sources.skipped_lines });
    }
    if sources.count == Some(0) { Err(PlanError::NoTarget) } else { Ok(sources) }
}

/// The lists that are named, or standard input where nothing is and somebody may have put a list there.
fn lists(args: &Args) -> Result<Vec<List>, PlanError> {
    let named = args.listed.file.iter().map(|path| List {
        path: path.clone(),
        // What is no file, a pipe or a device, may say something else the second time, or nothing.
        is_checked: path.as_os_str() != "-" && metadata(path).map_or(true, |found| found.is_file() || found.is_dir()),
        is_tacit: false,
    });
    let named: Vec<List> = named.collect();
    if !(named.is_empty() && args.listed.targets.is_empty() && args.listed.url.is_empty()) {
        return Ok(named);
    }
    let is_read_otherwise = args.how.header.iter().chain(&args.how.cookie).any(|text| text == "@-");
    if is_read_otherwise || stdin().is_terminal() {
        return Err(PlanError::NoTarget);
    }
    Ok(vec![List { path: "-".into(), is_checked: false, is_tacit: true }])
}

impl Sources {
    /// Takes note of what a text asks for.
    fn note(&mut self, spec: &Spec, expansion: &Expansion) {
        self.count = self.count.map(|count| count.saturating_add(spec.count(expansion)));
        self.may_be_secure |= spec.may_be_secure();
    }

    fn check(&mut self, path: &Path, expansion: &Expansion) -> Result<(), PlanError> {
        let mut is_empty = true;
        for line in Lines::open(path, LIMITS)? {
            let line = line?;
            let text = without_comment(&line.text);
            if text.is_empty() {
                continue;
            }
            is_empty = false;
            match parse(text, expansion) {
                Ok(spec) => self.note(&spec, expansion),
                Err(why) => self.skip(|| in_line(path, line.number, &why)),
            }
        }
        if is_empty { Err(PlanError::EmptyFile(shown(path))) } else { Ok(()) }
    }

    fn skip(&mut self, why: impl Fn() -> String) {
        self.skipped_lines += 1;
        if self.skipped_lines <= MOST_TOLD {
            self.skipped.push(why());
        }
    }
}

/// What is wrong with a line of a file.
pub(super) fn in_line(path: &Path, number: usize, why: &str) -> String {
    format!("{}, line {number}: {why}", shown(path))
}

/// A # starts a comment only where no URL can have it: at the start or after a space or tab.
pub(super) fn without_comment(line: &str) -> &str {
    let mut before = ' ';
    let comment = line.char_indices().find(|(_, letter)| {
        let starts = *letter == '#' && before.is_whitespace();
        before = *letter;
        starts
    });
    line[..comment.map_or(line.len(), |(at, _)| at)].trim()
}

/// What a text asks for, or why it asks for nothing and what to do.
pub(super) fn parse(text: &str, expansion: &Expansion) -> Result<Spec, String> {
    let text = text.trim();
    if let Some(why) = is_something_else(text) {
        return Err(format!("`{}` {why}", shown_in_error(text)));
    }
    Spec::parse(text, expansion).map_err(|error| match error {
        SpecError::Target(error) => hint::target(&error),
        other => other.to_string(),
    })
}

/// What a text is that would pass for a host or a host and a path, and what to do.
fn is_something_else(text: &str) -> Option<&'static str> {
    let bare = text.split_once("://").map_or(text, |(_, rest)| rest);
    let host = bare.split(['/', '?', ':']).next().unwrap_or_default();
    let has_scheme = bare.len() < text.len();
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plain() -> Expansion {
        Expansion { scheme: Some(crate::target::Scheme::Ws), ..Expansion::default() }
    }

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
            ("127.0.0.5-1", "is no range of addresses; write 192.0.2.1-20"),
            ("ws://1.2-3:80/", "is no range of addresses"),
            ("-", "has no host"),
            ("ws://-.-/", "has no host"),
            ("http", "is a scheme"),
            ("WSS:", "is a scheme"),
            ("targets.TXT", "-f reads targets"),
        ] {
            let why = parse(text, &plain()).expect_err(text);
            assert!(why.contains(part) && why.starts_with(&format!("`{text}` ")), "{text}: {why}");
        }
        for text in [
            "127.0.0.0/24",
            "fe80::/10",
            "127.0.0.1-5",
            "ws://127.0.0.1-127.0.0.5:80/",
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
            assert!(parse(text, &plain()).is_ok(), "{text}: {:?}", parse(text, &plain()));
        }
    }

    #[test]
    fn an_error_shows_no_more_of_a_text_than_tells_which_it_is() {
        let why = parse(&"1.-".repeat(100_000), &plain()).unwrap_err();
        assert!(why.len() < 300 && why.contains("…` is no range"), "{why}");
    }

    proptest! {
        #[test]
        fn any_line_is_a_target_or_told_on_one_line(line in any::<String>(), likely in "[a-z0-9./:#\\[\\] \\t-]{0,20}") {
            for text in [without_comment(&line), without_comment(&likely)] {
                if let Err(why) = parse(text, &plain()) {
                    prop_assert!(!why.contains(char::is_control), "{:?}", why);
                }
            }
        }
    }
}
