//! The names and versions that servers write of themselves into pages, and into what is no HTTP/1: `Powered by Jetty:// 12.1.14`,
//! `nginx/1.22.1`. They are banners as the field Server is, and no behaviour: each release differs in them from the one before.

use std::borrow::Cow;
use std::net::Ipv4Addr;
use std::ops::Range;

/// What stands for a version.
const VERSION: &[u8] = b"<version>";

/// What has versions and is no server.
const STANDARDS: [&str; 8] = ["http", "html", "xhtml", "xml", "svg", "css", "tls", "ssl"];

/// What may stand between a name and its version. Behind a space alone a number may be of anything, so that the name has to be a proper one.
const BETWEEN: [&[u8]; 6] = [b"</a>/", b":// ", b"/v", b"/", b"(", b" "];

/// A text without the versions in it, and the names with their versions, `name/version` each, in the order of the text.
pub(super) fn split(text: &[u8]) -> (Cow<'_, [u8]>, Vec<String>) {
    let mut rest = Vec::new();
    let (mut told, mut copied) = (Vec::new(), 0);
    let mut at = 0;
    while let Some(version) = next_version(text, at) {
        at = version.end;
        if let Some(name) = name_before(&text[..version.start]) {
            rest.extend_from_slice(&text[copied..version.start]);
            rest.extend_from_slice(VERSION);
            copied = version.end;
            told.push(format!("{name}/{}", String::from_utf8_lossy(&text[version])));
        }
    }
    if told.is_empty() {
        return (text.into(), told);
    }
    rest.extend_from_slice(&text[copied..]);
    (rest.into(), told)
}

/// Where the next version begins and ends: numbers with points between them, then perhaps words.
fn next_version(text: &[u8], from: usize) -> Option<Range<usize>> {
    let mut start = from;
    loop {
        start += text[start..].iter().position(u8::is_ascii_digit)?;
        let end = start + end_of_version(&text[start..]);
        let stands_alone = start == 0 || !text[start - 1].is_ascii_alphanumeric() || is_marked(&text[..start]);
        if end > start && stands_alone {
            return Some(start..end);
        }
        start += text[start..].iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'.').count();
    }
}

/// Whether a version follows a `v`.
fn is_marked(before: &[u8]) -> bool {
    before.ends_with(b"/v")
}

/// How long the version is with which a text begins; 0 where it is none: a number, an address, a size.
fn end_of_version(text: &[u8]) -> usize {
    let parts = text.split(|byte| *byte == b'.').map(|part| part.iter().take_while(|byte| is_of_part(**byte)).count());
    let mut end = 0;
    let mut count = 0;
    for part in parts {
        let is_number = text[end + usize::from(count > 0)..][..part].iter().all(u8::is_ascii_digit);
        if part == 0 || count < 2 && !is_number {
            break;
        }
        end += part + usize::from(count > 0);
        count += 1;
        if text.get(end) != Some(&b'.') {
            break;
        }
    }
    let is_address = str::from_utf8(&text[..end]).is_ok_and(|text| text.parse::<Ipv4Addr>().is_ok());
    if count < 2 || is_address { 0 } else { end }
}

const fn is_of_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'_')
}

/// The name that stands before a version, where it is that of some software.
fn name_before(before: &[u8]) -> Option<&str> {
    let between = BETWEEN.into_iter().find(|between| before.ends_with(between))?;
    let before = &before[..before.len() - between.len()];
    let length = before.iter().rev().take_while(|byte| is_of_part(**byte) || **byte == b'.').count();
    let name = str::from_utf8(&before[before.len() - length..]).ok()?;
    let first = name.bytes().next()?;
    let is_proper = if between == b" " { first.is_ascii_uppercase() } else { first.is_ascii_alphabetic() };
    let is_standard = STANDARDS.iter().any(|standard| name.eq_ignore_ascii_case(standard));
    (is_proper && !is_standard).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parted(text: &str) -> (String, String) {
        let (rest, told) = split(text.as_bytes());
        (String::from_utf8(rest.into_owned()).unwrap(), told.join(" "))
    }

    #[test]
    fn what_servers_write_of_themselves_is_told_apart() {
        for (text, rest, told) in [
            (
                ">Powered by Jetty:// 9.4.58.v20250814</a>",
                ">Powered by Jetty:// <version></a>",
                "Jetty/9.4.58.v20250814",
            ),
            ("<center>nginx/1.22.1</center>", "<center>nginx/<version></center>", "nginx/1.22.1"),
            (
                "Server: Python/3.13 aiohttp/3.7.4.post0\r\n",
                "Server: Python/<version> aiohttp/<version>\r\n",
                "Python/3.13 aiohttp/3.7.4.post0",
            ),
            ("AutobahnPython 26.10.2", "AutobahnPython <version>", "AutobahnPython/26.10.2"),
            (">smart-http</a>/2.5.12<", ">smart-http</a>/<version><", "smart-http/2.5.12"),
            ("Grizzly 4.0.2.", "Grizzly <version>.", "Grizzly/4.0.2"),
            ("gopher/v1.2.3-rc.1,", "gopher/v<version>,", "gopher/1.2.3-rc.1"),
        ] {
            assert_eq!(parted(text), (rest.to_owned(), told.to_owned()), "{text}");
        }
    }

    #[test]
    fn other_numbers_stay() {
        for text in [
            "HTTP/1.1 400 Bad Request",
            "reason: HTTP/2.0",
            "\nHTTP/1.1\n",
            "-//W3C//DTD HTML 4.01//EN",
            "XHTML 1.0 Strict",
            "version 1.0",
            "initial-scale=1.0",
            "line-height: 1.6em; padding: 0.5em 1.5em",
            "Section 4.2em",
            "unsupported version: 13.0e3",
            "Host 127.0.0.1:80",
            "at Jetty 12",
            "took 0.53 s",
            "2026.11.24",
            "https://1.2.3/",
            "",
        ] {
            assert_eq!(parted(text), (text.to_owned(), String::new()), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_keeps_all_but_versions(text in proptest::collection::vec(any::<u8>(), 0..60), words in "[a-zH/ .:(0-9v<-]{0,40}") {
            for text in [&text[..], words.as_bytes()] {
                let (rest, told) = split(text);
                let versions: usize = told.iter().map(|one| one.rsplit_once('/').unwrap().1.len()).sum();
                prop_assert_eq!(rest.len(), text.len() - versions + told.len() * VERSION.len());
                // Nothing is left to be told the second time.
                prop_assert!(split(&rest).1.is_empty());
            }
        }
    }
}
