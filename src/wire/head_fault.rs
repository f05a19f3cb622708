//! What is wrong with a response head that is meant to be HTTP/1 (RFC 9112 sections 4 and 5) and breaks a rule of it.

use super::handshake::ResponseHead;

/// A rule that a response head breaks, or a limit that it passes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeadFault {
    /// It has more than [`ResponseHead::MAX_HEADERS`] fields.
    TooManyFields,
    /// It does not end within so many bytes.
    TooLong(usize),
    /// Its first line names another version than HTTP/1.0 or HTTP/1.1, or is no status line; the line.
    StatusLine(Vec<u8>),
    /// A field has a control character in its value; the name of the field.
    Control(Vec<u8>),
    /// A line is no field; the line.
    Field(Vec<u8>),
    /// So many interim responses (RFC 9110 section 15.2) came, and never the one that they announce.
    OnlyInterim(usize),
}

impl HeadFault {
    /// The most of a line that is kept, in bytes.
    const LINE: usize = 256;

    /// What is wrong with a head; nothing where it is none of HTTP, or not wrong as far as it came.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        if !bytes.starts_with(b"HTTP/") {
            return None;
        }
        match ResponseHead::strict_error(bytes)? {
            httparse::Error::TooManyHeaders => Some(Self::TooManyFields),
            httparse::Error::HeaderName | httparse::Error::HeaderValue => Some(Self::of_field(bytes)),
            httparse::Error::NewLine if bytes.contains(&b'\n') => Some(Self::of_field(bytes)),
            _ => Some(Self::StatusLine(kept(first_line(bytes)))),
        }
    }

    /// The first field that is none, told by what is wrong with it.
    fn of_field(bytes: &[u8]) -> Self {
        let lines = bytes.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        let mut fields = lines.skip(1).take_while(|line| !line.is_empty());
        let Some(line) = fields.find(|line| !is_field(line)) else { return Self::StatusLine(kept(first_line(bytes))) };
        let colon = line.iter().position(|byte| *byte == b':');
        match colon.map(|at| line.split_at(at)) {
            Some((name, value)) if is_name(name) && !is_value(value) => Self::Control(kept(name)),
            _ => Self::Field(kept(line)),
        }
    }
}

fn kept(line: &[u8]) -> Vec<u8> {
    line[..line.len().min(HeadFault::LINE)].to_vec()
}

fn first_line(bytes: &[u8]) -> &[u8] {
    bytes.split(|byte| matches!(byte, b'\r' | b'\n')).next().unwrap_or_default()
}

/// Whether a line is a field, or the next line of one (RFC 9112 section 5.2).
fn is_field(line: &[u8]) -> bool {
    if line.starts_with(b" ") || line.starts_with(b"\t") {
        return is_value(line);
    }
    let colon = line.iter().position(|byte| *byte == b':');
    colon.is_some_and(|at| is_name(&line[..at]) && is_value(&line[at..]))
}

/// A token (RFC 9110 section 5.6.2), with the spaces behind it that many forgive.
fn is_name(name: &[u8]) -> bool {
    let name = name.trim_ascii_end();
    let letter = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    !name.is_empty() && name.iter().all(letter)
}

fn is_value(value: &[u8]) -> bool {
    value.iter().all(|byte| *byte == b'\t' || !byte.is_ascii_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_head_is_told() {
        let of = |head: &str| HeadFault::of(head.as_bytes());
        let line = |text: &str| text.as_bytes().to_vec();
        assert_eq!(of("HTTP/1.1 200 OK\r\nA: b\r\n c\r\nD : e\r\n\r\n"), None);
        assert_eq!(of("HTTP/1.1 200 OK\r\nA: b\r\n"), None, "as far as it came");
        assert_eq!(of("SSH-2.0-x\r\n"), None);
        let fields = "A: b\r\n".repeat(ResponseHead::MAX_HEADERS + 1);
        assert_eq!(of(&format!("HTTP/1.1 200 OK\r\n{fields}\r\n")), Some(HeadFault::TooManyFields));
        assert_eq!(of("HTTP/1.1 200 OK\r\nA: b\r\nX-Bad: a\x01b\r\n\r\n"), Some(HeadFault::Control(line("X-Bad"))));
        assert_eq!(of("HTTP/1.1 200 OK\r\nA: b\r\nno field\r\n\r\n"), Some(HeadFault::Field(line("no field"))));
        assert_eq!(of("HTTP/1.1 200 OK\r\n: b\r\n\r\n"), Some(HeadFault::Field(line(": b"))));
        assert_eq!(of("HTTP/2.0 101 Go\r\n\r\n"), Some(HeadFault::StatusLine(line("HTTP/2.0 101 Go"))));
        assert_eq!(of("HTTP/1.1 OK\r\n\r\n"), Some(HeadFault::StatusLine(line("HTTP/1.1 OK"))));
    }
}
