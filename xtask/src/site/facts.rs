//! How two answers differ, in words.

use std::borrow::Cow;

use stews::features::Kind;

use crate::site::answers::{Answers, Line};
use crate::support::markdown::excerpts;

/// How much of a text is shown.
const SHOWN: usize = 80;

/// Two answers side by side, as far as they differ.
#[derive(Debug, PartialEq, Eq)]
pub struct Difference {
    /// What is compared, where it is one side of the answer and not all of it.
    pub what: Option<&'static str>,
    /// The one and the other.
    pub sides: [String; 2],
}

/// How what two behaviours answer a probe with differs, by what each mostly answers.
pub fn difference(one: &Line, other: &Line) -> Difference {
    if one.words != other.words {
        return Difference { what: None, sides: [one.words.clone(), other.words.clone()] };
    }
    let kinds = one.facts.iter().chain(&other.facts).map(|(kind, _)| *kind);
    let mut differing: Vec<Kind> = kinds.filter(|kind| value(one, *kind) != value(other, *kind)).collect();
    differing.sort_unstable();
    // All names of fields in lower case say the same as their order.
    match differing.first() {
        None => Difference { what: None, sides: [one.words.clone(), other.words.clone()] },
        Some(kind) => {
            let values = [one, other].map(|line| value(line, *kind).unwrap_or(Cow::Borrowed("none")));
            let shown = excerpts(&[&values[0], &values[1]], SHOWN);
            let side = |place: usize| shown.get(place).cloned().unwrap_or_default();
            Difference { what: Some(kind.name()), sides: [side(0), side(1)] }
        }
    }
}

fn value(line: &Line, kind: Kind) -> Option<Cow<'_, str>> {
    line.facts.iter().find(|(other, _)| *other == kind).map(|(_, value)| Cow::Borrowed(&**value))
}

/// The same of two behaviours; nothing where not both were asked.
pub fn between(answers: &Answers, one: usize, other: usize, probe: stews::probe::ProbeId) -> Option<Difference> {
    Some(difference(answers.usual(one, probe)?, answers.usual(other, probe)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use stews::database::{Recording, derive};
    use stews::probe::ProbeId;

    fn shown(one: &str, other: &str) -> Difference {
        let probe = ProbeId::new(300);
        let recording =
            |name: &str, line: &str| Recording::of_runs(name, "1", &[[(probe, line.parse().unwrap())].into()]);
        let answers = Answers::of(&derive(&[recording("a", one), recording("b", other)], &[]));
        between(&answers, 0, 1, probe).unwrap()
    }

    #[test]
    fn a_difference_that_words_hide_is_told_by_its_kind() {
        let words = shown("close 1002 | fin", "close 1007 | fin");
        assert_eq!(words.what, None);
        assert_eq!(words.sides, ["closed with 1002, then hung up", "closed with 1007, then hung up"]);
        let order = shown("HTTP/1.1 400 Bad {A: 1, B: 2} | fin", "HTTP/1.1 400 Bad {B: 2, A: 1} | fin");
        assert_eq!((order.what, order.sides), (Some("field order"), ["a, b".to_owned(), "b, a".to_owned()]));
    }
}
