//! From a recorded answer to a regular expression that PCRE, RE2 (Go) and the `regex` crate read alike.

use super::stand::{ACCEPT, COLON, LINE_END, STANDS, Stand, VALUE, first_in};
use super::versions::versions_in;
use crate::features::banner_text::is_banner;
use crate::observation::Reply;
use crate::wire::{Header, ResponseHead};

/// The most of a body that is matched, in bytes: nmap reads lines of a limited length.
const BODY: usize = 160;

/// What an answer looks like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Pattern {
    pieces: Vec<Piece>,
}

/// A part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    /// These bytes.
    Text(Vec<u8>),
    /// Something that is drawn anew each time.
    Stand(&'static Stand),
    /// A number of a version, which another version has otherwise; this is the recorded one.
    Version(Vec<u8>),
}

/// The group that a version number is found by.
const VERSION: &str = r"([\w.+-]+)";

impl Pattern {
    /// What the answer to a handshake looks like, up to a limit of its content; nothing where there was none.
    pub(super) fn of_reply(reply: &Reply) -> Option<Self> {
        let mut pattern = Self::default();
        match reply {
            Reply::Usual | Reply::Nothing => return None,
            Reply::Bytes(bytes) => pattern.content(bytes),
            Reply::Response { head, body } => {
                pattern.head(head);
                pattern.content(body);
            }
        }
        (!pattern.pieces.is_empty()).then_some(pattern)
    }

    /// What the value of a field looks like that names a server.
    pub(super) fn of_banner(value: &[u8]) -> Self {
        let mut pattern = Self::default();
        pattern.with_versions(value, false);
        pattern
    }

    /// The regular expression, without anchors.
    pub(super) fn regex(&self) -> String {
        self.pieces.iter().map(Piece::regex).collect()
    }

    /// One text that it matches: the recorded one, as far as it was kept.
    pub(super) fn example(&self) -> Vec<u8> {
        self.pieces.iter().flat_map(Piece::example).copied().collect()
    }

    /// Whether it is the same each time that [`super::stand::KEY`] is sent.
    pub(super) fn is_fixed(&self) -> bool {
        self.pieces.iter().all(|piece| match piece {
            Piece::Text(_) => true,
            Piece::Stand(stand) => [LINE_END.regex, COLON.regex].contains(&stand.regex) || stand.example == ACCEPT,
            Piece::Version(_) => false,
        })
    }

    fn head(&mut self, head: &ResponseHead) {
        self.text(format!("HTTP/1.{} {}", head.minor_version, head.status).as_bytes());
        if !head.reason.is_empty() {
            self.text(b" ");
            self.words(head.reason.as_bytes());
        }
        self.pieces.push(Piece::Stand(&LINE_END));
        head.headers.iter().for_each(|field| self.field(field));
        self.pieces.push(Piece::Stand(&LINE_END));
    }

    fn field(&mut self, field: &Header) {
        self.words(field.name.as_bytes());
        self.pieces.push(Piece::Stand(&COLON));
        let name = field.name.to_ascii_lowercase();
        match name.as_str() {
            // Recordings have the members of this set in alphabetical order, whatever theirs was.
            "allow" => self.pieces.push(Piece::Stand(&VALUE)),
            name if is_banner(name) => self.with_versions(&field.value, false),
            _ => self.words(&field.value),
        }
        self.pieces.push(Piece::Stand(&LINE_END));
    }

    /// What Go's expressions, which are over UTF-8, cannot say ends what is matched, as the limit does.
    fn content(&mut self, bytes: &[u8]) {
        let end = bytes.iter().position(|byte| !byte.is_ascii()).unwrap_or(bytes.len()).min(BODY);
        // A word that is cut would be taken for text.
        let cut = STANDS.iter().flat_map(|stand| (1..stand.word.len()).map(|size| &stand.word.as_bytes()[..size]));
        let longest = cut.filter(|start| end < bytes.len() && bytes[..end].ends_with(start)).map(<[u8]>::len).max();
        self.with_versions(&bytes[..end - longest.unwrap_or(0)], true);
    }

    fn with_versions(&mut self, bytes: &[u8], strict: bool) {
        let mut at = 0;
        for version in versions_in(bytes, strict) {
            self.words(&bytes[at..version.start]);
            self.pieces.push(Piece::Version(bytes[version.clone()].to_vec()));
            at = version.end;
        }
        self.words(&bytes[at..]);
    }

    /// Text in which words may stand for what is drawn anew.
    fn words(&mut self, mut bytes: &[u8]) {
        while let Some((at, stand)) = first_in(bytes) {
            self.text(&bytes[..at]);
            self.pieces.push(Piece::Stand(stand));
            bytes = &bytes[at + stand.word.len()..];
        }
        self.text(bytes);
    }

    fn text(&mut self, bytes: &[u8]) {
        match self.pieces.last_mut() {
            Some(Piece::Text(text)) => text.extend_from_slice(bytes),
            _ if bytes.is_empty() => {}
            _ => self.pieces.push(Piece::Text(bytes.to_vec())),
        }
    }
}

impl Piece {
    fn regex(&self) -> String {
        match self {
            Self::Text(bytes) => escape(bytes),
            Self::Stand(stand) => stand.regex.to_owned(),
            Self::Version(_) => VERSION.to_owned(),
        }
    }

    fn example(&self) -> &[u8] {
        match self {
            Self::Text(bytes) | Self::Version(bytes) => bytes,
            Self::Stand(stand) => stand.example.as_bytes(),
        }
    }
}

/// Bytes with an example in place of each word for what is drawn anew.
pub(super) fn filled(bytes: &[u8]) -> Vec<u8> {
    let mut pattern = Pattern::default();
    pattern.words(bytes);
    pattern.example()
}

/// Bytes as a regular expression. The line is a number: it delimits expressions in nmap's files.
pub(super) fn escape(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for byte in bytes {
        match byte {
            b'\r' => text.push_str("\\r"),
            b'\n' => text.push_str("\\n"),
            b'\t' => text.push_str("\\t"),
            b'\\' | b'.' | b'+' | b'*' | b'?' | b'(' | b')' | b'[' | b']' | b'{' | b'}' | b'^' | b'$' => {
                text.push('\\');
                text.push(char::from(*byte));
            }
            b'|' => text.push_str("\\x7c"),
            b' '..=b'~' => text.push(char::from(*byte)),
            _ => text.push_str(&format!("\\x{byte:02x}")),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use regex::bytes::Regex;

    use super::*;
    use crate::observation::Observation;

    fn pattern(line: &str) -> Pattern {
        Pattern::of_reply(&line.parse::<Observation>().unwrap().reply).unwrap()
    }

    #[test]
    fn an_answer_is_matched_by_its_expression_whatever_is_drawn_anew() {
        let pattern = pattern(
            r#"HTTP/1.1 400 Bad Request {Date: <date>, Server: x/1.2.3, Allow: "GET, PUT", Set-Cookie: a=<cookie>} body "no | <accept>\r\n" | fin"#,
        );
        let regex = Regex::new(&format!("(?-u)^{}", pattern.regex())).unwrap();
        assert!(regex.is_match(&pattern.example()));
        let other = b"HTTP/1.1 400 Bad Request \r\nDate:Mon\nServer: x/9\r\nAllow: PUT\r\nSet-Cookie: a=b\r\n\r\nno | s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";
        assert_eq!(regex.captures(other).and_then(|found| found.get(1)).map(|group| group.as_bytes()), Some(&b"9"[..]));
        assert!(!regex.is_match(&other.to_ascii_lowercase()));
    }

    #[test]
    fn a_word_that_the_limit_cuts_is_left_out() {
        let line = format!(r#"HTTP/1.1 400 {{}} body "{}<date> and more" | fin"#, "x".repeat(BODY - 4));
        assert!(pattern(&line).regex().ends_with("x"), "{}", pattern(&line).regex());
    }

    #[test]
    fn what_has_no_answer_has_no_pattern() {
        assert_eq!(Pattern::of_reply(&Reply::Nothing), None);
    }
}
