//! Lines of a label and a text, cut between words to what a terminal has room for.

use std::fmt::Write as _;

use anstyle::Style;

/// How wide a line may be, in characters.
const WIDTH: usize = 110;

/// Where what is labelled begins.
pub(super) const INDENT: usize = 13;

/// Adds a labelled text to a report.
pub(super) fn write_labelled(out: &mut String, label: &str, text: &str) {
    write_in(out, &format!("  {label:<width$}", width = INDENT - 2), INDENT, text, Style::new());
}

/// Adds a text behind a lead, its further lines under the first.
pub(super) fn write_in(out: &mut String, lead: &str, indent: usize, text: &str, style: Style) {
    for (place, line) in wrapped(text, WIDTH - indent).iter().enumerate() {
        // Colours in the lead take no room.
        let lead = if place == 0 { lead.to_owned() } else { " ".repeat(indent) };
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{lead}{style}{line}{style:#}");
    }
}

/// A text cut between words into lines of so many characters; a word stays whole.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let Some(line) = lines.last_mut() else { break };
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(word.to_owned());
        } else {
            line.push_str(if line.is_empty() { "" } else { " " });
            line.push_str(word);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_words() {
        let text = "word ".repeat(60);
        let lines = wrapped(text.trim_end(), 100);
        assert!(lines.len() == 3 && lines.iter().all(|line| line.len() <= 100), "{lines:?}");
        assert_eq!(lines.join(" "), text.trim_end());
        assert_eq!(wrapped(&"x".repeat(300), 100)[0].len(), 300, "a word stays whole");
        let mut out = String::new();
        write_labelled(&mut out, "why", text.trim_end());
        assert!(out.starts_with("  why        word") && out.lines().all(|line| line.len() <= WIDTH), "{out}");
    }
}
