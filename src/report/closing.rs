//! Targets that open a WebSocket and close it at once: with what, and what to try.

use super::cut::quoted;
use crate::wire::Close;

/// What such a target does, and what may help, as a part of a sentence.
pub(super) fn closed_at_once_in_words(close: &Close) -> String {
    let code = match close.code {
        None => "without a code".to_owned(),
        Some(code) => format!("with {code}{}", name(code).map(|name| format!(" ({name})")).unwrap_or_default()),
    };
    let reason = if close.reason.is_empty() { String::new() } else { format!(" \"{}\"", quoted(&close.reason)) };
    format!("it opens a WebSocket and closes it at once {code}{reason}; {}", advice(close))
}

/// The names of RFC 6455 section 7.4.1 and of the registry (section 11.7), and what applications mean by theirs.
const fn name(code: u16) -> Option<&'static str> {
    Some(match code {
        1000 => "normal closure",
        1001 => "going away",
        1002 => "protocol error",
        1003 => "unsupported data",
        1007 => "invalid data",
        1008 => "policy violation",
        1009 => "message too big",
        1010 => "extension missing",
        1011 => "internal error",
        1012 => "service restart",
        1013 => "try again later",
        1014 => "bad gateway",
        3000 | 4401 => "unauthorized",
        3003 | 4403 => "forbidden",
        4400 => "bad request",
        4404 => "not found",
        4406 => "subprotocol not acceptable",
        4429 => "too many requests",
        4500 => "internal error",
        _ => return None,
    })
}

/// What to try, by the code and by the words of the reason.
fn advice(close: &Close) -> &'static str {
    let reason = String::from_utf8_lossy(&close.reason).to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| reason.contains(word));
    let code = close.code.unwrap_or_default();
    if says(&["origin"]) {
        "it may want another --origin, or none (--origin none)"
    } else if code == 4406 || says(&["protocol"]) {
        "it may want a --subprotocol"
    } else if matches!(code, 3000 | 3003 | 4401 | 4403)
        || says(&[
            "auth",
            "token",
            "credential",
            "login",
            "log in",
            "session",
            "forbidden",
            "denied",
            "jwt",
            "cookie",
            "api key",
        ])
    {
        "it wants credentials: give them with -H 'Authorization: …', --cookie or in the query of the URL"
    } else if code == 4404 || says(&["not found", "path", "route", "channel", "room"]) {
        "it may want another path or query"
    } else if matches!(code, 1001 | 1012 | 1013 | 4429) || says(&["rate", "too many", "limit", "later"]) {
        "it has no room for us now; try again later"
    } else if matches!(code, 1011 | 1014 | 4500) {
        "its application fails; it may want another path or query, or credentials (-H 'Authorization: …', --cookie)"
    } else {
        "it may want credentials (-H 'Authorization: …', --cookie), a --subprotocol, another --origin or another path"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_close_at_once_says_with_what_and_what_to_try() {
        let words = |code: u16, reason: &str| {
            closed_at_once_in_words(&Close { code: Some(code), reason: reason.as_bytes().to_vec() })
        };
        let at_once = "it opens a WebSocket and closes it at once";
        assert_eq!(
            words(1008, "unauthorized"),
            format!(
                "{at_once} with 1008 (policy violation) \"unauthorized\"; it wants credentials: give them with -H \
                 'Authorization: …', --cookie or in the query of the URL"
            )
        );
        assert!(words(4401, "").starts_with(&format!("{at_once} with 4401 (unauthorized); it wants credentials")));
        assert!(words(4406, "").ends_with("(subprotocol not acceptable); it may want a --subprotocol"));
        assert!(words(1008, "Origin not allowed").ends_with("none (--origin none)"));
        assert!(words(1013, "").contains("try again later"));
        assert!(words(4999, "\u{1b}[2J").contains("with 4999 \"\\u{1b}[2J\"; it may want credentials"));
        assert!(closed_at_once_in_words(&Close::default()).contains("at once without a code; it may want"));
    }
}
