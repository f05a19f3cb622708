//! Text from servers in the cells of a Markdown table.

use stews::wire::escape::printable;

/// How much of what texts have in common is left before the place where they part.
const LEAD: usize = 12;

/// `text` as a code span that neither ends its cell (pipes) nor itself (backticks), and carries no control character.
pub fn code(text: &str) -> String {
    let text = printable(text).replace('|', "\\|");
    if text.is_empty() {
        return "(empty)".to_owned();
    }
    if !text.contains('`') {
        return format!("`{text}`");
    }
    // A span is opened by more backticks than any run inside it has.
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    format!("{fence} {text} {fence}")
}

/// `text` as it stands in a cell.
pub fn text(text: &str) -> String {
    let text = printable(text);
    ['|', '<', '*', '_'].into_iter().fold(text, |text, sign| text.replace(sign, &format!("\\{sign}")))
}

/// A part of each text, at most `width` characters: all of it, or else what follows the place where it parts from the
/// text most like it, and a little before that.
pub fn excerpts(texts: &[&str], width: usize) -> Vec<String> {
    let start = |index: usize| {
        let others = texts.iter().enumerate().filter(|(other, _)| *other != index);
        others.map(|(_, other)| shared(texts[index], other)).max().unwrap_or(0).saturating_sub(LEAD)
    };
    let excerpt = |(index, text): (usize, &&str)| {
        let start = if text.chars().count() > width { start(index) } else { 0 };
        let mut letters = text.chars().skip(start);
        let part: String = letters.by_ref().take(width).collect();
        let (before, after) = (if start > 0 { "…" } else { "" }, if letters.next().is_some() { "…" } else { "" });
        format!("{before}{part}{after}")
    };
    texts.iter().enumerate().map(excerpt).collect()
}

/// How many characters two texts begin with alike.
fn shared(one: &str, other: &str) -> usize {
    one.chars().zip(other.chars()).take_while(|(one, other)| one == other).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_its_cell() {
        assert_eq!(code("close 1002 | fin"), "`close 1002 \\| fin`");
        assert_eq!(code("a`b``"), "``` a`b`` ```");
        assert_eq!(code("a\nb\u{1b}"), "`a\\nb\\u{1b}`");
        assert_eq!(code(""), "(empty)");
    }

    #[test]
    fn the_difference_is_in_the_excerpt() {
        assert_eq!(excerpts(&["ab", "ac"], 5), ["ab", "ac"]);
        let (one, other) = (format!("{}1", "x".repeat(40)), format!("{}2{}", "x".repeat(40), "y".repeat(40)));
        assert_eq!(excerpts(&[&one, &other, "z"], 15), ["…xxxxxxxxxxxx1", "…xxxxxxxxxxxx2yy…", "z"]);
        assert_eq!(excerpts(&["ä".repeat(9).as_str(), "b"], 3), ["äää…", "b"]);
    }
}
