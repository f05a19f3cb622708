//! Files of one thing a line, as editors of any system write them, and never more of one than may be held.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read as _};
use std::path::Path;

/// How much of a file is read, in bytes.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// Of one line.
    pub(super) line: usize,
    /// In all.
    pub(super) whole: usize,
}

/// One line, without its end.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// The first is 1.
    pub(super) number: usize,
    /// Its text. What could not be read is U+FFFD, as `is_whole` tells.
    pub(super) text: String,
    /// Whether all of it was text.
    pub(super) is_whole: bool,
}

/// Why a file could not be read to its end.
#[derive(Debug, thiserror::Error)]
pub(super) enum ListError {
    #[error("cannot read `{name}`: {error}")]
    Read { name: String, error: io::Error },
    #[error("`{name}`, line {line} is longer than {limit} bytes; is it a text file?")]
    LongLine { name: String, line: usize, limit: usize },
    #[error("`{name}` is longer than {limit} bytes; split it")]
    Long { name: String, limit: usize },
}

/// How the text is encoded, as its byte order mark says.
#[derive(Clone, Copy)]
enum Encoding {
    Utf8,
    Utf16(fn([u8; 2]) -> u16),
}

/// The lines of a file.
pub(super) struct Lines {
    name: String,
    input: Box<dyn BufRead>,
    encoding: Encoding,
    limits: Limits,
    read: usize,
    number: usize,
    failed: bool,
}

/// The name of a file in messages.
pub(super) fn shown(path: &Path) -> String {
    path.display().to_string().escape_debug().to_string()
}

impl Lines {
    /// Opens a file; `-` is standard input.
    pub(super) fn open(path: &Path, limits: Limits) -> Result<Self, ListError> {
        let name = shown(path);
        let failed = |error| ListError::Read { name: name.clone(), error };
        if path.as_os_str() == "-" {
            return Self::new(name.clone(), Box::new(io::stdin().lock()), limits).map_err(failed);
        }
        let file = File::open(path).map_err(failed)?;
        Self::new(name.clone(), Box::new(BufReader::new(file)), limits).map_err(failed)
    }

    fn new(name: String, mut input: Box<dyn BufRead>, limits: Limits) -> io::Result<Self> {
        let mut start = Vec::new();
        input.by_ref().take(3).read_to_end(&mut start)?;
        let (encoding, mark) = match start[..] {
            [0xef, 0xbb, 0xbf] => (Encoding::Utf8, 3),
            [0xff, 0xfe, ..] => (Encoding::Utf16(u16::from_le_bytes), 2),
            [0xfe, 0xff, ..] => (Encoding::Utf16(u16::from_be_bytes), 2),
            _ => (Encoding::Utf8, 0),
        };
        let input = Box::new(Cursor::new(start.split_off(mark)).chain(input));
        Ok(Self { name, input, encoding, limits, read: 0, number: 0, failed: false })
    }

    fn read_line(&mut self) -> Result<Option<Line>, ListError> {
        let most = self.limits.line.min(self.limits.whole - self.read) + 1;
        let bytes = self.read_bytes(most).map_err(|error| ListError::Read { name: self.name.clone(), error })?;
        if bytes.is_empty() {
            return Ok(None);
        }
        self.number += 1;
        self.read += bytes.len();
        if self.read > self.limits.whole {
            return Err(ListError::Long { name: self.name.clone(), limit: self.limits.whole });
        }
        if bytes.len() > self.limits.line {
            return Err(ListError::LongLine { name: self.name.clone(), line: self.number, limit: self.limits.line });
        }
        Ok(Some(self.decoded(&bytes)))
    }

    /// The bytes up to the next line feed, with it, or so many.
    fn read_bytes(&mut self, most: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let Encoding::Utf16(unit) = self.encoding else {
            self.input.by_ref().take(most as u64).read_until(b'\n', &mut bytes)?;
            return Ok(bytes);
        };
        while bytes.len() < most {
            let before = bytes.len();
            self.input.by_ref().take(2).read_to_end(&mut bytes)?;
            match bytes[before..] {
                [one, other] if unit([one, other]) != u16::from(b'\n') => {}
                _ => break,
            }
        }
        Ok(bytes)
    }

    fn decoded(&self, bytes: &[u8]) -> Line {
        let (text, is_whole) = match self.encoding {
            Encoding::Utf8 => {
                let text = String::from_utf8_lossy(bytes);
                let is_whole = matches!(text, std::borrow::Cow::Borrowed(_));
                (text.into_owned(), is_whole)
            }
            Encoding::Utf16(unit) => {
                let (pairs, rest) = bytes.as_chunks::<2>();
                let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
                let is_whole = rest.is_empty() && String::from_utf16(&units).is_ok();
                (String::from_utf16_lossy(&units), is_whole)
            }
        };
        // Files that were put together may have a mark before any of their lines.
        let text = text.trim_start_matches('\u{feff}').trim_end_matches(['\r', '\n']).to_owned();
        Line { number: self.number, text, is_whole }
    }
}

impl Iterator for Lines {
    type Item = Result<Line, ListError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let line = self.read_line().transpose();
        self.failed = !matches!(line, Some(Ok(_)));
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIMITS: Limits = Limits { line: 10, whole: 30 };

    fn read(bytes: &[u8]) -> Vec<Result<Line, ListError>> {
        Lines::new("f".to_owned(), Box::new(Cursor::new(bytes.to_vec())), LIMITS).unwrap().collect()
    }

    fn texts(bytes: &[u8]) -> Vec<String> {
        read(bytes).into_iter().map(|line| line.unwrap().text).collect()
    }

    #[test]
    fn marks_and_line_ends_are_no_text() {
        let utf_16 = |text: &str, to: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(to).collect::<Vec<u8>>();
        for bytes in [
            b"a\nb\xc3\xa9\n".to_vec(),
            b"a\r\nb\xc3\xa9".to_vec(),
            b"\xef\xbb\xbfa\n\xef\xbb\xbfb\xc3\xa9\r\n".to_vec(),
            utf_16("\u{feff}a\nbé\n", u16::to_le_bytes),
            utf_16("\u{feff}a\r\nbé", u16::to_be_bytes),
        ] {
            assert_eq!(texts(&bytes), ["a", "bé"], "{bytes:?}");
        }
        for empty in [&b""[..], b"\xef\xbb\xbf", b"\xff\xfe"] {
            assert_eq!(texts(empty), [""; 0], "{empty:?}");
        }
        assert_eq!(texts(b"\n\na"), ["", "", "a"]);
    }

    #[test]
    fn what_is_no_text_is_told() {
        let whole = |bytes: &[u8]| read(bytes).into_iter().map(|line| line.unwrap().is_whole).collect::<Vec<_>>();
        assert_eq!(whole(b"a\nb\xe9\nc"), [true, false, true]);
        assert_eq!(whole(b"\xff\xfea\0\n\0b"), [true, false]);
        assert_eq!(whole(b"\xff\xfe\0\xd8\n\0b\0"), [false, true]);
    }

    #[test]
    fn no_more_is_read_than_may_be_held() {
        let error = |bytes: &[u8]| {
            let mut lines = read(bytes);
            let last = lines.pop().unwrap().unwrap_err().to_string();
            assert!(lines.iter().all(Result::is_ok));
            last
        };
        assert_eq!(error(b"a\n12345678901"), "`f`, line 2 is longer than 10 bytes; is it a text file?");
        assert_eq!(error(&b"123456789\n".repeat(4)), "`f` is longer than 30 bytes; split it");
        assert_eq!(
            error(&[&b"\xff\xfe"[..], &b"a\0".repeat(9)].concat()),
            "`f`, line 1 is longer than 10 bytes; is it a text file?"
        );
        let endless = Lines::new("f".to_owned(), Box::new(BufReader::new(io::repeat(0))), LIMITS).unwrap();
        assert_eq!(endless.count(), 1);
        assert_eq!(texts(b"123456789\n1").len(), 2);
    }

    proptest! {
        #[test]
        fn any_bytes_are_lines_within_the_limits(
            mark in prop::sample::select(vec![&b""[..], b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"]),
            bytes in prop::collection::vec(prop::sample::select(vec![0, b'\n', b'\r', b'a', 0xd8, 0xe9, 0xff]), 0..60),
        ) {
            let lines = read(&[mark, &bytes].concat());
            prop_assert!(lines.iter().rev().skip(1).all(Result::is_ok), "it goes on after an error");
            for (index, line) in lines.iter().flatten().enumerate() {
                prop_assert_eq!(line.number, index + 1);
                prop_assert!(!line.text.contains('\n') && line.text.chars().count() <= LIMITS.line);
            }
        }
    }
}
