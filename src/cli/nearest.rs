//! What was meant by a name that nothing has.

use crate::probe::{ALL, ProbeId};

/// The most names that are offered.
const MOST: usize = 3;

/// How alike two names must be to be offered for each other, from 0 to 1.
const ALIKE: f64 = 0.7;

/// The names nearest to a text, likest first, as `; did you mean …?`; nothing where none is near.
pub(super) fn names<'a>(text: &str, all: impl Iterator<Item = &'a str>) -> String {
    let text = text.to_lowercase();
    let likeness = |name: &str| {
        let is_part = text.len() > 2 && (name.contains(&text) || text.contains(name) && name.len() > 2);
        strsim::jaro_winkler(&text, name) + if is_part { 1.0 } else { 0.0 }
    };
    let mut near: Vec<(f64, &str)> = all.map(|name| (likeness(name), name)).collect();
    near.retain(|(likeness, _)| *likeness >= ALIKE);
    near.sort_by(|(one, first), (other, second)| other.total_cmp(one).then(first.cmp(second)));
    near.dedup();
    offer(near.iter().take(MOST).map(|(_, name)| format!("`{name}`")).collect())
}

/// The probes whose numbers are nearest to one that no probe has; nothing where a text is no number.
pub(super) fn probes(text: &str) -> String {
    let Ok(number) = text.parse::<ProbeId>() else { return String::new() };
    let mut near: Vec<ProbeId> = ALL.iter().map(|probe| probe.id).collect();
    near.sort_by_key(|id| id.number().abs_diff(number.number()));
    offer(near.iter().take(MOST).map(ToString::to_string).collect())
}

fn offer(near: Vec<String>) -> String {
    match &near[..] {
        [] => String::new(),
        [one] => format!("; did you mean {one}?"),
        [before @ .., last] => format!("; did you mean {} or {last}?", before.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_likest_are_offered_and_what_is_like_nothing_gets_no_offer() {
        let all = ["gorilla", "gobwas-ws", "ws", "express-ws", "tornado"];
        let offered = |text: &str| names(text, all.into_iter());
        assert_eq!(offered("gorila"), "; did you mean `gorilla`?");
        assert_eq!(offered("Tornado"), "; did you mean `tornado`?");
        assert_eq!(offered("express"), "; did you mean `express-ws`?");
        assert_eq!(offered("zzzz"), "");
    }

    #[test]
    fn probes_are_near_by_number() {
        assert_eq!(probes("99"), "; did you mean 100, 101 or 102?");
        assert_eq!(probes("xyz"), "");
    }
}
