//! The forms in which a text may be given back: as it is, and as URLs, HTML, JSON and base64 write it.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// The forms of a text, each once.
pub(super) fn forms(text: &str) -> Vec<Vec<u8>> {
    let plain = percent_decoded(text);
    let mut forms: Vec<Vec<u8>> = Vec::new();
    for text in [text.as_bytes(), &plain] {
        let percent = percent_encoded(text);
        let html = escaped(text, &[("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\"", "&quot;"), ("'", "&#39;")]);
        let written = [
            percent.replace("%20", "+").into_bytes(),
            percent.into_bytes(),
            html.replace("&#39;", "&#x27;").into_bytes(),
            html.replace("&quot;", "&#34;").into_bytes(),
            html.into_bytes(),
            escaped(text, &[("\\", "\\\\"), ("\"", "\\\"")]).into_bytes(),
            escaped(text, &[("\\", "\\\\"), ("\"", "\\\""), ("/", "\\/")]).into_bytes(),
            STANDARD_NO_PAD.encode(text).into_bytes(),
            URL_SAFE_NO_PAD.encode(text).into_bytes(),
            text.to_vec(),
        ];
        for form in written {
            if !forms.contains(&form) {
                forms.push(form);
            }
        }
    }
    forms
}

/// Text in base64 as it was before, with padding or without.
pub(super) fn from_base64(text: &str) -> Option<String> {
    let bytes = STANDARD.decode(text).or_else(|_| STANDARD_NO_PAD.decode(text)).ok()?;
    String::from_utf8(bytes).ok()
}

fn percent_encoded(text: &[u8]) -> String {
    let mut written = String::new();
    for &byte in text {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            written.push(char::from(byte));
        } else {
            // Nothing stops a String from growing.
            let _ = write!(written, "%{byte:02X}");
        }
    }
    written
}

/// With each `%XX` read; what is none stays.
fn percent_decoded(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut read = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let digits = bytes.get(at + 1..at + 3).and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = digits.filter(|_| bytes[at] == b'%').and_then(|digits| u8::from_str_radix(digits, 16).ok());
        read.push(byte.unwrap_or(bytes[at]));
        at += if byte.is_some() { 3 } else { 1 };
    }
    read
}

fn escaped(text: &[u8], pairs: &[(&str, &str)]) -> String {
    pairs.iter().fold(String::from_utf8_lossy(text).into_owned(), |text, (from, to)| text.replace(from, to))
}
