//! What others say, quoted as far as a report has room for it.

use crate::wire::escape::{self, escape, for_terminal, printable};

/// The most of an observation that evidence quotes, in characters.
const LINE: usize = 70;

/// The most of a text that is quoted, in characters.
const TEXT: usize = 48;

/// The most of a URL, in characters.
const URL: usize = 300;

/// The most of each half of a message, in characters.
const HALF: usize = 240;

/// The most of a text in JSON, in characters.
const VALUE: usize = 4096;

/// Text for programs; what is cut ends with `…`.
pub(super) fn value(text: &str) -> String {
    escape::shorten(text, VALUE)
}

/// Bytes from a network as a quotation.
pub(super) fn quoted(bytes: &[u8]) -> String {
    let text = if std::str::from_utf8(bytes).is_ok() { for_terminal(bytes) } else { escape(bytes) };
    escape::shorten(&text, TEXT)
}

/// Text of any origin as a URL that a terminal can show.
pub(super) fn quoted_url(text: &str) -> String {
    escape::shorten(&printable(text), URL)
}

/// A line of the notation, cut to what a line of a report has room for.
pub(super) fn shorten(line: &str) -> String {
    escape::shorten(line, LINE)
}

/// A message that quotes what others said and may say behind it what to do about that: both are kept as far as there is room.
pub(super) fn message(text: &str) -> String {
    match text.rsplit_once("; ").filter(|_| text.chars().count() > 2 * HALF) {
        Some((quoting, advice)) => {
            format!("{}; {}", escape::shorten(quoting, HALF), escape::shorten(advice, HALF))
        }
        None => escape::shorten(text, 2 * HALF),
    }
}

/// A report cut behind a line where it is longer than that, and what is said of the rest.
pub(super) fn report(text: String, most: usize, rest: &str) -> String {
    if text.len() <= most {
        return text;
    }
    let whole = text.as_bytes()[..most].iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    format!("{}{rest}\n", &text[..whole])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_keeps_what_stands_behind_a_long_quotation() {
        assert_eq!(message("short; and so on"), "short; and so on");
        let long = message(&format!("it said {}; use -k", "x".repeat(9000)));
        assert!(long.len() < 300 && long.starts_with("it said xxx") && long.ends_with("x…; use -k"), "{long}");
        assert!(message(&"x".repeat(9000)).len() < 500);
    }

    #[test]
    fn a_report_is_cut_between_lines() {
        assert_eq!(report("a\nb\n".to_owned(), 4, "more"), "a\nb\n");
        assert_eq!(report("a\nbc\nd\n".to_owned(), 6, "more"), "a\nbc\nmore\n");
        assert_eq!(report("ü".repeat(9), 5, "more"), "more\n");
    }

    #[test]
    fn what_is_quoted_is_never_cut_within_an_escape() {
        assert_eq!(quoted(&[0xff; 48]), format!("{}…", "\\xff".repeat(12)));
        assert_eq!(quoted("\u{1b}".repeat(48).as_bytes()), format!("{}…", "\\u{1b}".repeat(8)));
    }
}
