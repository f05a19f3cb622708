//! What stands in a recorded answer for what is drawn anew each time ([`crate::observation::normal`]), as a regular expression, and an
//! example of it.

/// A part of an answer that is not always the same.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stand {
    /// How the notation writes it.
    pub(super) word: &'static str,
    /// What it looks like on the wire.
    pub(super) regex: &'static str,
    /// One such text.
    pub(super) example: &'static str,
}

/// The nonce that exported handshakes send, which is the sample of RFC 6455 section 1.3: all that is sent is the same for everyone.
pub(super) const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

/// What proves that a server has read [`KEY`].
pub(super) const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// The end of a line.
pub(super) const LINE_END: Stand = Stand { word: "", regex: r" *\r?\n", example: "\r\n" };

/// What stands between the name of a field and its value.
pub(super) const COLON: Stand = Stand { word: "", regex: ": *", example: ": " };

/// A value of which nothing is told.
pub(super) const VALUE: Stand = Stand { word: "<varies>", regex: r"[^\r\n]*", example: "x" };

/// Those that the notation has words for.
pub(super) const STANDS: &[Stand] = &[
    VALUE,
    Stand { word: "<accept>", regex: r"s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=", example: ACCEPT },
    Stand { word: "<wrong accept>", regex: r"[^\r\n]*", example: "bm90IHRoZSByaWdodCBvbmU=" },
    Stand { word: "<key>", regex: "dGhlIHNhbXBsZSBub25jZQ==", example: KEY },
    Stand { word: "<date>", regex: r"[^\r\n<]+", example: "Tue, 24 Nov 2026 14:00:00 GMT" },
    Stand { word: "<authority>", regex: r#"[^\s/<>"']+"#, example: "192.0.2.1:8080" },
    Stand { word: "<path>", regex: r#"/[^\s<>"']*"#, example: "/" },
    Stand { word: "<port>", regex: r"\d+", example: "8080" },
    Stand { word: "<length>", regex: r"\d+", example: "123" },
    Stand { word: "<cookie>", regex: r"[^\r\n]+", example: "7f3a; path=/" },
    Stand { word: "<id>", regex: r#"[^\s"]+"#, example: "7f3a" },
    Stand { word: "<time>", regex: r"[0-9:.+TZ-]+", example: "2026-11-24T14:00:00Z" },
    Stand { word: "<sid>", regex: r#"[^\s"]+"#, example: "lv_VI97H" },
    Stand { word: "<memory>", regex: r"[^\r\n]*", example: "F" },
    Stand { word: "<fence>", regex: r"[^\r\n]*", example: "9iPLPbn7" },
    Stand { word: "<cut>", regex: r"[^\r\n]*", example: "x" },
];

/// The first of them in some bytes, and where it stands.
pub(super) fn first_in(bytes: &[u8]) -> Option<(usize, &'static Stand)> {
    let begins = |at: usize| STANDS.iter().find(|stand| bytes[at..].starts_with(stand.word.as_bytes()));
    let places = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'<');
    places.into_iter().find_map(|(at, _)| Some((at, begins(at)?)))
}
