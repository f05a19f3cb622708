//! Lines and facts as the file has them: `<shared> <facts>|<rest>`. Sorted lines begin alike, so each is stored as how many
//! bytes it shares with the one before, and the rest; its facts as letters for kinds, each with the number of a value.

use std::fmt::Write as _;

use super::limits::{EXPANSION, LINE, TEXT};
use super::observation_table::{ABSENT, Facts, Lines, NO_FACTS, Texts};

/// All lines, in order.
pub(super) fn write(lines: &Lines) -> Vec<String> {
    let mut before = "";
    let mut stored = Vec::with_capacity(lines.texts().len());
    for (number, text) in (0..).zip(lines.texts().iter()) {
        let shared = shared(before, text);
        let mut line = format!("{shared} ");
        for (letter, value) in (b'a'..).zip(lines.facts(number).values()) {
            if *value != ABSENT {
                // Writing to a String cannot fail.
                let _ = write!(line, "{}{value}", char::from(letter));
            }
        }
        stored.push(line + "|" + &text[shared..]);
        before = text;
    }
    stored
}

/// The lines with their facts, or what is wrong. Lines that repeat more than sorted ones do, each most of the one before, are not written out:
/// a small file must not come to much.
pub(super) fn read<'a>(stored: impl Iterator<Item = &'a str> + Clone) -> Result<(Texts, Vec<Facts>), String> {
    let size: usize = stored.clone().map(str::len).sum();
    let most = size.saturating_mul(EXPANSION).saturating_add(LINE).min(TEXT);
    let (mut texts, mut facts) = (Texts::with_room(stored.size_hint().0), Vec::new());
    let mut written = 0;
    for line in stored {
        let line = Line::read(line).ok_or("its lines do not read")?;
        let length = line.shared.saturating_add(line.rest.len());
        if length > LINE {
            return Err(format!("a line of it has more than {LINE} bytes"));
        }
        written += length;
        if written > most {
            return Err(format!("its lines come to more than {most} bytes, for {size} that they are stored in"));
        }
        texts.push(line.shared, line.rest).ok_or("its lines do not read")?;
        facts.push(line.facts);
    }
    Ok((texts, facts))
}

/// A line as it is stored.
struct Line<'a> {
    shared: usize,
    facts: Facts,
    rest: &'a str,
}

impl<'a> Line<'a> {
    fn read(stored: &'a str) -> Option<Self> {
        let (head, rest) = stored.split_once('|')?;
        let (shared, numbers) = head.split_once(' ')?;
        Some(Self { shared: shared.parse().ok()?, facts: read_facts(numbers)?, rest })
    }
}

/// `a12c3` as facts.
fn read_facts(text: &str) -> Option<Facts> {
    let mut facts = NO_FACTS;
    let mut kind = None;
    for byte in text.bytes() {
        if byte.is_ascii_digit() {
            let value = facts.as_mut_slice().get_mut(usize::from(kind?))?;
            *value = value.checked_mul(10)?.checked_add(u32::from(byte - b'0'))?;
        } else {
            kind = Some(byte.checked_sub(b'a')?);
        }
    }
    Some(facts)
}

/// How many bytes two texts begin with alike, whole characters only.
fn shared(one: &str, other: &str) -> usize {
    let same = one.chars().zip(other.chars()).take_while(|(one, other)| one == other);
    same.map(|(char, _)| char.len_utf8()).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_line_is_what_it_shares_what_it_says_and_the_rest() {
        let lines = Lines::new(["close 1002 | fin", "close 1007 | fin"].into_iter().collect());
        let stored = write(&lines);
        assert!(stored[0].starts_with("0 ") && stored[0].ends_with("|close 1002 | fin"), "{stored:?}");
        assert!(stored[1].starts_with("9 ") && stored[1].ends_with("|7 | fin"), "{stored:?}");
    }

    #[test]
    fn what_does_not_read_is_refused() {
        for wrong in ["", "0 a1", "x a1|b", "9 a1|b", "0 a99999999999|b", "0 1|b", "0 z1|b", "0 A1|b"] {
            assert_eq!(read([wrong].into_iter()), Err("its lines do not read".to_owned()), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn lines_come_back(texts in proptest::collection::btree_set("(ä|a|b|\\|){0,6}", 0..20)) {
            let lines = Lines::new(texts.into_iter().collect());
            let (texts, facts) = read(write(&lines).iter().map(String::as_str)).expect("it was written by the tool");
            let back = Lines::stored(texts, facts, lines.hashes().to_vec()).expect("it is whole");
            prop_assert_eq!(back, lines);
        }
    }
}
