//! Bytes as text that a terminal can show and a file can keep: one reversible notation for all.

/// Writes `bytes` so that only printable ASCII comes out.
///
/// `"` and `\` are escaped, line ends and tabs have their usual letters, everything else outside
/// printable ASCII is `\xNN`. [`unescape`] is its inverse.
///
/// ```
/// use stews::wire::escape::{escape, unescape};
///
/// assert_eq!(escape(b"a \"b\"\r\n\x1b"), r#"a \"b\"\r\n\x1b"#);
/// assert_eq!(unescape(r"\x1b").as_deref(), Some(&b"\x1b"[..]));
/// ```
#[must_use]
pub fn escape(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for &byte in bytes {
        match byte {
            b'"' => text.push_str("\\\""),
            b'\\' => text.push_str("\\\\"),
            b'\r' => text.push_str("\\r"),
            b'\n' => text.push_str("\\n"),
            b'\t' => text.push_str("\\t"),
            0x20..=0x7e => text.push(char::from(byte)),
            _ => text.push_str(&format!("\\x{byte:02x}")),
        }
    }
    text
}

/// Text for a person: printable characters of any script stay, quotes and backslashes too; the rest is escaped.
///
/// Control characters, terminal escapes and invisible or direction-changing characters never pass.
#[must_use]
pub fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '"' | '\'' | '\\' => shown.push(letter),
            _ => shown.extend(letter.escape_debug()),
        }
    }
    shown
}

/// Bytes from a network as [`printable`] text.
#[must_use]
pub fn for_terminal(bytes: &[u8]) -> String {
    printable(&String::from_utf8_lossy(bytes))
}

/// The text as it is where it has at most so many characters; otherwise its beginning, and `…`. It is never cut within an escape of
/// [`escape`] or [`printable`].
///
/// ```
/// use stews::wire::escape::shorten;
///
/// assert_eq!(shorten("short", 5), "short");
/// assert_eq!(shorten(r"a\x1b[31m", 4), "a…");
/// ```
#[must_use]
pub fn shorten(text: &str, most: usize) -> String {
    let Some((limit, _)) = text.char_indices().nth(most) else { return text.to_owned() };
    let mut end = 0;
    loop {
        let next = end + first_unit(&text[end..]);
        if next > limit {
            return format!("{}…", &text[..end]);
        }
        end = next;
    }
}

/// The bytes of the first character of a text, or of the escape that it begins with.
fn first_unit(text: &str) -> usize {
    let mut letters = text.chars();
    let first = letters.next().map_or(1, char::len_utf8);
    let bytes = text.as_bytes();
    match letters.next().filter(|_| bytes.first() == Some(&b'\\')) {
        Some('x') if bytes.get(2..4).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) => 4,
        Some('u') if bytes.get(2) == Some(&b'{') => {
            // A code point has up to six digits.
            bytes.iter().take(10).position(|byte| *byte == b'}').map_or(2, |at| at + 1)
        }
        Some(second) => first + second.len_utf8(),
        None => first,
    }
}

/// Reads what [`escape`] wrote; `None` if it is not of that form.
#[must_use]
pub fn unescape(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        bytes.push(match rest.next()? {
            b'"' => b'"',
            b'\\' => b'\\',
            b'r' => b'\r',
            b'n' => b'\n',
            b't' => b'\t',
            b'x' => hex_digit(rest.next()?)? << 4 | hex_digit(rest.next()?)?,
            _ => return None,
        });
    }
    Some(bytes)
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn escape_and_back(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let text = escape(&bytes);
            prop_assert!(text.bytes().all(|byte| (0x20..=0x7e).contains(&byte)));
            prop_assert_eq!(unescape(&text), Some(bytes));
        }

        #[test]
        fn a_shortened_text_is_short_and_still_one(bytes in proptest::collection::vec(any::<u8>(), 0..80), most in 0usize..90) {
            for text in [escape(&bytes), for_terminal(&bytes)] {
                let short = shorten(&text, most);
                prop_assert!(short.chars().count() <= most + 1);
                prop_assert!(short == text || text.starts_with(short.trim_end_matches('…')));
            }
            prop_assert!(unescape(shorten(&escape(&bytes), most).trim_end_matches('…')).is_some());
        }

        #[test]
        fn no_control_character_reaches_a_terminal(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(!for_terminal(&bytes).chars().any(char::is_control));
        }
    }

    #[test]
    fn a_text_is_cut_between_escapes() {
        let cuts = |text: &str| (0..=text.chars().count()).map(|most| shorten(text, most)).collect::<Vec<_>>();
        assert_eq!(cuts(r"a\x1bb"), ["…", "a…", "a…", "a…", "a…", r"a\x1b…", r"a\x1bb"]);
        assert_eq!(cuts(r#"\"\\"#), ["…", "…", r#"\"…"#, r#"\"…"#, r#"\"\\"#]);
        assert_eq!(shorten("\\u{202e}x", 7), "…");
        assert_eq!(shorten("\\u{202e}x", 8), "\\u{202e}…");
        assert_eq!(shorten("üöä", 2), "üö…");
        assert_eq!(shorten("\\ü\\", 1), "…");
    }

    #[test]
    fn quotes_and_letters_of_any_script_stay() {
        assert_eq!(printable("\"a\\b\" ü\u{1b}[31m\u{202e}\r\n"), "\"a\\b\" ü\\u{1b}[31m\\u{202e}\\r\\n");
    }

    #[test]
    fn a_terminal_escape_is_shown_not_sent() {
        assert_eq!(for_terminal(b"\x1b[31mred\x07 \xc3\xa9"), "\\u{1b}[31mred\\u{7} \u{e9}");
    }
}
