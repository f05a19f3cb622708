//! Texts as output may show them: a URL, since tokens are given in queries, and what a user wrote, in an error.

/// A value of fewer characters is shown: it gives nothing away.
const LEAST: usize = 4;

/// A URL with each value of its query hidden, and each name that stands alone.
pub(super) fn without_query_values(url: &str) -> String {
    let Some((before, query)) = url.split_once('?') else { return url.to_owned() };
    let hidden = |text: &str| if text.len() < LEAST { text.to_owned() } else { "<hidden>".to_owned() };
    let shown = |pair: &str| match pair.split_once('=') {
        Some((name, value)) => format!("{name}={}", hidden(value)),
        None => hidden(pair),
    };
    format!("{before}?{}", query.split('&').map(shown).collect::<Vec<_>>().join("&"))
}

/// The most of a text that a user wrote which an error shows as a rule, in characters.
pub const SHOWN: usize = 100;

/// A text that a user wrote as an error shows it: escaped, and no more of it than tells which it is.
#[must_use]
pub fn shown_in_error(text: &str) -> String {
    let start: String = text.chars().take(SHOWN).collect();
    let end = if start.len() < text.len() { "…" } else { "" };
    format!("{}{end}", start.escape_debug())
}

/// The beginning of a text that a user wrote, of so many characters, escaped as in Rust.
#[must_use]
pub fn escaped_start(text: &str, most: usize) -> String {
    text.chars().take(most).flat_map(char::escape_debug).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_in_a_query_are_hidden() {
        assert_eq!(
            without_query_values("ws://h/a?token=abcd&v=1&secretsecret"),
            "ws://h/a?token=<hidden>&v=1&<hidden>"
        );
        assert_eq!(without_query_values("ws://h/a"), "ws://h/a");
        assert_eq!(without_query_values("ws://h/?a=b=cdef"), "ws://h/?a=<hidden>");
        assert_eq!(without_query_values("h?"), "h?");
    }
}
