//! A URL as output may show it: tokens are given in queries.

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
