//! Where numbers of versions stand in what a server says of itself.

use std::ops::Range;

/// What has versions and is no software.
const STANDARDS: [&[u8]; 4] = [b"HTTP/", b"HTML/", b"TLS/", b"XHTML/"];

/// The places of version numbers: digits with points, behind `/` or `(`, or behind a space where that is not `strict` (pages have other
/// numbers there).
pub(super) fn versions_in(bytes: &[u8], strict: bool) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let end = at + length(&bytes[at..]);
        if end > at && begins(&bytes[..at], strict) {
            found.push(at..end);
        }
        at = end.max(at + 1);
    }
    found
}

/// Whether a number may begin behind these bytes.
fn begins(before: &[u8], strict: bool) -> bool {
    let before = before.strip_suffix(b"v").unwrap_or(before);
    let word =
        before.iter().rposition(|byte| !byte.is_ascii_alphanumeric() && !b"/-".contains(byte)).map_or(0, |at| at + 1);
    let is_standard = STANDARDS.iter().any(|name| before[word..].eq_ignore_ascii_case(name));
    !is_standard && (before.ends_with(b"/") || before.ends_with(b"(") || !strict && before.ends_with(b" "))
}

/// How long the version is with which a text begins; 0 where there is none.
fn length(bytes: &[u8]) -> usize {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"._+-".contains(byte);
    if !bytes.first().is_some_and(u8::is_ascii_digit) {
        return 0;
    }
    let all = &bytes[..bytes.iter().position(|byte| !is_part(byte)).unwrap_or(bytes.len())];
    let end = all.iter().rposition(u8::is_ascii_alphanumeric).map_or(0, |last| last + 1);
    if all[..end].contains(&b'.') { end } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, strict: bool) -> Vec<&str> {
        versions_in(text.as_bytes(), strict).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn versions_are_found_behind_what_introduces_them() {
        assert_eq!(found("Python/3.13 aiohttp/3.13.1", true), ["3.13", "3.13.1"]);
        assert_eq!(found("akka-http/10.1.15 XHTML/1.0", true), ["10.1.15"]);
        assert_eq!(found("Jetty(9.4.58.v20250814)", true), ["9.4.58.v20250814"]);
        assert_eq!(found("Mojolicious (Perl) 9.42, x/v1.2.", false), ["9.42", "1.2"]);
        assert_eq!(found("HTTP/1.1 400, 8.5 of 10, nginx", true), Vec::<&str>::new());
        assert_eq!(found("a/20 x1.2", false), Vec::<&str>::new());
    }
}
