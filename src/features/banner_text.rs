//! The texts in which a server names itself: fields (RFC 9110 sections 10.2.4 and 7.6.3), and its own pages. Names and versions.

use super::own_version;
use crate::observation::{Observation, Reply};
use crate::wire::ResponseHead;
use crate::wire::escape::{escape, shorten};

/// The most of a field in which a server names itself that is told, in characters.
const MOST: usize = 200;

/// The fields in which an answer names the server, in their order, `name: value` each, up to a limit; what it writes of itself where no field
/// is comes last, as that of the name `body`.
pub(crate) fn fields(observation: &Observation, most: usize) -> Vec<String> {
    let (head, body) = match &observation.reply {
        Reply::Response { head, body } => (Some(head), body),
        Reply::Bytes(bytes) => (None, bytes),
        Reply::Usual | Reply::Nothing => return Vec::new(),
    };
    let mut all = head.map_or_else(Vec::new, |head| fields_of(head, most));
    if all.len() < most && head.is_none_or(|head| head.status != 101) {
        let (_, named) = own_version::split(body);
        all.extend((!named.is_empty()).then(|| shorten(&in_body(&named), MOST)));
    }
    all
}

/// What a server writes of itself in a page, as if it were a field.
pub(super) fn in_body(named: &[String]) -> String {
    format!("body: {}", escape(named.join(" ").as_bytes()))
}

fn fields_of(head: &ResponseHead, most: usize) -> Vec<String> {
    let told = |name: &str, value: &[u8]| value != Observation::VARIES && is_banner(name);
    let fields = head.headers.iter().map(|field| (field.name.to_ascii_lowercase(), &field.value));
    let named = fields.filter(|(name, value)| told(name, value)).take(most);
    // What is escaped is no shorter than what it stands for.
    let start = |value: &[u8]| escape(&value[..value.len().min(MOST)]);
    named.map(|(name, value)| shorten(&format!("{name}: {}", start(value)), MOST)).collect()
}

/// Fields in which servers name themselves.
pub(crate) fn is_banner(name: &str) -> bool {
    matches!(name, "server" | "x-powered-by" | "uwebsockets" | "via" | "x-runtime" | "x-aspnet-version")
}

/// The fields in a list of them, `name: value` each. A value may hold commas, but a field begins with its name and a colon.
pub(crate) fn split_fields(all: &str) -> Vec<String> {
    let mut fields: Vec<String> = Vec::new();
    for part in all.split(", ") {
        let begins = part.split_once(": ").is_some_and(|(name, _)| is_token(name));
        match fields.last_mut() {
            Some(last) if !begins => {
                last.push_str(", ");
                last.push_str(part);
            }
            _ if part.is_empty() => {}
            _ => fields.push(part.to_owned()),
        }
    }
    fields
}

fn is_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// All banners of an answer without versions and comments.
pub(crate) fn without_versions(all: &str) -> String {
    split_fields(all).iter().map(|field| name_in(field)).collect::<Vec<_>>().join(", ")
}

/// A banner without versions and comments.
pub(crate) fn name_in(text: &str) -> String {
    let words = text.split_whitespace().map(|word| word.split(['/', '(']).next().unwrap_or_default());
    let named = |word: &&str| !word.is_empty() && !word.starts_with(|letter: char| letter.is_ascii_digit());
    words.filter(named).collect::<Vec<_>>().join(" ")
}

/// The version behind the last product in a banner.
pub(crate) fn version_in(text: &str) -> Option<String> {
    let (_, value) = text.split_once(": ")?;
    let version = |word: &str| {
        let rest = word.split_once(['/', '(']).map_or(word, |(_, rest)| rest).trim_end_matches(')');
        rest.starts_with(|letter: char| letter.is_ascii_digit()).then(|| rest.to_owned())
    };
    value.split_whitespace().filter_map(version).next_back()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_versions() {
        let name = |text: &str| (name_in(text), version_in(text));
        assert_eq!(name("server: Jetty(9.4.58.v20250814)"), ("server: Jetty".into(), Some("9.4.58.v20250814".into())));
        assert_eq!(
            name("server: Python/3.13 aiohttp/3.13.1"),
            ("server: Python aiohttp".into(), Some("3.13.1".into()))
        );
        assert_eq!(name("uwebsockets: 20"), ("uwebsockets:".into(), Some("20".into())));
        assert_eq!(name("server: nginx"), ("server: nginx".into(), None));
    }

    #[test]
    fn what_a_page_says_of_its_server_is_told_after_the_fields() {
        let told = |line: &str| fields(&line.parse().unwrap(), 16);
        let page = r#"HTTP/1.1 404 No {Server: Jetty(12.1.14)} body "<p>Powered by Jetty:// 12.1.14</p>" | alive"#;
        assert_eq!(told(page), ["server: Jetty(12.1.14)", "body: Jetty/12.1.14"]);
        assert_eq!(told(r#"bytes "HTTP/2.0 101 X\r\nServer: a/1.2\r\n" | silent"#), ["body: a/1.2"]);
        assert!(told("HTTP/1.1 101 X {Server: Jetty(12.1.14)} | alive").len() == 1 && told("| alive").is_empty());
        assert!(fields(&page.parse().unwrap(), 1).len() == 1);
    }

    #[test]
    fn a_list_is_split_where_a_field_begins() {
        assert_eq!(split_fields("server: a, b/1, x-powered-by: Express"), ["server: a, b/1", "x-powered-by: Express"]);
        assert!(split_fields("").is_empty());
        assert_eq!(without_versions("server: a/1 (Linux), via: 1.1 b/2"), "server: a, via: b");
    }
}
