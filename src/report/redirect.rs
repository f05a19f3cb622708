//! Where a redirect leads: its target resolved against the URL that was asked (RFC 3986 section 5.2), as the URL of a WebSocket.

use super::cut::quoted_url;
use crate::target::{Scheme, Target};

/// A redirect as a part of a sentence, with its status: to itself, on the same host, or to another, to which nothing is ever sent.
pub(super) fn redirect_in_words(asked: &str, location: Option<&[u8]>, status: &str) -> String {
    let Some(location) = location.map(String::from_utf8_lossy).filter(|text| !text.trim().is_empty()) else {
        return format!("it redirects without saying where to ({status}); is the path right?");
    };
    let url = resolved(asked, location.trim());
    let shown = quoted_url(&url);
    let (Ok(here), Ok(there)) = (Target::parse(asked, Scheme::Wss), Target::parse(&url, Scheme::Wss)) else {
        return format!("it redirects to {shown}, which is no URL of a WebSocket ({status})");
    };
    if here == there {
        format!(
            "it redirects to the very URL that was asked, {shown} ({status}); it may want a --cookie or credentials (-H)"
        )
    } else if here.host() == there.host() {
        format!("it redirects to {shown} ({status}); redirects are not followed, give that URL")
    } else {
        format!(
            "it redirects to another host, {shown} ({status}); redirects are not followed; if you give that URL, what -H and \
             --cookie carry goes to that host"
        )
    }
}

/// A reference resolved against a URL of a WebSocket, without its fragment, which no such URL has (RFC 6455 section 3).
fn resolved(base: &str, reference: &str) -> String {
    let reference = reference.split('#').next().unwrap_or_default();
    let (scheme, rest) = base.split_once("://").unwrap_or(("ws", base));
    let (authority, whole_path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let path = whole_path.split('?').next().unwrap_or_default();
    if let Some((own, rest)) = reference.split_once(':').filter(|(own, _)| is_scheme(own)) {
        let own = match own.to_ascii_lowercase().as_str() {
            "http" => "ws".to_owned(),
            "https" => "wss".to_owned(),
            other => other.to_owned(),
        };
        return format!("{own}:{}", without_dots_behind_authority(rest));
    }
    if reference.starts_with("//") {
        return format!("{scheme}:{}", without_dots_behind_authority(reference));
    }
    let target = match reference.chars().next() {
        None => whole_path.to_owned(),
        Some('?') => format!("{path}{reference}"),
        Some('/') => without_dots(reference),
        Some(_) => without_dots(&format!("{}/{reference}", path.rsplit_once('/').map_or("", |(folder, _)| folder))),
    };
    format!("{scheme}://{authority}{target}")
}

/// RFC 3986 section 3.1.
fn is_scheme(text: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    text.starts_with(|first: char| first.is_ascii_alphabetic()) && text.bytes().all(letter)
}

fn without_dots_behind_authority(text: &str) -> String {
    let Some(rest) = text.strip_prefix("//") else { return text.to_owned() };
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    format!("//{authority}{}", without_dots(path))
}

/// RFC 3986 section 5.2.4.
fn without_dots(path_and_query: &str) -> String {
    let (path, query) = path_and_query.split_at(path_and_query.find('?').unwrap_or(path_and_query.len()));
    let mut kept: Vec<&str> = Vec::new();
    let segments: Vec<&str> = path.split('/').collect();
    for (place, segment) in segments.iter().enumerate() {
        let is_last = place + 1 == segments.len();
        match *segment {
            "." | ".." => {
                if *segment == ".." && kept.len() > 1 {
                    kept.pop();
                }
                if is_last {
                    kept.push("");
                }
            }
            segment => kept.push(segment),
        }
    }
    format!("{}{query}", kept.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_resolved_against_the_url_that_was_asked() {
        for (reference, url) in [
            ("https://other.example/x?y=1#z", "wss://other.example/x?y=1"),
            ("http://h:81/a/../b/./c", "ws://h:81/b/c"),
            ("WSS://h/", "wss://h/"),
            ("//other.example", "wss://other.example"),
            ("/login?next=/chat", "wss://h:8443/login?next=/chat"),
            ("login", "wss://h:8443/a/login"),
            ("./", "wss://h:8443/a/"),
            ("../../..", "wss://h:8443/"),
            ("?x=2", "wss://h:8443/a/b?x=2"),
            ("#top", "wss://h:8443/a/b?q=1"),
            ("a:b@c", "a:b@c"),
        ] {
            assert_eq!(resolved("wss://h:8443/a/b?q=1", reference), url, "{reference}");
        }
        assert_eq!(resolved("ws://h/", "x"), "ws://h/x");
    }

    #[test]
    fn where_it_leads_is_told_apart() {
        let words = |location: &str| redirect_in_words("ws://h:81/chat", Some(location.as_bytes()), "HTTP 302 Found");
        assert_eq!(
            words("/chat/"),
            "it redirects to ws://h:81/chat/ (HTTP 302 Found); redirects are not followed, give that URL"
        );
        assert_eq!(
            words("https://h/"),
            "it redirects to wss://h/ (HTTP 302 Found); redirects are not followed, give that URL"
        );
        assert!(words("/chat").starts_with("it redirects to the very URL that was asked, ws://h:81/chat (HTTP 302"));
        assert!(words("https://evil.example/").starts_with("it redirects to another host, wss://evil.example/ ("));
        assert!(words("https://evil.example/").contains("goes to that host"));
        assert!(words("javascript:alert(1)").contains("javascript:alert(1), which is no URL of a WebSocket"));
        assert!(words(" ").contains("without saying where to"));
        assert!(redirect_in_words("ws://h/", None, "HTTP 302").contains("without saying where to (HTTP 302)"));
        let long = words(&format!("/{}\u{1b}[31m", "x".repeat(9000)));
        assert!(long.len() < 500 && !long.contains('\u{1b}'), "{long}");
    }
}
