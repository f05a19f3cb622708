//! The text form of an observation: one line, for people, for tests, and for recordings.
//!
//! ```text
//! observation = [ item *( ", " item ) " " ] "| " end
//! item        = reply / event                     ; a reply only as the first item
//! reply       = "HTTP/1." DIGIT " " status [ " " reason ] " {" [ field *( ", " field ) ] "}" [ " body " quoted ]
//!             / "bytes " quoted / "nothing"       ; no reply: the same as the baseline's
//! field       = name ": " word                    ; quoted where it holds more than plain characters
//! event       = "close" [ " " code [ " " quoted ] ] / opcode " " length *( " " flag ) [ " echo" / " " quoted ]
//!             / "fence" / "reacted at " number / "after " number / "partial " quoted
//!             / "http " quoted / "more"
//! flag        = "more-follows" / "rsv=" number / "masked=" 8HEXDIG / "len16" / "len64"
//! ```
//!
//! Quoted text uses [`escape`], so every line is printable ASCII. What is printed is read back as it was:
//!
//! ```
//! use stews::observation::{End, Observation};
//!
//! let observation: Observation = r#"close 1002 "bad opcode 3" | fin"#.parse()?;
//! assert_eq!(observation.end, End::Fin);
//! assert_eq!(observation.to_string(), r#"close 1002 "bad opcode 3" | fin"#);
//!
//! let error = "close 1002".parse::<Observation>().unwrap_err();
//! assert!(error.to_string().starts_with("not an observation: expected "));
//! # Ok::<(), stews::observation::notation::NotationError>(())
//! ```

use std::fmt;
use std::str::FromStr;

use super::{Content, End, Event, Observation, Reply};
use crate::wire::escape::{escape, unescape};
use crate::wire::frame::{Close, FrameHead, Length, LengthForm, Opcode, Rsv};
use crate::wire::{Header, ResponseHead};

/// Text that is not an observation: where reading stopped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an observation: expected {expected} at `{rest}`")]
pub struct NotationError {
    expected: &'static str,
    rest: String,
}

impl fmt::Display for Observation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reply = (self.reply != Reply::Usual).then(|| self.reply.to_string());
        let items: Vec<String> = reply.into_iter().chain(self.events.iter().map(Event::to_string)).collect();
        if !items.is_empty() {
            write!(out, "{} ", items.join(", "))?;
        }
        write!(out, "| {}", self.end.word())
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usual => out.write_str("usual"),
            Self::Nothing => out.write_str("nothing"),
            Self::Bytes(bytes) => write!(out, "bytes \"{}\"", escape(bytes)),
            Self::Response { head, body } => {
                write_head(head, out)?;
                if body.is_empty() { Ok(()) } else { write!(out, " body \"{}\"", escape(body)) }
            }
        }
    }
}

fn write_head(head: &ResponseHead, out: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(out, "HTTP/1.{} {}", head.minor_version, head.status)?;
    if !head.reason.is_empty() {
        write!(out, " {}", word(head.reason.as_bytes()))?;
    }
    let fields: Vec<String> =
        head.headers.iter().map(|field| format!("{}: {}", field.name, word(&field.value))).collect();
    write!(out, " {{{}}}", fields.join(", "))
}

/// Plain characters as they are, anything else quoted.
fn word(bytes: &[u8]) -> String {
    let plain = |byte: &u8| matches!(byte, b' '..=b'~') && !br#",{}"\"#.contains(byte);
    if !bytes.is_empty() && bytes.trim_ascii() == bytes && bytes.iter().all(plain) {
        String::from_utf8_lossy(bytes).into_owned()
    } else {
        format!("\"{}\"", escape(bytes))
    }
}

impl fmt::Display for Event {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Close(Close { code: None, .. }) => out.write_str("close"),
            Self::Close(Close { code: Some(code), reason }) if reason.is_empty() => write!(out, "close {code}"),
            Self::Close(Close { code: Some(code), reason }) => write!(out, "close {code} \"{}\"", escape(reason)),
            Self::Frame { head, content } => {
                write_frame_head(head, out)?;
                match content {
                    Content::Echo => out.write_str(" echo"),
                    Content::Sample(sample) if sample.is_empty() => Ok(()),
                    Content::Sample(sample) => write!(out, " \"{}\"", escape(sample)),
                }
            }
            Self::Fence => out.write_str("fence"),
            Self::ReactedAt(bytes) => write!(out, "reacted at {bytes}"),
            Self::After(seconds) => write!(out, "after {seconds}"),
            Self::Partial(bytes) => write!(out, "partial \"{}\"", escape(bytes)),
            Self::Response(line) => write!(out, "http \"{}\"", escape(line)),
            Self::More => out.write_str("more"),
        }
    }
}

fn write_frame_head(head: &FrameHead, out: &mut fmt::Formatter<'_>) -> fmt::Result {
    // A Close that is not well-formed must not read as one that is.
    let name = if head.opcode == Opcode::CLOSE { "op8".to_owned() } else { head.opcode.to_string() };
    write!(out, "{name} {}", head.length.bytes())?;
    if !head.fin {
        out.write_str(" more-follows")?;
    }
    if head.rsv != Rsv::NONE {
        write!(out, " rsv={}", head.rsv.value())?;
    }
    if let Some(mask) = head.mask {
        write!(out, " masked={:08x}", u32::from_be_bytes(mask))?;
    }
    match (head.length.is_minimal(), head.length.form()) {
        (true, _) => Ok(()),
        (false, LengthForm::Sixteen) => out.write_str(" len16"),
        (false, _) => out.write_str(" len64"),
    }
}

impl FromStr for Observation {
    type Err = NotationError;

    fn from_str(text: &str) -> Result<Self, NotationError> {
        let mut cursor = Cursor { rest: text };
        let mut observation = Self { reply: Reply::Usual, events: Vec::new(), end: End::Cut };
        if !cursor.rest.starts_with("| ") {
            if let Some(reply) = cursor.reply()? {
                observation.reply = reply;
            } else {
                observation.events.push(cursor.event()?);
            }
            while cursor.eat(", ") {
                observation.events.push(cursor.event()?);
            }
            cursor.expect(" ", "a space before the end")?;
        }
        cursor.expect("| ", "`| ` before the end")?;
        let end = End::ALL.into_iter().find(|end| end.word() == cursor.rest);
        observation.end = end.ok_or_else(|| cursor.error("alive, fin, reset, silent or cut"))?;
        Ok(observation)
    }
}

/// What is still to be read.
struct Cursor<'a> {
    rest: &'a str,
}

impl<'a> Cursor<'a> {
    fn error(&self, expected: &'static str) -> NotationError {
        NotationError { expected, rest: self.rest.chars().take(40).flat_map(char::escape_debug).collect() }
    }

    fn eat(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn expect(&mut self, text: &str, expected: &'static str) -> Result<(), NotationError> {
        if self.eat(text) { Ok(()) } else { Err(self.error(expected)) }
    }

    fn take_while(&mut self, keep: impl Fn(char) -> bool) -> &'a str {
        let size = self.rest.find(|letter| !keep(letter)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(size);
        self.rest = rest;
        taken
    }

    fn number<T: FromStr>(&mut self, expected: &'static str) -> Result<T, NotationError> {
        let before = self.rest;
        let digits = self.take_while(|letter| letter.is_ascii_digit());
        let canonical = digits == "0" || !digits.starts_with('0');
        digits.parse().ok().filter(|_| canonical).ok_or_else(|| Cursor { rest: before }.error(expected))
    }

    fn quoted(&mut self) -> Result<Vec<u8>, NotationError> {
        let inner = self.rest.strip_prefix('"').ok_or_else(|| self.error("a quoted text"))?;
        let mut escaped = false;
        let size = inner.find(|letter| {
            let closes = letter == '"' && !escaped;
            escaped = letter == '\\' && !escaped;
            closes
        });
        let size = size.ok_or_else(|| self.error("a closing quote"))?;
        let bytes = unescape(&inner[..size]).ok_or_else(|| self.error("escapes of the notation"))?;
        self.rest = &inner[size + 1..];
        Ok(bytes)
    }

    /// A [`word`]; unquoted it ends before any of `stops`.
    fn word(&mut self, stops: &[char]) -> Result<Vec<u8>, NotationError> {
        if self.rest.starts_with('"') {
            return self.quoted();
        }
        Ok(self.take_while(|letter| !stops.contains(&letter)).as_bytes().to_vec())
    }

    fn reply(&mut self) -> Result<Option<Reply>, NotationError> {
        if self.eat("nothing") {
            return Ok(Some(Reply::Nothing));
        }
        if self.eat("bytes ") {
            return Ok(Some(Reply::Bytes(self.quoted()?)));
        }
        if !self.eat("HTTP/1.") {
            return Ok(None);
        }
        let head = self.head()?;
        let body = if self.eat(" body ") { self.quoted()? } else { Vec::new() };
        Ok(Some(Reply::Response { head, body }))
    }

    fn head(&mut self) -> Result<ResponseHead, NotationError> {
        let minor_version = self.number("a minor version")?;
        self.expect(" ", "a space and the status")?;
        let status = self.number("a status code")?;
        self.expect(" ", "a space after the status")?;
        let mut reason = Vec::new();
        if !self.rest.starts_with('{') {
            reason = self.word(&['{'])?;
            if !self.eat(" ") && reason.pop() != Some(b' ') {
                return Err(self.error("a space before the header fields"));
            }
        }
        let reason = String::from_utf8(reason).map_err(|_| self.error("a reason phrase in UTF-8"))?;
        self.expect("{", "`{`")?;
        let mut headers = Vec::new();
        while !self.eat("}") {
            if !headers.is_empty() {
                self.expect(", ", "`, ` or `}`")?;
            }
            let name = self.take_while(|letter| letter != ':').to_owned();
            self.expect(": ", "`: ` after a field name")?;
            headers.push(Header::new(name, self.word(&[',', '}'])?));
        }
        Ok(ResponseHead { minor_version, status, reason, headers })
    }

    fn event(&mut self) -> Result<Event, NotationError> {
        let before = self.rest;
        match self.take_while(|letter| letter.is_ascii_alphanumeric()) {
            "close" => self.close().map(Event::Close),
            "fence" => Ok(Event::Fence),
            "more" => Ok(Event::More),
            "partial" => {
                self.expect(" ", "a space")?;
                self.quoted().map(Event::Partial)
            }
            "http" => {
                self.expect(" ", "a space")?;
                self.quoted().map(Event::Response)
            }
            "reacted" => {
                self.expect(" at ", "` at `")?;
                self.number("a number of bytes").map(Event::ReactedAt)
            }
            "after" => {
                self.expect(" ", "a space")?;
                self.number("a number of seconds").map(Event::After)
            }
            name => {
                let opcode = if name == "op8" { Some(Opcode::CLOSE) } else { Opcode::from_name(name) };
                let opcode = opcode.ok_or_else(|| Cursor { rest: before }.error("an event"))?;
                self.frame(opcode)
            }
        }
    }

    fn close(&mut self) -> Result<Close, NotationError> {
        if !self.rest.starts_with(' ') || self.rest.starts_with(" |") {
            return Ok(Close::default());
        }
        self.expect(" ", "a space")?;
        let code = Some(self.number("a close code")?);
        let mut reason = Vec::new();
        if self.rest.starts_with(" \"") {
            self.eat(" ");
            reason = self.quoted()?;
        }
        Ok(Close { code, reason })
    }

    fn frame(&mut self, opcode: Opcode) -> Result<Event, NotationError> {
        self.expect(" ", "a space and a length")?;
        let bytes = self.number("a length")?;
        let mut head = FrameHead { fin: true, rsv: Rsv::NONE, opcode, mask: None, length: Length::minimal(bytes) };
        head.fin = !self.eat(" more-follows");
        if self.eat(" rsv=") {
            head.rsv = Rsv::new(self.number("reserved bits")?);
        }
        if self.eat(" masked=") {
            let digits = self.take_while(|letter| letter.is_ascii_hexdigit());
            let key = u32::from_str_radix(digits, 16).map_err(|_| self.error("a masking key"))?;
            head.mask = Some(key.to_be_bytes());
        }
        if self.eat(" len16") {
            head.length = Length::in_form(bytes, LengthForm::Sixteen);
        } else if self.eat(" len64") {
            head.length = Length::in_form(bytes, LengthForm::SixtyFour);
        }
        let content = if self.eat(" echo") {
            Content::Echo
        } else if self.rest.starts_with(" \"") {
            self.eat(" ");
            Content::Sample(self.quoted()?)
        } else {
            Content::Sample(Vec::new())
        };
        Ok(Event::Frame { head, content })
    }
}

#[cfg(test)]
mod tests;
